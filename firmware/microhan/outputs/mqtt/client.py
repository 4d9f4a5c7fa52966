"""An MQTT 3.1.1 client for Readings, on a link that never blocks. Clauses are the standard's.

connect.py begins a session with packets of umqtt.simple. Publishing and receiving are our own,
because umqtt can wait for ever (for a PUBACK, for a PINGRESP, in blocking reads, and at the
65,536th publish: micropython-lib #94), and because it asserts what a broker sent, which no
reconnect logic catches.

One message of QoS 1 is in flight at a time. One task reads, another one writes.
"""

import time
from typing import TYPE_CHECKING

from micropython import const

from ...reading.buffer import Buffer
from ..errors import (
    BAD_LENGTH,
    BAD_TOPIC,
    NO_ANSWER,
    NO_PINGRESP,
    NO_PUBACK,
    NO_SUBSCRIPTION,
    NOT_OPEN,
    WRONG_LENGTH,
    WRONG_TIME,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ...net.link import Link

CONNACK = const(0x20)
_PUBLISH = const(0x30)
_PUBLISH_RETAINED = const(0x31)
_PUBACK = const(0x40)
_SUBACK = const(0x90)
_PINGRESP = const(0xD0)
_QOS_1 = const(0x02)
_DUP = const(0x08)

# What a broker may send to this client, by first byte: the remaining length, None = any.
# PUBLISH with QoS 0 only, because we subscribe with QoS 0 (3.8.4).
_LENGTHS = {CONNACK: 2, _PUBLISH: None, _PUBLISH_RETAINED: None, _PUBACK: 2, _SUBACK: 3,
            _PINGRESP: 0}

_FIXED_HEADER = const(3)  # bytes; 2 if the remaining length is below 128
_NEVER = const(0x3FFFFFFF)  # ms
# Longest packet, bytes: a Reading takes 900, the longest possible one (a message of the grid
# company, all of it in escapes) 12,000. Its remaining length always fits two bytes.
_MAX_PACKET = const(16384)
_PACKET = const(1200)  # bytes kept for packets: a Reading's; longer ones than _LONG are let go
_LONG = const(2400)
# Bytes kept of a packet from the broker: a topic (<= 120) and "online". The rest is only counted.
_KEEP = const(192)


def _protocol_error(what, *values):
    from ..errors import mqtt_error

    return mqtt_error(what, *values)


class Inbound:
    """Cuts what the broker sends into packets. Any split of the bytes gives the same packets.

    take(first, body, length) is called for each: `body` holds at most _KEEP bytes of `length`.
    Anybody may publish a long message to the topic that we subscribed to, and a retained one
    comes again with each connection. It is skipped, however long it is.
    """

    def __init__(self, take: "Callable[[int, bytearray, int], None]"):
        self._take = take
        self._body = bytearray(_KEEP)
        self._first = -1  # first byte of the packet, -1 before it
        self._shift = 0  # of the next byte of the remaining length, -1 once that is known
        self._length = 0
        self._got = 0

    def feed(self, buf: bytes | bytearray, n: int) -> None:
        """Take `n` bytes; raise OSError for what MQTT 3.1.1 does not allow here."""
        for i in range(n):
            byte = buf[i]
            if self._first < 0:
                if byte not in _LENGTHS:
                    raise _protocol_error(NO_ANSWER, byte)
                self._first = byte
                self._shift = self._length = self._got = 0
            elif self._shift >= 0:
                self._length |= (byte & 0x7F) << self._shift
                self._shift += 7
                if byte < 0x80:
                    self._shift = -1
                    self._check_length()
                elif self._shift > 21:  # 2.2.3: at most four bytes
                    raise _protocol_error(BAD_LENGTH)
            else:
                if self._got < _KEEP:
                    self._body[self._got] = byte
                self._got += 1
            if self._first >= 0 and self._shift < 0 and self._got == self._length:
                first, self._first = self._first, -1
                self._take(first, self._body, self._length)

    def _check_length(self):
        wanted = _LENGTHS[self._first]
        if wanted is not None and self._length != wanted:
            raise _protocol_error(WRONG_LENGTH, self._first)


class MqttClient:
    """The state of a session. wake() is called when something happened that the writer waits for,
    on_message(topic, payload), both bytes, for each message that we subscribed to.

    After a broken link `start` begins anew, and remembers the id of an unacknowledged message.
    """

    ACK_MS = 10_000  # PUBACK, SUBACK, PINGRESP
    WRITE_MS = 8000  # any write, and CONNECT to CONNACK; the supervisor allows 60 s

    def __init__(self, keepalive: int, wake: "Callable[[], None]",
                 on_message: "Callable[[bytes, bytes], None]"):
        self._half_keepalive = keepalive * 500  # ms
        self._wake = wake
        self._on_message = on_message
        self.in_flight = 0  # id of the unacknowledged message, 0 = none
        self.last_id = 0
        self.skipped = 0  # messages longer than _KEEP
        # One for all packets: where the heap is nearly full it finds no piece for another one.
        self._packet = Buffer(_PACKET, _MAX_PACKET)
        self.start(None)

    def start(self, link: "Link | None") -> None:
        """Begin anew, on `link`."""
        self._link: Any = link
        self.inbound = Inbound(self._take)
        self.fault: OSError | None = None  # the OSError that ended the reading task
        self.waiting = False  # True from a QoS 1 publish to its PUBACK
        self.connack = -1  # the broker's answer to CONNECT
        self.suback_id = 0  # id of the unacknowledged SUBSCRIBE, 0 = none
        self._pinged = False
        self._sent_at = self._heard_at = self.asked_at = time.ticks_ms()

    async def read_loop(self) -> None:
        """Read, as a task of its own, until the link breaks or the broker breaks the protocol:
        `fault` says which."""
        buf = bytearray(64)
        try:
            while True:
                self.inbound.feed(buf, await self._link.readinto(buf))
        except OSError as error:
            self.fault = error
        self._wake()

    # ---- sending ----------------------------------------------------------------------------

    def packet(self, topic: str, size: int, retain: bool = False, qos: int = 0) -> Buffer:
        """A PUBLISH to `topic`: put() its payload of about `size` bytes, then `send` it, before
        the next one is made.

        QoS 1: if the last one is unacknowledged, because the link broke, this one is the same
        again, with its id and the DUP flag (3.3.1.1).
        """
        if qos and self.waiting:
            raise ValueError("one message in flight at a time")
        name = topic.encode()
        topic_size = len(name)
        out = self._packet
        if len(out.data) > _LONG:
            out = self._packet = Buffer(_PACKET, _MAX_PACKET)
        out.size = 0
        out.reserve(size + topic_size + 8)
        out.size = _FIXED_HEADER
        out.data[0] = _PUBLISH | qos << 1 | retain
        out.put(bytes((topic_size >> 8, topic_size & 255)))
        out.put(name)
        if qos:
            if self.in_flight:
                out.data[0] |= _DUP
            else:
                self.in_flight = self.next_id()
            out.put(bytes((self.in_flight >> 8, self.in_flight & 255)))
        return out

    async def send(self, packet: Buffer) -> None:
        """Send a PUBLISH that `packet` made. QoS 1: `waiting` is True until the PUBACK."""
        head = packet.data
        size = packet.size - _FIXED_HEADER
        is_short = size < 128
        if head[0] & _QOS_1:
            self.waiting = True
            self.asked_at = time.ticks_ms()
        if is_short:
            head[1] = head[0]
            head[2] = size
        else:  # two bytes are enough for up to 16,383 (2.2.3)
            head[1] = size & 127 | 128
            head[2] = size >> 7
        await self.write(packet.view(is_short))

    async def ping(self) -> None:
        """Send a PINGREQ."""
        self._pinged = True
        self.asked_at = time.ticks_ms()
        await self.write(b"\xc0\0")

    def next_id(self) -> int:
        """The next packet identifier: 1 to 65535, never 0 (2.3.1)."""
        self.last_id = self.last_id % 65535 + 1
        return self.last_id

    async def write(self, packet: bytes | memoryview, deadline_ms: int = WRITE_MS) -> None:
        """Send a whole packet by one write, so that it is one TCP segment."""
        self._sent_at = time.ticks_ms()
        await self._link.write(packet, deadline_ms)

    # ---- time -------------------------------------------------------------------------------

    def check(self) -> None:
        """Raise OSError if the reading task failed or an answer is overdue."""
        if self.fault:
            raise self.fault
        if self._answer_left() <= 0:
            raise _protocol_error(NO_PINGRESP if self._pinged else NO_PUBACK)

    def ms_left(self) -> int:
        """Milliseconds until an answer is overdue or a ping is due."""
        return max(min(self.ping_left(), self._answer_left()), 0)

    def ping_left(self) -> int:
        """Milliseconds until a ping is due: half the keepalive after the last packet received or
        after the last one sent, whichever is earlier."""
        if self._pinged:
            return _NEVER
        half = self._half_keepalive
        return min(self._left(self._heard_at, half), self._left(self._sent_at, half))

    def _answer_left(self):
        if not (self.waiting or self._pinged or self.suback_id):
            return _NEVER
        # The ping goes out after half the keepalive: a dead link is noticed within a whole one.
        return self._left(self.asked_at, min(self.ACK_MS, self._half_keepalive))

    def _left(self, since, limit):
        return limit - time.ticks_diff(time.ticks_ms(), since)

    # ---- what the broker says ---------------------------------------------------------------

    def _take(self, first, body, length):
        self._heard_at = time.ticks_ms()
        if (first == CONNACK) != (self.connack < 0):
            raise _protocol_error(WRONG_TIME, first)
        if first == CONNACK:
            self.connack = body[1]
        elif first == _PINGRESP:
            self._pinged = False
        elif first == _PUBACK:
            number = body[0] << 8 | body[1]
            if not self.waiting or number != self.in_flight:
                raise _protocol_error(NOT_OPEN, number)
            self.waiting = False
            self.in_flight = 0
            self._wake()
        elif first == _SUBACK:
            if body[0] << 8 | body[1] != self.suback_id:
                raise _protocol_error(NO_SUBSCRIPTION)
            self.suback_id = 0  # a refusal does no harm: we only get no birth message
        else:
            self._take_message(body, length)

    def _take_message(self, body, length):
        end = 2 + (body[0] << 8 | body[1]) if length >= 2 else 0
        if not 2 < end <= length:
            raise _protocol_error(BAD_TOPIC)
        if length <= _KEEP:
            self._on_message(bytes(body[2:end]), bytes(body[end:length]))
        else:
            self.skipped += 1
