"""What bytes that are no telegram say about the line. Loaded while there is no telegram.

The ESP32's UART hands over bytes only: no framing error, no parity error, and a break comes as
0x00. So the bytes themselves have to tell (tools/meter_model/line_model.py works out which bytes
which mismatch gives):

* a line slower by a factor k stretches each start bit over the k - 1 lowest bits: all bytes are
  even, the lowest one in any is bit k - 1, and beyond k = 8 there are only zeros;
* only zeros at the slowest speed as well: the line is held low, by whatever else it is not a meter
  that sends (issue 9, C13);
* a low that is shorter than a bit, on an idle line, gives FF: noise;
* text of the wrong polarity reads as `start bit, seven bits turned round`: all bytes are odd;
* seven bits and parity, read as eight, give bytes with an even, or an odd, number of ones;
* 7N1 read as eight bits: bit 7 of the first byte is the stop bit, and of the rest little is left,
  as the next start bit stands where the stop bit is looked for;
* too weak a pull-up cuts zeros short: bit 7, which is 0 in text, comes as 1;
* a telegram begins with one of a few bytes, and its beginning the wrong way round with one of a
  few others.
"""

from array import array

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

_FEW = const(8)  # bytes; fewer say nothing
_SURE = const(24)  # so many even bytes in a row are no telegram
_LEAST_SLOW = const(41)  # bytes of the shortest binary telegram (Kaifa, list 1)
_LEAST = const(200)  # of a text at 9600 bit/s and more
_MOST = const(60_000)  # votes
_LEAST_UNIFORM = const(256)  # bytes; of fewer the frequencies say little
_MBUS = const(0x68)
_STARTS = b"/\r\n\x7e\x68\xdb\x5b"  # 5B: DB in 7 bits
_MARKED = b"\xaf\x8d\x8a"  # / CR LF in seven bits, with a parity or stop bit of 1
# 7E A, 68, DB 08, / (8N1, 7E1, 7N1), CR: what they are with the wrong polarity, in 8 and in 7 bits
_TURNED = b"\xa0\x20\x60\xc9\x49\x12\x68\x28\xa8\x79\x39\xb9"
# Those that a line may have, the fastest first
_SPEEDS = (57600, 38400, 28800, 19200, 14400, 9600, 4800, 2400, 1200, 600, 300)
_ONES = b"\x00\x01\x01\x02\x01\x02\x02\x03\x01\x02\x02\x03\x02\x03\x03\x04"


class Clues:
    """Counts a burst's bytes; `verdict` says what they mean. `votes` by clue, all bursts."""

    def __init__(self):
        self.votes = array("H", bytes(2 * CLUES))
        self.speed = 0  # bit/s that the line seems to have; 0: not known
        self.leads = 0  # one of SPEEDS, where the last clue was SLOWER or ZEROS
        self._lowest = array("H", bytes(2 * 9))  # by number of the lowest one bit; 8: none
        self._halves = array("H", bytes(2 * 32))  # by value of the upper half, then of the lower
        self.begin(False)

    def begin(self, whole):
        """A burst begins; `whole`: the line was quiet before, so its first byte is the first."""
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

    def take(self, buf, n):
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
    def is_text(self):
        """Nine of ten bytes may be text."""
        return self._text * 10 > self.n * 9

    @property
    def is_zero(self):
        """There are bytes, and all are 0."""
        return 0 < self.n == self._lowest[8]

    @property
    def is_uniform(self):
        """Every value of half a byte is about as frequent as any other: neither text nor a list
        in clear, whatever is wrong with the settings."""
        n = self.n
        return n >= _LEAST_UNIFORM and n <= 64 * min(self._halves) and (
            8 * max(self._halves) <= n)

    def surely_slower(self, baud):
        """The clue that the line is slower, or held low, once enough has come to say so before
        the burst is over; else NOTHING."""
        if self.n < _SURE or self._lowest[0]:
            return NOTHING
        clue = self._stretched(baud)
        return NOTHING if clue == OTHER else clue

    def verdict(self, settings):
        """The burst is over: the clue that it gives about the settings in use."""
        clue = self._verdict(*settings)
        self.vote(clue)
        return clue

    def vote(self, clue):
        """Count a burst's clue; days of them are not counted on."""
        if self.votes[clue] < _MOST:
            self.votes[clue] += 1

    def _verdict(self, baud, bits, parity, _):
        n = self.n
        lowest = self._lowest
        slow = baud < SPEEDS[0]
        if n < _FEW:
            if self.is_zero and baud <= SPEEDS[-1]:
                return HELD
            if self._full == n and not slow:
                return ONES
            return FASTER if n > 2 and self.whole and slow else NOTHING
        if lowest[0] * 64 < n:
            return self._stretched(baud)
        if self._full * 8 > n * 7:
            return ONES
        if bits == 8:
            framed = self._framed(_LEAST if slow and baud >= 9600 else _LEAST_SLOW)
            if framed:
                return framed
        text = self.is_text and (bits == 8 or n >= _LEAST_SLOW)
        # 68 is / of the wrong polarity, too; a long frame of M-Bus, never fast, has it twice
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
            if self._first in _TURNED:
                return POLARITY
            if slow:
                return FASTER  # slow bits stand even a weak pull-up
        if not slow and bits == 8 and self.is_uniform:
            return UNIFORM
        return PULLUP if self.whole and self._high * 10 > n * 6 else NOTHING

    def _framed(self, least):
        """The clue that a byte of the line has fewer bits than the eight that are read. Of fewer
        than `least` bytes the first may look so by chance: a faster line leaves no more."""
        n = self.n
        if self._high * 10 > n:
            if self._even * 50 > n * 49:
                return SEVEN
            if self._even * 50 < n:
                return ODD
        return NINE if self.whole and self._first in _MARKED and n >= least else NOTHING

    def _stretched(self, baud):
        """No byte is odd: the line is slower; by how much tells the lowest bit that is set often.
        """
        lowest = self._lowest
        least = max([lowest[bit] for bit in range(1, 8)]) // 3
        for speed in _SPEEDS:
            # 8: there are only zeros, or what is left of a byte
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
