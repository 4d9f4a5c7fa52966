"""MQTT 3.1.1 for readings: umqtt.simple's packets, on a link that never blocks.

umqtt.simple (pinned, from micropython-lib) writes the packets, into a buffer that stands in as
its socket. Everything that waits is ours, because as it is it waits for ever: at the 65,536th
publish (micropython-lib #94), for a PUBACK, for a PINGRESP, in blocking reads; and it asserts
what a broker sent, which no reconnect logic catches.

One message of QoS 1 is in flight at a time; one task reads, one other task writes.
"""

import sys
import time

from umqtt.simple import MQTTClient

from micropython import const

from ..reading import Buffer

_umqtt = sys.modules["umqtt.simple"]

_CONNACK = const(0x20)
_PUBLISH = const(0x30)
_PUBLISH_RETAINED = const(0x31)
_PUBACK = const(0x40)
_SUBACK = const(0x90)
_PINGRESP = const(0xD0)
_DUP = const(0x08)

# What a broker may send to this client, by first byte: the length of the rest; None = any.
# PUBLISH only with QoS 0: that is all that we subscribe to (3.8.4).
_LENGTHS = {_CONNACK: 2, _PUBLISH: None, _PUBLISH_RETAINED: None, _PUBACK: 2, _SUBACK: 3}
_LENGTHS[_PINGRESP] = 0

# CONNACK return codes, MQTT 3.1.1 table 3.1. Brokers give 5 for a wrong password too.
_REFUSALS = (
    "",
    "it does not speak MQTT 3.1.1",
    "it does not like the client id",
    "it is not available now",
    "wrong user or password",
    "wrong user or password, or this user may not connect",
)


def _ignore(topic, payload):
    pass


def _octets(text):
    return text.encode() if isinstance(text, str) else text


class PacketBuffer(Buffer):
    """Stands in as umqtt's socket: what it writes is one packet, what it reads is `reply`."""

    def __init__(self):
        super().__init__(1024, 8192)  # a reading has 900 bytes; a bug may not eat the heap
        self._reply = b""

    def start(self, reply):
        """Begin a packet; `reply` is what umqtt will believe that the broker answered."""
        self.size = 0
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


class Inbound:
    """Cuts what the broker sends into packets. Any split of the bytes gives the same packets.

    take(first, body, length) is called for each: `body` holds at most KEEP bytes of `length`.
    """

    MAX_LENGTH = 1024  # we asked for one topic whose payload is "online" or "offline"
    KEEP = 192  # topic (<= 120) and payload of that; the rest of a packet is counted, not kept

    def __init__(self, take):
        self._take = take
        self._body = bytearray(self.KEEP)
        self._first = -1  # first byte of the packet, -1 before it
        self._shift = 0  # of the remaining length's next byte, -1 after it
        self._length = 0
        self._got = 0

    def feed(self, buf, n):
        """Take `n` bytes; raise OSError for what MQTT 3.1.1 does not allow here."""
        for i in range(n):
            byte = buf[i]
            if self._first < 0:
                if byte not in _LENGTHS:
                    raise OSError("the broker sent 0x%02x, which is not an answer" % byte)
                self._first = byte
                self._shift = self._length = self._got = 0
            elif self._shift >= 0:
                self._length |= (byte & 0x7F) << self._shift
                self._shift += 7
                if byte < 0x80:
                    self._shift = -1
                    self._check_length()
                elif self._shift > 21:  # 2.2.3: at most four bytes
                    raise OSError("the broker sent a malformed length")
            else:
                if self._got < self.KEEP:
                    self._body[self._got] = byte
                self._got += 1
            if self._first >= 0 and self._shift < 0 and self._got == self._length:
                first, self._first = self._first, -1
                self._take(first, self._body, self._length)

    def _check_length(self):
        wanted = _LENGTHS[self._first]
        if self._length > self.MAX_LENGTH:
            raise OSError("the broker sent a packet of %d bytes" % self._length)
        if wanted is not None and self._length != wanted:
            raise OSError("the broker sent 0x%02x with a wrong length" % self._first)


class MqttClient(MQTTClient):
    """The connection's state. `wake` is called when something happened that a writer waits for.

    A new object is not needed after a broken link: `connect` starts over, but remembers the id
    of an unacknowledged message, for `publish(..., again=True)`.
    """

    ACK_MS = 10_000  # PUBACK, SUBACK, PINGRESP
    WRITE_MS = 8000  # any write, and CONNECT to CONNACK: below the supervisor's 10 s beat
    MAX_TOPIC = 120  # umqtt's subscribe writes a length of one byte

    def __init__(self, client_id, user, password, keepalive, wake):
        super().__init__(
            client_id.encode(),
            "",
            0,
            user.encode() if user else None,  # bytes: umqtt counts len() of what it is given
            password.encode() if user else None,
            keepalive,
        )
        self.set_callback(_ignore)  # umqtt's subscribe insists on one
        self.sock = PacketBuffer()
        self._wake = wake
        self._link = None
        self._inbound = None
        self._pretend = 0  # the packet type that umqtt believes to receive
        self.fault = None  # OSError of the reading task
        self.refused_topic = False  # the broker refused our subscription
        self.in_flight = 0  # id of the unacknowledged message, 0 = none
        self._reset()

    def _reset(self):
        self.fault = None
        self.refused_topic = False
        self.waiting = False  # True from a QoS 1 publish to its PUBACK
        self._connack = -1
        self._suback_id = 0
        self._pinged = False
        self._sent_at = self._heard_at = self._asked_at = time.ticks_ms()

    # ---- what umqtt calls -------------------------------------------------------------------

    def wait_msg(self):
        """Give umqtt the packet type that it waits for; the true answer comes later."""
        return self._pretend

    # ---- connecting -------------------------------------------------------------------------

    async def connect(self, link, deadline_ms=WRITE_MS):
        """Send CONNECT over `link` and wait for the broker's consent."""
        self._reset()
        self._link = link
        self._inbound = Inbound(self._take)
        self.sock.start(b"\x20\x02\0\0")
        packet, true_socket = self.sock, _umqtt.socket
        _umqtt.socket = packet
        try:
            MQTTClient.connect(self)
        finally:
            _umqtt.socket = true_socket
        await self._write(deadline_ms)
        buf = bytearray(4)  # CONNACK: nothing else may come before (3.2)
        while self._connack < 0:
            left = deadline_ms - time.ticks_diff(time.ticks_ms(), self._sent_at)
            if left <= 0:
                raise OSError("%s does not answer as an MQTT broker" % link.peer)
            self._inbound.feed(buf, await link.readinto(buf, left))
        code = self._connack
        if code:
            reason = _REFUSALS[code] if code < len(_REFUSALS) else "reason unknown"
            raise OSError("broker refused: %s (code %d)" % (reason, code))

    async def read_loop(self):
        """Read, as a task of its own, until the link breaks or the broker errs: see `fault`."""
        buf = bytearray(64)
        try:
            while True:
                self._inbound.feed(buf, await self._link.readinto(buf))
        except OSError as error:
            self.fault = error
        self._wake()

    # ---- sending ----------------------------------------------------------------------------

    async def publish(self, topic, msg, retain=False, qos=0, again=False):
        """Send `msg` (text, bytes, memoryview). QoS 1: `waiting` is True until the PUBACK.

        again: the message was sent before and not acknowledged: same id, DUP flag (3.3.1.1).
        """
        if qos and self.waiting:
            raise ValueError("one message in flight at a time")
        if again and self.in_flight:
            self.pid = self.in_flight - 1
        else:
            again = False
            self._next_id()
        number = self.pid + 1
        self._pretend = _PUBACK
        self.sock.start(b"\x02" + bytes((number >> 8, number & 255)))
        # Bytes, because umqtt announces len() of what it is given.
        MQTTClient.publish(self, _octets(topic), _octets(msg), retain, qos)
        if qos:
            self.in_flight = number
            self.waiting = True
            if again:
                self.sock.data[0] |= _DUP
            self._asked_at = time.ticks_ms()
        await self._write(self.WRITE_MS)

    async def subscribe(self, topic):
        """Ask for `topic` with QoS 0. A refusal shows in `refused_topic`."""
        topic = topic.encode()
        if len(topic) > self.MAX_TOPIC:
            raise ValueError("a topic of more than %d bytes" % self.MAX_TOPIC)
        self._next_id()
        number = self._suback_id = self.pid + 1
        self._pretend = _SUBACK
        self.sock.start(b"\x03" + bytes((number >> 8, number & 255, 0)))
        MQTTClient.subscribe(self, topic, 0)
        self._asked_at = time.ticks_ms()
        await self._write(self.WRITE_MS)

    async def ping(self):
        """Ask whether the broker is there."""
        self._pinged = True
        self._asked_at = time.ticks_ms()
        self.sock.start(b"")
        MQTTClient.ping(self)
        await self._write(self.WRITE_MS)

    def _next_id(self):
        # umqtt counts up for ever and sends the lower 16 bits: id 0 is not allowed (2.3.1),
        # and the 65,536th PUBACK would never match (micropython-lib #94).
        if self.pid >= 65535:
            self.pid = 0

    async def _write(self, deadline_ms):
        self._sent_at = time.ticks_ms()
        await self._link.write(self.sock.view(), deadline_ms)

    # ---- time -------------------------------------------------------------------------------

    def check(self):
        """Raise OSError if the reading task failed or an answer is overdue."""
        if self.fault:
            raise self.fault
        if self._asks() and self._left(self._asked_at, self._patience()) <= 0:
            if self._pinged:
                raise OSError("the broker did not acknowledge a ping in time")
            raise OSError("the broker did not acknowledge a message in time")

    def ping_due(self):
        """True if half the keepalive passed with nothing heard or nothing sent."""
        return not self._pinged and self._ping_left() <= 0

    def ms_left(self):
        """Milliseconds until `check` or `ping_due` will have something to say."""
        left = 0x3FFFFFFF
        if not self._pinged:
            left = self._ping_left()
        if self._asks():
            left = min(left, self._left(self._asked_at, self._patience()))
        return max(left, 0)

    def _asks(self):
        return self.waiting or self._pinged or self._suback_id

    def _patience(self):
        # With the half keepalive before the ping, a dead link is noticed within one keepalive.
        return min(self.ACK_MS, self.keepalive * 500)

    def _ping_left(self):
        half = self.keepalive * 500
        return min(self._left(self._heard_at, half), self._left(self._sent_at, half))

    def _left(self, since, limit):
        return limit - time.ticks_diff(time.ticks_ms(), since)

    # ---- what the broker says ---------------------------------------------------------------

    def _take(self, first, body, length):
        self._heard_at = time.ticks_ms()
        if (first == _CONNACK) != (self._connack < 0):
            raise OSError("the broker sent 0x%02x at the wrong time" % first)
        if first == _CONNACK:
            self._connack = body[1]
        elif first == _PINGRESP:
            self._pinged = False
        elif first == _PUBACK:
            number = body[0] << 8 | body[1]
            if not self.waiting or number != self.in_flight:
                raise OSError("the broker acknowledged message %d, which is not open" % number)
            self.waiting = False
            self.in_flight = 0
            self._wake()
        elif first == _SUBACK:
            if body[0] << 8 | body[1] != self._suback_id:
                raise OSError("the broker acknowledged a subscription that was not made")
            self._suback_id = 0
            self.refused_topic = body[2] == 0x80
            self._wake()
        else:
            self._take_message(body, length)

    def _take_message(self, body, length):
        end = 2 + (body[0] << 8 | body[1]) if length >= 2 else 0
        if not 2 < end <= length:
            raise OSError("the broker sent a message with a malformed topic")
        if length <= Inbound.KEEP:  # longer ones are not for us
            self.cb(bytes(body[2:end]), bytes(body[end:length]))
