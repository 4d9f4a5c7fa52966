"""Begins an MQTT session. Loaded for that, then forgotten: client.py has what stays.

umqtt.simple (pinned, from micropython-lib) writes CONNECT and SUBSCRIBE, into a buffer that stands
in as its socket; what waits for the answers is ours.
"""

import sys
import time

from umqtt.simple import MQTTClient

from micropython import const

from ...reading.buffer import Buffer

_umqtt = sys.modules["umqtt.simple"]

_MAX_TOPIC = const(120)  # umqtt's subscribe writes a length of one byte

# CONNACK return codes, MQTT 3.1.1 table 3.1. Brokers give 5 for a wrong password too.
_REFUSALS = (
    "",
    "it does not speak MQTT 3.1.1",
    "it does not like the client id",
    "it is not available now",
    "wrong user or password",
    "wrong user or password, or this user may not connect",
)


class Packets(Buffer):
    """Stands in as umqtt's socket: what it writes is one packet, what it reads is `reply`."""

    def __init__(self, reply):
        super().__init__(256)
        self._reply = reply

    def write(self, part, n=-1):
        """Append `part`, or its first `n` bytes."""
        self.put(part if n < 0 else memoryview(part)[:n])

    def read(self, n):
        part = self._reply[:n]
        self._reply = self._reply[n:]
        return part

    # umqtt's connect() takes its socket from the module `socket`: we are that module, too.
    def socket(self):
        return self

    def getaddrinfo(self, host, port):
        return ((None,),)

    def connect(self, address):
        pass


class _Client(MQTTClient):
    def wait_msg(self):
        return 0x90  # SUBACK: the true one comes later


def _octets(text):
    return text.encode() if text else None  # bytes: umqtt counts len() of what it is given


def _connect_packet(client_id, user, password, keepalive, will):
    """CONNECT, with `will` as the topic of the last will."""
    out = Packets(b"\x20\x02\0\0")
    umqtt = MQTTClient(client_id.encode(), "", 0, _octets(user), _octets(password), keepalive)
    umqtt.set_last_will(will.encode(), b"offline", retain=True, qos=1)
    true_socket = _umqtt.socket
    _umqtt.socket = out
    try:
        umqtt.connect()
    finally:
        _umqtt.socket = true_socket
    return out.view()


def _subscribe_packet(number, topic):
    """SUBSCRIBE to `topic` (text) with QoS 0."""
    topic = topic.encode()
    if len(topic) > _MAX_TOPIC:
        raise ValueError("a topic of more than %d bytes" % _MAX_TOPIC)
    out = Packets(b"\x03" + bytes((number >> 8, number & 255, 0)))
    umqtt = _Client(b"", "")
    umqtt.sock = out
    umqtt.set_callback(len)  # umqtt's subscribe insists on one
    umqtt.pid = number - 1
    umqtt.subscribe(topic)
    return out.view()


async def _first(link, buf, left):
    """Read; a broker that hangs up on CONNECT may have taken it for a broken TLS handshake."""
    try:
        return await link.readinto(buf, left)
    except OSError as error:
        if link.by_tls or "the connection" not in error.args[0]:
            raise
        raise OSError("%s before it answered: does that port want TLS (mqtt.tls)?" % error.args[0])


async def connect(client, link, login, topic=None, deadline_ms=8000):
    """Begin the session of `client` (client.MqttClient) on `link`; OSError with words if the
    broker does not want it.

    login: client id, user, password ("" = none), keepalive (s), topic of the last will. topic: to
    subscribe to, or None; a refusal does no harm.
    """
    client.start(link)
    began = time.ticks_ms()
    await client.write(_connect_packet(*login), deadline_ms)
    buf = bytearray(4)  # CONNACK: nothing else may come before (3.2)
    while client.connack < 0:
        left = deadline_ms - time.ticks_diff(time.ticks_ms(), began)
        if left <= 0:
            raise OSError("%s does not answer as an MQTT broker" % link.peer)
        client.inbound.feed(buf, await _first(link, buf, left))
    code = client.connack
    if code:
        reason = _REFUSALS[code] if code < len(_REFUSALS) else "reason unknown"
        raise OSError("broker refused: %s (code %d)" % (reason, code))
    if topic:
        client.asked_at = time.ticks_ms()
        client.suback_id = client.next_id()
        await client.write(_subscribe_packet(client.suback_id, topic))
