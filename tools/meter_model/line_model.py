"""What a UART hears: the meter's bytes as levels over time, read with the reader's own settings.

A pseudo-terminal or a test knows no speed, parity or polarity; here they are put back.

    heard(Line(2400, 8, "even"), Line(115200), data) -> bytes     one burst, silence around it

    model = LineModel(Line(2400))      the meter's line
    model.open(Line(115200))           as the firmware opens its UART -> bytes (a break, if any)
    model.send(data)                   -> bytes that the UART gives for them, so far
    model.rest()                       the line is quiet now -> the bytes that this completes

The UART is the ESP32's, as MicroPython drives it: what has a wrong stop bit (a break among them:
0x00) or a wrong parity is given like any other byte, nobody is told, and after a wrong stop bit
the line has to be idle-high once before the next start counts. So 8E1 read as 8N1 is right
(amsreader-firmware pull request 481 saw that on an ESP32-C3), and 8N1 read as 8E1 is not.
All times are whole numbers: ticks of 1 / (2 x baud x baud) s, so that both bits are whole.
"""

from functools import lru_cache
from typing import NamedTuple

PARITIES = ("none", "even", "odd")


class Line(NamedTuple):
    """Speed (bit/s), data bits (7 or 8), parity, and whether idle is low at the UART's pin (for
    the meter's side), or the UART is told to turn the line round (for the reader's side).
    """

    baud: int = 115200
    bits: int = 8
    parity: str = "none"
    inverted: bool = False

    @property
    def bits_per_byte(self) -> int:
        """Bits that a byte takes on the wire: start, data, parity, stop."""
        return 2 + self.bits + (self.parity != "none")

    @property
    def byte_s(self) -> float:
        """Seconds that a byte takes on the wire."""
        return self.bits_per_byte / self.baud

    def __str__(self) -> str:
        return (f"{self.baud} baud {self.bits}{self.parity[0].upper()}1"
                + (" inverted" if self.inverted else ""))


@lru_cache(maxsize=2048)
def _turns(byte, bits, parity):
    """Bit numbers at which the level changes while a byte is sent, from idle to idle."""
    data = byte & (1 << bits) - 1
    levels = [0, *(data >> n & 1 for n in range(bits))]
    if parity != "none":
        levels.append(data.bit_count() & 1 ^ (parity == "odd"))
    levels.append(1)
    return tuple(n for n, level in enumerate(levels) if level != ([1] + levels)[n])


class _Uart:
    """One UART at work on one line; made anew whenever either side's settings change."""

    def __init__(self, sent: Line, read: Line) -> None:
        self._sent = sent
        self._read = read
        self._sent_bit = 2 * read.baud  # ticks
        self._read_bit = 2 * sent.baud
        self._now = 0  # the line is known up to here
        self._turns: list[int] = []  # ticks at which the level changes
        self._level = 1  # before the first of them; a UART takes the line for idle at first
        self._from = -1  # a start is looked for after this tick
        if sent.inverted != read.inverted:
            self._turns.append(0)

    def send(self, data):
        """The meter sends `data` without a pause: list of byte values heard so far."""
        bit, sent = self._sent_bit, self._sent
        length = sent.bits_per_byte * bit
        for byte in data:
            self._turns.extend(self._now + bit * n for n in _turns(byte, sent.bits, sent.parity))
            self._now += length
        return self._hear()

    def rest(self):
        """Nothing is sent for long enough to end every character."""
        self._now += 2 * 12 * max(self._sent_bit, self._read_bit)
        return self._hear()

    def _hear(self):
        """The characters that are complete by now. Turns before the next start are forgotten."""
        turns, bits = self._turns, self._read.bits
        stop = self._read_bit * (self._read.bits_per_byte - 1) + self._read_bit // 2
        out, n = bytearray(), 0
        while True:
            # the next fall; turn n is one if the level before it is high
            while n < len(turns) and (turns[n] <= self._from or n & 1 == self._level):
                n += 1
            if n == len(turns) or self._now <= turns[n] + stop:
                break
            start = turns[n]
            low, value = self._sampled(n, start, bits)
            if low:
                out.append(value)
                self._from = start + stop
            else:  # a glitch: the start bit did not last
                self._from = start
        self._level ^= n & 1
        del turns[:n]
        return bytes(out)

    def _sampled(self, n, start, bits):
        """(whether the start bit is one, the data bits) of a character; turn n is its fall."""
        turns, tick = self._turns, start + self._read_bit // 2
        value = 0
        for k in range(bits + 1):
            while n < len(turns) and turns[n] <= tick:
                n += 1
            value |= (self._level ^ n & 1) << k
            tick += self._read_bit
        return not value & 1, value >> 1


class LineModel:
    """A meter's line and the UART at its end. `meter` and the argument of open() are Lines."""

    def __init__(self, meter: Line, uart: Line | None = None) -> None:
        self.meter = meter
        self.uart: Line | None = None
        self._model: _Uart | None = None
        if uart:
            self.open(uart)

    def open(self, uart: Line) -> bytes:
        """The firmware opens its UART with these settings; returns bytes heard at once: a break
        where idle is low."""
        self.uart = uart
        self._model = None if uart == self.meter else _Uart(self.meter, uart)
        return self.rest()

    def swap(self, meter: Line) -> bytes:
        """Another meter is on the line; returns as open() does."""
        self.meter = meter
        return self.open(self.uart) if self.uart else b""

    def send(self, data: bytes) -> bytes:
        """The meter sends `data`: bytes that the UART gives, as far as they are complete."""
        if not self.uart:
            return b""
        if self._model:
            return self._model.send(data)
        return bytes(byte & 0x7F for byte in data) if self.meter.bits == 7 else bytes(data)

    def rest(self) -> bytes:
        """The line is quiet: bytes that this completes."""
        return self._model.rest() if self._model else b""


def heard(meter: Line, uart: Line, data: bytes) -> bytes:
    """The bytes that a UART with settings `uart` gives for one burst on the line `meter`."""
    model = LineModel(meter, uart)
    return model.send(data) + model.rest()
