"""Begins an MQTT session: CONNECT and CONNACK, SUBSCRIBE. client.py has what runs after that.

umqtt.simple (pinned, from micropython-lib) writes the two packets. It is made for a socket that
blocks: it makes one itself, from the module `socket`, writes a packet in pieces, and then waits
for the answer. So a Recorder plays both that module and its socket. It keeps the pieces, and at
the first attempt to read an answer it leaves umqtt by an exception. The packet goes out by our
own link, and the answer is read there.
"""

import sys
import time
from typing import TYPE_CHECKING

from umqtt.simple import MQTTClient

from micropython import const

from ...net.sockets import ms_left
from ...reading.buffer import Buffer

if TYPE_CHECKING:
    from typing import Any

    from ...net.link import Link
    from .client import MqttClient

_umqtt: "Any" = sys.modules["umqtt.simple"]

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


class Recorder(Buffer):
    """Keeps what umqtt writes; see above."""

    def socket(self) -> "Recorder":
        return self

    def getaddrinfo(self, host: str, port: int) -> tuple:
        return ((None,),)

    def connect(self, address: "Any") -> None:
        pass

    def write(self, part: bytes, n: int = -1) -> None:
        """Append `part`, or its first `n` bytes."""
        self.put(part if n < 0 else memoryview(part)[:n])

    def read(self, n: int = 0) -> None:
        raise EOFError


def _record(umqtt, method, *arguments):
    """The packet that this method of a umqtt client writes."""
    out = Recorder(256)
    _umqtt.socket = umqtt.sock = out
    umqtt.wait_msg = out.read
    try:
        method(*arguments)
    except EOFError:
        return out.view()


def _connect_packet(client_id, user, password, keepalive, will):
    """CONNECT, with `will` as the topic of the last will."""
    umqtt = MQTTClient(
        client_id.encode(), "", 0, user.encode() or None, password.encode(), keepalive)
    umqtt.set_last_will(will.encode(), b"offline", retain=True, qos=1)
    return _record(umqtt, umqtt.connect)


def _subscribe_packet(packet_id, topic):
    """SUBSCRIBE to `topic` (text) with QoS 0."""
    topic = topic.encode()
    if len(topic) > _MAX_TOPIC:
        raise ValueError("a topic of more than %d bytes" % _MAX_TOPIC)
    umqtt = MQTTClient(b"", "")
    umqtt.set_callback(len)  # umqtt's subscribe insists on one
    umqtt.pid = packet_id - 1
    return _record(umqtt, umqtt.subscribe, topic)


async def _read(link, buf, deadline_ms):
    """Read; a broker that hangs up on CONNECT may have taken it for a broken TLS handshake."""
    try:
        return await link.readinto(buf, deadline_ms)
    except OSError as error:
        if link.by_tls or "the connection" not in error.args[0]:
            raise
        raise OSError("%s before it answered: does that port want TLS (mqtt.tls)?" % error.args[0])


async def connect(client: "MqttClient", link: "Link", login: tuple, topic: str | None = None,
                  deadline_ms: int = 8000) -> None:
    """Begin the session of `client` (client.MqttClient) on `link`; OSError with a sentence if the
    broker refuses.

    login: client id, user, password ("" = none), keepalive (s), topic of the last will. topic: to
    subscribe to, or None; a refusal does no harm.
    """
    client.start(link)
    end = time.ticks_add(time.ticks_ms(), deadline_ms)
    await client.write(_connect_packet(*login), deadline_ms)
    buf = bytearray(4)  # CONNACK: nothing else may come before (3.2)
    while client.connack < 0:
        if ms_left(end) <= 0:
            raise OSError("%s does not answer as an MQTT broker" % link.peer)
        client.inbound.feed(buf, await _read(link, buf, ms_left(end)))
    code = client.connack
    if code:
        reason = _REFUSALS[code] if code < len(_REFUSALS) else "reason unknown"
        raise OSError("broker refused: %s (code %d)" % (reason, code))
    if topic:
        client.asked_at = time.ticks_ms()
        client.suback_id = client.next_id()
        await client.write(_subscribe_packet(client.suback_id, topic))
