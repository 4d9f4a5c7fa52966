"""What stands in the ASCII parser's place until the line shows text, so that a meter that sends
binary frames never loads the parser (12 kB of heap).

What it is fed is noise, and counted as the parser would count it. It keeps the line under way,
from its slash on if there is one. Text has begun with

* a slash and three letters, the maker's, as each identification has them (IEC 62056-21, 6.3.2),
* or a line, an empty line, a digit and a minus sign: an identification whose first bytes were
  misheard, which p1/repair.py can put right, and the first OBIS code,
* or much noise without any frame: the parser is native code, and keeps up with noise at any speed.

The parser is then given what was kept, and takes this object's place. A slash alone does not
suffice: the frame that the line's first bytes are the end of may well have one.
"""

from typing import TYPE_CHECKING

from micropython import const

from .counters import C_SKIPPED
from .p1.layout import CIPHERED, FLAG, LONG, MAX_TEXT

if TYPE_CHECKING:
    from .decoder import Decoder
    from .p1.parser import P1Parser

_SLASH = const(0x2F)
_MINUS = const(0x2D)
_LF = const(10)
_CR = const(13)
_LETTERS = const(3)
_PLENTY = const(2000)  # bytes of noise: more than the rest of one frame that was begun before us
_KEPT = const(MAX_TEXT + 16)  # a line, an empty one, and the next one's beginning


class Quiet:
    """P1Parser's interface, as far as it is used before text comes."""

    is_text = False

    def __init__(self, decoder: "Decoder", settings: tuple) -> None:
        """`settings` are P1Parser's parameters."""
        self._decoder = decoder
        self._settings = settings
        self.checksum = 0  # for the parser
        self._mask = 0xFF if settings[1] else 0x7F
        self._kept = bytearray(_KEPT)
        self.leave()

    def _clear(self):
        self._size = 0  # bytes kept
        self._letters = -1  # letters since the slash; below 0: there is no slash, or other bytes
        self._ends = 0  # line ends since the line
        self._digit = False  # behind them came a digit

    def count(self) -> None:
        """The counts are always up to date."""

    def leave(self) -> None:
        """A telegram of another kind came."""
        self._noise = 0  # bytes since the last one
        self._clear()

    def idle(self, over: bool = False) -> None:
        """Nothing came for a while; `over`: the input ended."""
        if over or self._letters < 0 and not self._ends:
            self._clear()

    def feed(self, buf: "bytes | bytearray | memoryview", n: int, pos: int = 0,
             search: int = 1 << 29) -> int:
        """As P1Parser.feed()."""
        while pos < n:
            c = buf[pos]
            if pos >= search and (c == FLAG or c == CIPHERED or c == LONG and (
                    n - pos < 3 or buf[pos + 1] == buf[pos + 2])):
                return pos
            pos += 1
            if self._shows_text(c):
                parser = self.load()
                if parser:
                    return parser.feed(buf, n, pos, search)
        return pos

    def load(self) -> "P1Parser | None":
        """The parser, from now on in this object's place; None if there is no memory for it: what
        was kept stays noise, and the next telegram's beginning tries again.
        """
        decoder = self._decoder
        size = self._size
        self.leave()
        try:
            from .p1.parser import P1Parser
            parser = P1Parser(*self._settings)
        except MemoryError:
            return None
        counts = self._settings[3]
        noise = 0
        for i in range(size):
            noise += self._is_noise(self._kept[i])
        parser.begin(self.checksum, counts[C_SKIPPED] - noise)
        decoder.take_parser(parser)
        parser.feed(self._kept, size)
        return parser

    def _is_noise(self, c):
        """Line ends and padding are none."""
        c &= self._mask
        return c != _LF and c != _CR and c != 0

    def _shows_text(self, c):
        """Count and keep a byte. Whether text has begun with it."""
        noise = self._is_noise(c)
        self._settings[3][C_SKIPPED] += noise
        self._noise += noise
        whole = c
        c &= self._mask
        if c == _SLASH:
            self._clear()
            self._letters = 0
        elif c == _LF:
            if not self._size:
                return False
            self._ends += 1
            self._letters = -1
        elif self._ends and noise and not self._digit:
            if self._ends == 1 or not 48 <= c < 58:
                self._clear()  # that line was noise: a new one begins
            else:
                self._digit = True
        elif self._digit:
            if c == _MINUS:
                self._keep(whole)
                return True
            self._clear()
        elif self._letters >= 0 and noise:
            self._letters = self._letters + 1 if 65 <= c & 0xDF < 91 else -1
        if self._size or noise:
            self._keep(whole)
        return self._letters == _LETTERS or self._noise > _PLENTY

    def _keep(self, c):
        """Once there is no room left the line is too long for an identification."""
        if self._size < _KEPT:
            self._kept[self._size] = c
            self._size += 1
        elif self._ends:
            self._clear()
