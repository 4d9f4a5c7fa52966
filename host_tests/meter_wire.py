"""A meter on a wire, and the firmware's meter task reading it, in simulated time.

Speeds, parities and polarities that differ give the bytes that a UART gives (line_model.py).
"""

import asyncio
import heapq

from meter_model import line_model
from meter_model.line_model import Line, LineModel
from microhan.config import schema
from microhan.hub.hub import Hub
from microhan.meter.meter import Meter
from microhan.meter.uart_line import Line as Search
from microhan.telegram.clock import ClockRule

POLL_MS = 20  # coarser than the device's 10: harder, and the tests are quicker


class Weak(line_model._Uart):
    """A line whose falls come `lag` percent of a bit late: a pull-up that is too weak, behind the
    board's transistor."""

    lag = 0

    def send(self, data):
        bit, sent = self._sent_bit, self._sent
        turns = []
        for byte in data:
            turns += [self._now + bit * n
                      for n in line_model._turns(byte, sent.bits, sent.parity)]
            self._now += sent.bits_per_byte * bit
        lag = bit * self.lag // 100
        for fall, rise in zip(turns[::2], turns[1::2], strict=True):
            if fall + lag < rise:
                self._turns += [fall + lag, rise]
        return self._hear()


class Hasty(line_model._Uart):
    """A UART that takes a low stop bit for the next start bit, as the 16550 does (line_model's
    waits for the line to be high once): 8E1 read as 8N1 is not right then. A break is one 0x00."""

    _next = None  # tick at which the next start bit began, if that is known

    def _hear(self):
        turns = self._turns
        half = self._read_bit // 2
        stop = self._read_bit * (self._read.bits_per_byte - 1) + half
        out, n = bytearray(), 0
        while True:
            while n < len(turns) and (turns[n] <= self._next if self._next is not None else
                                      turns[n] <= self._from or n & 1 == self._level):
                n += 1
            if self._next is None and n == len(turns):
                break
            start = turns[n] if self._next is None else self._next
            if self._now <= start + stop:
                break
            low, value = self._sampled(n, start, self._read.bits)
            self._next = None
            self._from = start + stop if low else start
            if low:
                out.append(value)
                passed = n + sum(turn <= start + stop for turn in turns[n:n + 24])
                if value and not self._level ^ passed & 1:
                    self._next = start + stop - half + 1
        self._level ^= n & 1
        del turns[:n]
        return bytes(out)


class Wire:
    """A meter that sends `telegram(n)` (bytes, n counts from 0) every `interval` s, first at
    `first` s, over `line(s)` (a Line). The wire is `s` seconds old; reading it moves the clock.
    """

    def __init__(self, telegram, line, interval=10, first=3, lag=0):
        self._telegram = telegram
        self._line = line
        self._interval = interval
        self._next = first
        self._n = 0
        self._lag = lag
        self.ms = 0
        self._sending = []  # (ms at which it is on the wire, bytes) of the burst under way
        self._uart = None
        self._heard = bytearray()
        self.opened = []
        self.end_ms = 0

    def __call__(self):
        return self.ms // 1000

    def open(self, baud, bits, parity, invert):
        """What Board.uart does."""
        self._uart = Line(baud, bits, parity, invert)
        self.opened.append((self.ms, self._uart))
        self._model = LineModel(self._line(self.ms / 1000))
        self._heard = bytearray(self._model.open(self._uart))
        self._weaken()
        return self

    def _weaken(self):
        if self._lag:
            self._model._model = Weak(self._model.meter, self._uart)
            self._model._model.lag = self._lag

    def _advance(self):
        self.ms += POLL_MS
        now = self._line(self.ms / 1000)
        if now != self._model.meter:
            self._model = LineModel(now)
            self._heard += self._model.open(self._uart)
            self._weaken()
        if self.ms >= self._next * 1000:
            data = self._telegram(self._n)
            per_poll = max(1, int(POLL_MS / 1000 / now.byte_s))
            start = self.ms
            self._sending = [(start + POLL_MS * k, data[i:i + per_poll])
                             for k, i in enumerate(range(0, len(data), per_poll))]
            heapq.heapify(self._sending)
            self._n += 1
            self._next += self._interval
        while self._sending and self._sending[0][0] <= self.ms:
            self._heard += self._model.send(heapq.heappop(self._sending)[1])
            if not self._sending:
                self._heard += self._model.rest()

    def readinto(self, buf):
        if self.ms >= self.end_ms:
            raise EOFError
        if not self._heard:
            self._advance()
        n = min(len(buf), len(self._heard))
        buf[:n] = self._heard[:n]
        del self._heard[:n]
        return n or None


class Reader:
    """The firmware on a Wire; `run(s)` lets it read until the wire is s seconds old."""

    def __init__(self, wire, fixed=None, remembered=None, data="", **changes):
        numbers = iter(range(1, 1 << 30))
        self.wire = wire
        self.hub = Hub(wire, lambda: next(numbers))
        self.kept, self.log, self.warnings, self.states = [], [], [], []
        self.first_ms = None
        self.at = []  # ms of each Reading
        publish = self.hub.publish

        def noted(reading, raw, is_text):
            self.at.append(wire.ms)
            publish(reading, raw, is_text)

        self.hub.publish = noted
        line = Search(wire.open, fixed, remembered, self.kept.append)
        self.meter = Meter({**schema.defaults()["meter"], **changes}, ClockRule(), line, self.hub,
                           POLL_MS, self._note, lambda: None, self.warnings.append, data)

    def _note(self, text):
        self.log.append((self.wire.ms, text))
        if text.startswith("meter: ") and " " not in text[7:]:  # a code, no sentence
            self.states.append(text[7:])

    def run(self, seconds):
        self.wire.end_ms = seconds * 1000

        async def go():
            try:
                await self.meter.run()
            except EOFError:
                pass

        asyncio.run(go())
        return self
