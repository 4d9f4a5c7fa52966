"""What bytes that are no telegram say about the line. Loaded while there is no telegram.

The ESP32's UART hands over bytes only: no framing error, no parity error, and a break comes as
0x00. So the clues are in the bytes themselves (tools/meter_model/line_model.py works out which
bytes each mismatch gives):

* A line that is slower by a factor k stretches each start bit over the k - 1 lowest bits. All
  bytes are even, the lowest bit that is ever set is bit k - 1, and beyond k = 8 there are only
  zeros.
* Only zeros at the slowest speed, too: the line is held low. No meter is sending.
* A low that is shorter than a bit, on an idle line, gives FF: noise.
* Text with the wrong polarity is read as a start bit and seven inverted bits: all bytes are odd.
* Seven bits and parity, read as eight bits, give bytes with an even, or an odd, number of ones.
* 7N1 read as eight bits: bit 7 of the first byte is the stop bit. Little is left of the rest,
  since the next start bit stands where a stop bit is expected.
* Too weak a pull-up cuts zeros short: bit 7, which is 0 in text, is read as 1.
* A telegram begins with one of a few bytes, and an inverted one with one of a few others.
* No text and no list in clear, however it is read, gives every value equally often. Noise does,
  and so does what is encrypted.
"""

from array import array
from typing import TYPE_CHECKING

from micropython import const

from .uart_line import (
    BEGINS,
    CLUES,
    FASTER,
    FRAMING,
    HELD,
    NINE,
    NOTHING,
    ODD,
    ONES,
    OTHER,
    POLARITY,
    PULLUP,
    SEVEN,
    SLOWER,
    SPEEDS,
    UNIFORM,
    ZEROS,
)

if TYPE_CHECKING:
    from .uart_line import Settings

_FEW = const(8)  # bytes; fewer say nothing
_SURE = const(24)  # even bytes in a row; no telegram has so many
_LEAST_SLOW = const(41)  # bytes of the shortest binary telegram (Kaifa, list 1)
_LEAST = const(200)  # bytes of the shortest text at 9600 bit/s and more
_MOST = const(60_000)  # votes
_LEAST_UNIFORM = const(256)  # bytes; of fewer the frequencies say little
_MBUS = const(0x68)
_STARTS = b"/\r\n\x7e\x68\xdb\x5b"  # 5B: DB in 7 bits
_MARKED = b"\xaf\x8d\x8a"  # / CR LF in seven bits, with a parity or stop bit of 1
# 7E A, 68, DB 08, / (8N1, 7E1, 7N1), CR as read with the wrong polarity, in 8 and in 7 bits
_INVERTED = b"\xa0\x20\x60\xc9\x49\x12\x68\x28\xa8\x79\x39\xb9"
# Speeds that a line may have, the fastest first
_SPEEDS = (57600, 38400, 28800, 19200, 14400, 9600, 4800, 2400, 1200, 600, 300)
_ONES = b"\x00\x01\x01\x02\x01\x02\x02\x03\x01\x02\x02\x03\x02\x03\x03\x04"


class ByteStatistics:
    """Counts the bytes of a burst; `verdict()` gives the clue. `votes`: by clue, of all bursts."""

    def __init__(self) -> None:
        self.votes = array("H", bytes(2 * CLUES))
        self.speed = 0  # bit/s that the line seems to have; 0: not known
        self.leads = 0  # one of SPEEDS, where the last clue was SLOWER or ZEROS
        self._lowest = array("H", bytes(2 * 9))  # by number of the lowest bit set; 8: none is
        self._halves = array("H", bytes(2 * 32))  # by value of the upper half, then of the lower
        self.begin(False)

    def begin(self, whole: bool) -> None:
        """A burst begins; `whole`: after a pause, so that its first byte is really the first."""
        self.n = 0
        self.whole = whole
        self._first = 0
        self._fourth = 0
        self._text = 0
        self._high = 0
        self._even = 0
        self._full = 0
        for i in range(9):
            self._lowest[i] = 0
        for i in range(32):
            self._halves[i] = 0

    def take(self, buf: bytearray, n: int) -> None:
        """Count buf[:n]."""
        if not self.n:
            self._first = buf[0]
        if self.n < 4 <= self.n + n:
            self._fourth = buf[3 - self.n]
        self.n += n
        lowest = self._lowest
        halves = self._halves
        for i in range(n):
            byte = buf[i]
            if 32 <= byte < 127 or byte == 13 or byte == 10:
                self._text += 1
            self._high += byte >> 7
            self._full += byte | 0x80 == 0xFF  # of seven bits, too
            self._even += 1 - (_ONES[byte & 15] + _ONES[byte >> 4] & 1)
            bit = 0
            while bit < 8 and not byte >> bit & 1:
                bit += 1
            lowest[bit] += 1
            halves[byte >> 4] += 1
            halves[16 + (byte & 15)] += 1

    @property
    def is_text(self) -> bool:
        """Whether nine of ten bytes may be text."""
        return self._text * 10 > self.n * 9

    @property
    def is_zero(self) -> bool:
        """Whether there are bytes, and all are 0."""
        return 0 < self.n == self._lowest[8]

    @property
    def is_uniform(self) -> bool:
        """Whether every value of half a byte is about as frequent as any other."""
        n = self.n
        return n >= _LEAST_UNIFORM and n <= 64 * min(self._halves) and (
            8 * max(self._halves) <= n)

    def surely_slower(self, baud: int) -> int:
        """The clue that the line is slower, or held low, if enough has come to say so before the
        burst is over; otherwise NOTHING."""
        if self.n < _SURE or self._lowest[0]:
            return NOTHING
        clue = self._stretched(baud)
        return NOTHING if clue == OTHER else clue

    def verdict(self, settings: "Settings") -> int:
        """The burst is over: the clue that it gives about the settings in use. It is counted."""
        clue = self._verdict(*settings)
        self.vote(clue)
        return clue

    def vote(self, clue: int) -> None:
        """Count a burst's clue, up to a limit that days of them would reach."""
        if self.votes[clue] < _MOST:
            self.votes[clue] += 1

    def _verdict(self, baud, bits, parity, _):
        n = self.n
        lowest = self._lowest
        slow = baud < SPEEDS[0]
        if n < _FEW:
            return self._of_few(baud)
        if lowest[0] * 64 < n:
            return self._stretched(baud)
        if self._full * 8 > n * 7:
            return ONES
        if bits == 8:
            framed = self._framed(_LEAST if slow and baud >= 9600 else _LEAST_SLOW)
            if framed:
                return framed
        text = self.is_text and (bits == 8 or n >= _LEAST_SLOW)
        # 68 is also / with the wrong polarity; a long frame of M-Bus, never fast, has it twice
        begins = self._first in _STARTS and (
            self._first != _MBUS or slow and self._fourth == _MBUS)
        if self.whole and slow and not text and (
                n < _LEAST if baud >= 9600 else n < _LEAST_SLOW and not begins):
            return FASTER
        if lowest[0] * 32 > n * 31 and n >= 4 * _FEW:
            return POLARITY
        if self.whole:
            if begins:
                return BEGINS if text or bits == 8 and parity == "none" else FRAMING
            if self._first in _INVERTED:
                return POLARITY
            if slow:
                return FASTER  # slow bits survive even a weak pull-up
        if not slow and bits == 8 and self.is_uniform:
            return UNIFORM
        return PULLUP if self.whole and self._high * 10 > n * 6 else NOTHING

    def _of_few(self, baud):
        """The clue of a burst of fewer than _FEW bytes."""
        slow = baud < SPEEDS[0]
        if self.is_zero and baud <= SPEEDS[-1]:
            return HELD
        if self._full == self.n and not slow:
            return ONES
        return FASTER if self.n > 2 and self.whole and slow else NOTHING

    def _framed(self, least):
        """The clue that the line's bytes have fewer bits than the eight that are read; NOTHING.
        Of fewer than `least` bytes the first may look so by chance: a faster line gives only few.
        """
        n = self.n
        if self._high * 10 > n:
            if self._even * 50 > n * 49:
                return SEVEN
            if self._even * 50 < n:
                return ODD
        return NINE if self.whole and self._first in _MARKED and n >= least else NOTHING

    def _stretched(self, baud):
        """The clue of bytes that are all even: the line is slower. The lowest bit that is often
        set says by how much."""
        lowest = self._lowest
        least = max([lowest[bit] for bit in range(1, 8)]) // 3
        for speed in _SPEEDS:
            # bit 8: there are only zeros, or what is left of a byte
            bit = baud // speed - 1
            if 0 < bit < 8 and baud % speed == 0 and lowest[bit] > least:
                self.speed = self.leads = speed
                return SLOWER if speed in SPEEDS else OTHER
        if not self.is_zero:
            return OTHER
        for speed in SPEEDS:
            if speed <= baud // 8 or speed == SPEEDS[-1] < baud:
                self.leads = speed
                return ZEROS
        return HELD
