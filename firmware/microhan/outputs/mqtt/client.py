"""MQTT 3.1.1 for readings, on a link that never blocks: what runs while a session lasts.

connect.py begins one, with umqtt.simple's packets. What umqtt does after that is ours: as it
is it waits for ever: at the 65,536th publish (micropython-lib #94), for a PUBACK, for a
PINGRESP, in blocking reads; and it asserts what a broker sent, which no reconnect logic catches.

One message of QoS 1 is in flight at a time; one task reads, one other task writes.
"""

import time

from micropython import const

from ...reading.buffer import Buffer
from .errors import (
    BAD_LENGTH,
    BAD_TOPIC,
    NO_ACK,
    NO_ANSWER,
    NO_PING,
    NO_SUBSCRIPTION,
    NOT_OPEN,
    WRONG_LENGTH,
    WRONG_TIME,
)

CONNACK = const(0x20)
_PUBLISH = const(0x30)
_PUBLISH_RETAINED = const(0x31)
_PUBACK = const(0x40)
_SUBACK = const(0x90)
_PINGRESP = const(0xD0)
_QOS_1 = const(0x02)
_DUP = const(0x08)

# What a broker may send to this client, by first byte: the length of the rest; None = any.
# PUBLISH only with QoS 0: that is all that we subscribe to (3.8.4).
_LENGTHS = {CONNACK: 2, _PUBLISH: None, _PUBLISH_RETAINED: None, _PUBACK: 2, _SUBACK: 3}
_LENGTHS[_PINGRESP] = 0

_HEAD = const(3)  # bytes of a fixed header; of one byte less in a packet of up to 127
_LONG = const(0x3FFFFFFF)
# Bytes of a packet: a reading has 900, the longest possible one (a message of the grid company,
# all of it in escapes) 12,000; a bug may not eat the heap. With _HEAD no more than 16,386.
_MOST = const(16384)


def _wrong(what, *values):
    from .errors import wrong

    return wrong(what, *values)


class Inbound:
    """Cuts what the broker sends into packets. Any split of the bytes gives the same packets.

    take(first, body, length) is called for each: `body` holds at most KEEP bytes of `length`.
    Anybody may have put a long message on the topic that we asked for, and a retained one comes
    again with each connection: it is passed over, however long.
    """

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
                    raise _wrong(NO_ANSWER, byte)
                self._first = byte
                self._shift = self._length = self._got = 0
            elif self._shift >= 0:
                self._length |= (byte & 0x7F) << self._shift
                self._shift += 7
                if byte < 0x80:
                    self._shift = -1
                    self._check_length()
                elif self._shift > 21:  # 2.2.3: at most four bytes
                    raise _wrong(BAD_LENGTH)
            else:
                if self._got < self.KEEP:
                    self._body[self._got] = byte
                self._got += 1
            if self._first >= 0 and self._shift < 0 and self._got == self._length:
                first, self._first = self._first, -1
                self._take(first, self._body, self._length)

    def _check_length(self):
        wanted = _LENGTHS[self._first]
        if wanted is not None and self._length != wanted:
            raise _wrong(WRONG_LENGTH, self._first)


class MqttClient:
    """The connection's state. `wake` is called when something happened that a writer waits for,
    `on_message(topic, payload)`, both bytes, with what we subscribed to.

    A new object is not needed after a broken link: `start` begins over, but remembers the id of an
    unacknowledged message.
    """

    ACK_MS = 10_000  # PUBACK, SUBACK, PINGRESP
    WRITE_MS = 8000  # any write, and CONNECT to CONNACK: below the supervisor's 10 s beat

    def __init__(self, keepalive, wake, on_message):
        self._half = keepalive * 500  # ms
        self._wake = wake
        self._on_message = on_message
        self.in_flight = 0  # id of the unacknowledged message, 0 = none
        self.last_id = 0
        self.skipped = 0  # messages that were too long for what we subscribed to
        self.start(None)

    def start(self, link):
        """Begin over, on `link`."""
        self._link = link
        self.inbound = Inbound(self._take)
        self.fault = None  # OSError of the reading task
        self.waiting = False  # True from a QoS 1 publish to its PUBACK
        self.connack = -1  # the broker's answer to CONNECT
        self.suback_id = 0  # id of the subscription that is not acknowledged
        self._pinged = False
        self._sent_at = self._heard_at = self.asked_at = time.ticks_ms()

    async def read_loop(self):
        """Read, as a task of its own, until the link breaks or the broker errs: see `fault`."""
        buf = bytearray(64)
        try:
            while True:
                self.inbound.feed(buf, await self._link.readinto(buf))
        except OSError as error:
            self.fault = error
        self._wake()

    # ---- sending ----------------------------------------------------------------------------

    def packet(self, topic, room, retain=False, qos=0):
        """A PUBLISH to `topic`: put() its payload of some `room` bytes, then `send` it.

        QoS 1: if the last one is not acknowledged, because the link broke, this is that one again:
        same id, DUP flag (3.3.1.1).
        """
        if qos and self.waiting:
            raise ValueError("one message in flight at a time")
        topic = topic.encode()
        size = len(topic)
        out = Buffer(room + size + 8, _MOST)
        out.size = _HEAD
        out.data[0] = _PUBLISH | qos << 1 | retain
        out.put(bytes((size >> 8, size & 255)))
        out.put(topic)
        if qos:
            if self.in_flight:
                out.data[0] |= _DUP
            else:
                self.in_flight = self.next_id()
            out.put(bytes((self.in_flight >> 8, self.in_flight & 255)))
        return out

    async def send(self, packet):
        """Send what `packet` began. QoS 1: `waiting` is True until the PUBACK."""
        head = packet.data
        size = packet.size - _HEAD
        is_short = size < 128
        if head[0] & _QOS_1:
            self.waiting = True
            self.asked_at = time.ticks_ms()
        if is_short:
            head[1] = head[0]
            head[2] = size
        else:  # two bytes hold all up to 16 kB (2.2.3)
            head[1] = size & 127 | 128
            head[2] = size >> 7
        await self.write(packet.view(is_short))

    async def ping(self):
        """Ask whether the broker is there."""
        self._pinged = True
        self.asked_at = time.ticks_ms()
        await self.write(b"\xc0\0")

    def next_id(self):
        """The next message's id: 1 to 65535, never 0 (2.3.1)."""
        self.last_id = self.last_id % 65535 + 1
        return self.last_id

    async def write(self, packet, deadline_ms=WRITE_MS):
        """Send a whole packet: one write, so one segment."""
        self._sent_at = time.ticks_ms()
        await self._link.write(packet, deadline_ms)

    # ---- time -------------------------------------------------------------------------------

    def check(self):
        """Raise OSError if the reading task failed or an answer is overdue."""
        if self.fault:
            raise self.fault
        if self._answer_left() <= 0:
            raise _wrong(NO_PING if self._pinged else NO_ACK)

    def ms_left(self):
        """Milliseconds until `check` or `ping_left` will have something to say."""
        return max(min(self.ping_left(), self._answer_left()), 0)

    def ping_left(self):
        """Milliseconds until half the keepalive has passed with nothing heard or nothing sent."""
        if self._pinged:
            return _LONG
        return min(self._left(self._heard_at, self._half), self._left(self._sent_at, self._half))

    def _answer_left(self):
        if not (self.waiting or self._pinged or self.suback_id):
            return _LONG
        # With the half keepalive before the ping, a dead link is noticed within one keepalive.
        return self._left(self.asked_at, min(self.ACK_MS, self._half))

    def _left(self, since, limit):
        return limit - time.ticks_diff(time.ticks_ms(), since)

    # ---- what the broker says ---------------------------------------------------------------

    def _take(self, first, body, length):
        self._heard_at = time.ticks_ms()
        if (first == CONNACK) != (self.connack < 0):
            raise _wrong(WRONG_TIME, first)
        if first == CONNACK:
            self.connack = body[1]
        elif first == _PINGRESP:
            self._pinged = False
        elif first == _PUBACK:
            number = body[0] << 8 | body[1]
            if not self.waiting or number != self.in_flight:
                raise _wrong(NOT_OPEN, number)
            self.waiting = False
            self.in_flight = 0
            self._wake()
        elif first == _SUBACK:
            if body[0] << 8 | body[1] != self.suback_id:
                raise _wrong(NO_SUBSCRIPTION)
            self.suback_id = 0  # refused or not: without it we only hear no birth message
        else:
            self._take_message(body, length)

    def _take_message(self, body, length):
        end = 2 + (body[0] << 8 | body[1]) if length >= 2 else 0
        if not 2 < end <= length:
            raise _wrong(BAD_TOPIC)
        if length <= Inbound.KEEP:
            self._on_message(bytes(body[2:end]), bytes(body[end:length]))
        else:
            self.skipped += 1
