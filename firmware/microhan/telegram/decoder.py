"""Bytes of a meter's port to telegrams, whatever the meter speaks: ASCII P1, HDLC, wired M-Bus,
encrypted P1. The format is recognised telegram by telegram.

One rule sorts the bytes. Where a binary frame may begin, bytes are held back until its header,
and then its checksum, have proven it or not. A proven frame is taken out of the stream. Of any
other, the first byte goes on to the ASCII parser, and the search starts again at the second. So a
false start swallows nothing, and each byte is counted once. What is done with frames is in dlms/,
which a meter that sends ASCII never loads; the ASCII parser is in p1/, which a meter that sends
frames never loads: until the line shows text, quiet.py stands in its place.
"""

from array import array
from typing import TYPE_CHECKING

from micropython import const

from ..reading.buffer import copy
from .counters import (
    C_CUT_SHORT,
    C_FCS,
    C_MALFORMED_VALUES,
    C_OK,
    COUNTERS,
    NAMES,
)
from .p1.layout import CIPHERED, FLAG, LONG, SEALED

if TYPE_CHECKING:
    from collections.abc import Callable

    from .clock import ClockRule
    from .dlms.frames import Frames
    from .dlms.message import Messages
    from .p1.parser import P1Parser
    from .quiet import Quiet

_SLASH = const(0x2F)
_CR = const(13)  # some meters send a line end before the slash
_STARTS = b"\x7e\x68\xdb"  # FLAG, LONG, CIPHERED

_HELD_FIRST = const(16)  # enough for every header; grows to the meter's own frames


class Decoder:
    """Feed it bytes; it calls `on_telegram(source)` after each proven telegram.

    In that call, and until more is fed, `source.reading(energy_unit)` gives the Reading, where
    `energy_unit` is Wh per count of registers that come without a scaler (None: they are left
    out); `source.raw()` the bytes as sent, until the next telegram; `source.is_text` is True for
    ASCII P1.

    `crc` False takes telegrams whose checksum is missing or wrong; `clock` is a ClockRule; `key`
    the 16 bytes of the encryption key, `aad` the authentication key of 16 bytes, or 17 with the
    leading security byte (b"": the one that Luxembourg and Austria publish);
    `reject_replays` False takes encrypted telegrams whose frame counter does not rise.
    """

    # Asked before a binary frame is looked at; None: yes.
    takes_frames: "Callable[[], bool] | None" = None

    def __init__(self, on_telegram: "Callable[[P1Parser | Messages], None]", crc: bool = True,
                 clock: "ClockRule | None" = None, key: bytes = b"", aad: bytes = b"",
                 reject_replays: bool = True):
        self._on_telegram = on_telegram
        self._counts = array("i", bytes(4 * COUNTERS))
        from .quiet import Quiet
        self._text: "P1Parser | Quiet" = Quiet(self, (self._publish, crc, clock, self._counts))
        if key and len(key) != 16 or aad and len(aad) not in (16, 17):
            raise ValueError("a key has 16 bytes")
        self._settings = (crc, clock, key, aad, reject_replays)
        self._frames: "Frames | None" = None  # dlms.frames.Frames, from where a frame may begin
        self._held = bytearray(_HELD_FIRST)
        self._count = 0  # bytes held back
        self._need = 0  # how many must be held before more can be said of the frame
        # Up to where the bytes held are those of a refused frame, and of one with a checksum of 16
        # bits: what is found there must bring at least the proof that it lacked (law 2).
        self._refused = None
        self._after_frame = False  # an HDLC frame has just ended: a flag here may be its last byte
        self._idle = False  # nothing has come since the last call of idle()
        # Whether a tag proved the newest telegram; None: it was not encrypted.
        self.authenticated: "bool | None" = None
        # The owner's scales, as scalers.ScaleGuess wants them.
        self.units: "list[int | None] | None" = None
        # Called with (buffer, start, end) of what failed its checksum.
        self.on_damaged: "Callable[[bytearray, int, int], None] | None" = None

    @property
    def checksum(self) -> int:
        """The checksum of this meter's text: layout.ARC, X25, or 0 while that is not known."""
        return self._text.checksum

    @checksum.setter
    def checksum(self, kind: int) -> None:
        self._text.checksum = kind

    def counts(self) -> "array[int]":
        """The array of counters.py, up to date. It is always the same one."""
        self._text.count()
        return self._counts

    def counters(self) -> "dict[str, int]":
        """The counters of `/status.json` as a dict of ints, with those of binary frames after the
        first one came.
        """
        counts = self.counts()
        names = NAMES.split()
        if not (self._frames and self._frames.messages):
            names = names[:C_CUT_SHORT + (counts[C_CUT_SHORT] > 0)]
        out = {}
        for i in range(len(names)):
            out[names[i]] = counts[i]
        out["odd_lines"] += counts[C_MALFORMED_VALUES]
        return out

    @property
    def ok(self) -> int:
        """Telegrams handed out."""
        return self._counts[C_OK]

    def feed(self, buf: "bytes | bytearray | memoryview", n: int) -> None:
        """Take buf[:n], cut from the stream anywhere."""
        if self._idle and n:
            self._idle = False
            if self._count and (buf[0] == _SLASH or buf[0] == _CR or buf[0] in _STARTS):
                self._settle(True)  # what was held broke off: the next telegram begins
        pos = 0
        while pos < n:
            if not self._count and not (self._after_frame and buf[pos] == FLAG):
                self._after_frame = False
                pos = self._text.feed(buf, n, pos, pos)
                if pos < n and not _may_start(buf, pos, n):
                    pos = self._pass_on(buf, n, pos, pos + 1)
            if pos < n:
                pos = self._hold(buf, pos, n)

    def _pass_on(self, buf, n, pos, search):
        """Give text to the ASCII parser, up to where a frame may begin, at `search` or later.
        Returns where that is."""
        while True:
            pos = self._text.feed(buf, n, pos, search)
            if pos >= n or _may_start(buf, pos, n):
                return pos
            search = pos + 1

    def idle(self) -> None:
        """Nothing came for a while, or the input ended. Twice in a row: it surely ended."""
        over = self._idle
        if over and self._count:
            self._settle(True)
        self._idle = True
        self._text.idle(over)
        if self._frames:
            self._frames.idle(over)

    def _hold(self, buf, pos, n):
        """Hold back bytes until more can be said of the frame. Returns how far they are taken."""
        need = self._need if self._count else 2
        if need > len(self._held):
            self._grow(need)
        n = min(n, pos + need - self._count)
        copy(self._held, self._count, buf, pos, n)
        self._count += n - pos
        self._need = need
        if self._count >= need:
            self._settle(False)
        return n

    def _grow(self, size):
        held = bytearray(size)
        copy(held, 0, self._held, 0, self._count)
        self._held = held

    def _settle(self, over):
        """Find out what the bytes held are, as far as that can be said; `over`: no more will come.
        """
        held = self._held
        count = self._count
        start = 0
        while start < count:
            need = self._frame_size(start, count - start)
            if need > count - start:
                if not over:
                    break
                self._counts[C_CUT_SHORT] += need > _HELD_FIRST + 1
                self._refuse(start, count)
            elif need:
                if self._take_frame(start, need):
                    self._after_frame = held[start] == FLAG
                    start += need
                    if start < count and not (self._after_frame and held[start] == FLAG):
                        start = self._release(start, start, count)
                    continue
                self._refuse(start, start + need)
            start = self._release(start, start + 1, count)
        self._drop(start)
        if self._count:
            self._need = need

    def _frame_size(self, start, have):
        """Frames.size() of held[start:start + have]."""
        frames = self.frames()
        refused = self._refused
        if refused and start < refused[1] and self._held[start] == LONG:
            return 0  # its sum has 8 bits, the frame around it had 16
        return frames.size(self._held, start, have)

    def frames(self) -> "Frames":
        """The parser of binary frames. `units` must be set by then."""
        if not self._frames:
            from .dlms.frames import Frames
            self._frames = Frames(
                self._publish, self.text, self._counts, self._settings, self.units)
        return self._frames

    def _refuse(self, start, end):
        """held[start:end] is a frame that nothing proved."""
        refused = self._refused = self._refused or [0, 0]
        refused[0] = max(refused[0], end)
        if self._held[start] == FLAG or self._held[start] == SEALED:
            refused[1] = max(refused[1], end)

    def _drop(self, start):
        """The first `start` bytes held are settled."""
        copy(self._held, 0, self._held, start, self._count)
        self._count -= start
        refused = self._refused
        if refused:
            for n in range(2):
                refused[n] = max(0, refused[n] - start)

    def _release(self, start, search, count):
        """Pass on held[start] and all up to where a frame may begin, at `search` or later. Returns
        where that is."""
        held = self._held
        if self._after_frame and held[start] == FLAG:
            start += 1  # a closing flag is no noise
        self._after_frame = False
        return self._pass_on(held, count, start, search)

    def _take_frame(self, start, length):
        """Whether held[start:start + length], whose header is right, is a proven frame."""
        if self.takes_frames and not self.takes_frames():
            return False
        held = self._held
        fcs = self._counts[C_FCS]
        refused = self._refused
        proven = self._frames.take(held, start, length, refused and start < refused[0])
        if self._counts[C_FCS] != fcs and self.on_damaged and held[start] != SEALED:
            self.on_damaged(held, start, start + length)
        return proven

    def text(self) -> "P1Parser | None":
        """The ASCII parser, for text that comes in frames; None if there is no memory for it."""
        return self._text.load()

    def take_parser(self, parser: "P1Parser") -> None:
        """The line shows text: from now on `parser` parses it."""
        parser.on_damaged = self._damaged
        self._text = parser

    def _damaged(self, buf, length):
        """Text whose checksum does not match."""
        if self.on_damaged:
            self.on_damaged(buf, 0, min(length, len(buf)))

    def _publish(self, source):
        """A telegram is proven."""
        if source.is_text:
            self.authenticated = None
        else:
            self.authenticated = source.authenticated
            self._text.leave()
        self._on_telegram(source)


def _may_start(buf, at, n):
    """Whether the bytes after a start byte, as far as they are here, fit a frame's header."""
    if n - at < 2:
        return True
    first = buf[at]
    second = buf[at + 1]
    if first == FLAG:
        return second & 0xF0 == 0xA0
    if first == CIPHERED:
        return second == 8
    if first == SEALED:
        return second == 0x82 or second == 0x81 or 5 < second < 0x80
    return (n - at < 3 or buf[at + 2] == second) and (n - at < 4 or buf[at + 3] == LONG)
