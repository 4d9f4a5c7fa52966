"""Bytes of a meter's port to telegrams, whatever the meter speaks: ASCII P1, HDLC, wired M-Bus,
encrypted P1. The format is recognised telegram by telegram.

One rule sorts the bytes: where a binary frame may begin, bytes are held back until its header, and
then its checksum, have proven it or not. A proven frame is taken out of the stream; of any other
the first byte goes on to the ASCII machine, and the search starts again at the second. So a false
start swallows nothing, and each byte is counted once. What is done with a proven frame is in
frames.py, which a meter that sends ASCII never loads.
"""

from micropython import const

from .p1.layout import CIPHERED, FLAG, LONG, SEALED
from .p1.parser import P1Parser
from .pile import copy

_SLASH = const(0x2F)
_CR = const(13)  # some meters send a line's end before the slash
_STARTS = b"\x7e\x68\xdb"  # FLAG, LONG, CIPHERED

_HELD_FIRST = const(16)  # enough for every header; grows to the meter's own frames
_CHECK = const(5)  # `!` and four digits behind a P1 telegram's envelope


class Decoder:
    """Feed it bytes; it calls `on_telegram(source)` after each proven telegram.

    In that call, and until more is fed, `source.reading(energy_unit)` gives the Reading, where
    `energy_unit` is Wh per count of registers that come without a scaler (None: they are left
    out); `source.raw()` the bytes as sent, until the next telegram; `source.is_text` is True for
    ASCII P1.

    `crc` False takes telegrams whose checksum is missing or wrong; `clock` is a ClockRule; `key`
    the 16 bytes of the encryption key, `aad` the authentication key of 16 bytes, or 17 with the
    leading security byte (b"": the one that Luxembourg and Austria publish);
    `once` False takes encrypted telegrams whose frame counter does not rise.
    """

    def __init__(self, on_telegram, crc=True, clock=None, key=b"", aad=b"", once=True):
        self._on_telegram = on_telegram
        self._text = P1Parser(self._heard, crc, clock)
        self._text.on_damaged = self._damaged
        if key and len(key) != 16 or aad and len(aad) not in (16, 17):
            raise ValueError("a key has 16 bytes")
        self._settings = (crc, clock, key, aad, once)
        self._frames = None
        self._sealed = None  # sealed.take, from the first such telegram on
        self._held = bytearray(_HELD_FIRST)
        self._count = 0  # bytes held back
        self._need = 0  # with so many the frame can be judged further
        self._size = None  # heads.size, once a frame may begin
        # Up to where the bytes held are those of a refused frame, and of one with a check of 16
        # bits: what is found there must bring at least the proof that it lacked (issue 9, A1).
        self._refused = None
        self._closing = False  # the next byte may be the flag that ends an HDLC frame
        self._quiet = False  # the line was idle since the last byte
        self._cut = 0
        self._unproven = False
        self.units = None  # the owner's scales, as scales.Judge wants them
        self.on_damaged = None  # called with (buffer, start, end) of what failed its checksum

    @property
    def identified(self):
        """Identification lines of ASCII telegrams seen."""
        return self._text.identified

    @property
    def unproven(self):
        """True if the newest telegram was taken though its checksum did not match."""
        return self._unproven

    @property
    def authenticated(self):
        """Whether a tag proved the newest telegram; None if it was not encrypted."""
        return self._frames.authenticated if self._frames else None

    @property
    def checksum(self):
        """The checksum of this meter's text: layout.ARC, X25, or 0 while that is not known."""
        return self._text.checksum

    @checksum.setter
    def checksum(self, kind):
        self._text.checksum = kind

    def counters(self):
        """The counters of `/status.json` as a dict of ints, with those of binary frames after the
        first one came.
        """
        out = self._text.counters()
        out["cut_short"] = self._cut
        if self._frames:
            self._frames.count(out)
        elif not self._cut:
            del out["cut_short"]
        return out

    @property
    def ok(self):
        """Telegrams handed out."""
        return self._text.ok + (self._frames.ok if self._frames else 0)

    @property
    def crc_failed(self):
        """Telegrams of any kind whose checksum did not match."""
        return self._text.crc_failed + (self._frames.fcs if self._frames else 0)

    def feed(self, buf, n):
        """Take buf[:n], cut from the stream anywhere."""
        if self._quiet and n:
            self._quiet = False
            if self._count and (buf[0] == _SLASH or buf[0] == _CR or buf[0] in _STARTS):
                self._judge(True)  # what was held broke off: the next telegram begins
        pos = 0
        while pos < n:
            if not self._count and not (self._closing and buf[pos] == FLAG):
                self._closing = False
                pos = self._text.feed(buf, n, pos, pos)
                if pos < n and not _may_start(buf, pos, n):
                    pos = self._pass_on(buf, n, pos, pos + 1)
            if pos < n:
                pos = self._hold(buf, pos, n)

    def _pass_on(self, buf, n, pos, search):
        """Text goes to the ASCII machine, up to where a frame may begin, at `search` or later.
        Returns where that is."""
        while True:
            pos = self._text.feed(buf, n, pos, search)
            if pos >= n or _may_start(buf, pos, n):
                return pos
            search = pos + 1

    def idle(self):
        """Nothing came for a while, or the input ended. Twice in a row: it surely ended."""
        over = self._quiet
        if over and self._count:
            self._judge(True)
        self._quiet = True
        self._text.idle(over)
        if self._frames:
            self._frames.idle(over)

    def _hold(self, buf, pos, n):
        """Hold back bytes until the frame can be judged further."""
        need = self._need if self._count else 2
        if need > len(self._held):
            self._grow(need)
        n = min(n, pos + need - self._count)
        copy(self._held, self._count, buf, pos, n)
        self._count += n - pos
        self._need = need
        if self._count >= need:
            self._judge(False)
        return n

    def _grow(self, size):
        held = bytearray(size)
        copy(held, 0, self._held, 0, self._count)
        self._held = held

    def _judge(self, over):
        """Settle what is held as far as can be; `over`: no more of it will come."""
        held = self._held
        count = self._count
        start = 0
        while start < count:
            need = self._length(start, count - start)
            if need > count - start:
                if not over:
                    break
                self._cut += need > _HELD_FIRST + 1
                self._refuse(start, count)
            elif need:
                if self._proven(held, start, need):
                    self._closing = held[start] == FLAG
                    start += need
                    if start < count and not (self._closing and held[start] == FLAG):
                        start = self._release(start, start, count)
                    continue
                self._refuse(start, start + need)
            start = self._release(start, start + 1, count)
        self._forget(start)
        if self._count:
            self._need = need

    def _length(self, start, have):
        """heads.size of held[start:start + have]."""
        if not self._size:
            from .dlms.heads import size
            self._size = size
        refused = self._refused
        if refused and start < refused[1] and self._held[start] == LONG:
            return 0  # its sum has 8 bits, the frame around it had 16
        return self._size(self._held, start, have)

    def _refuse(self, start, end):
        """held[start:end] is a frame that nothing proved."""
        refused = self._refused = self._refused or [0, 0]
        refused[0] = max(refused[0], end)
        if self._held[start] == FLAG or self._held[start] == SEALED:
            refused[1] = max(refused[1], end)

    def _forget(self, start):
        """Of what is held, the first `start` bytes are settled."""
        copy(self._held, 0, self._held, start, self._count)
        self._count -= start
        refused = self._refused
        if refused:
            for n in range(2):
                refused[n] = max(0, refused[n] - start)

    def _release(self, start, search, count):
        """Give up held[start] and all up to the next possible frame; returns where that is."""
        held = self._held
        if self._closing and held[start] == FLAG:
            start += 1  # a closing flag is no noise
        self._closing = False
        return self._pass_on(held, count, start, search)

    def _proven(self, held, start, length):
        if not self._frames:
            from .dlms.frames import Frames
            self._frames = Frames(self._heard, self._text, *self._settings)
            self._frames.lists.judge.owner = self.units
        fcs = self._frames.fcs
        if held[start] == SEALED:
            if not self._sealed:
                from .p1.encrypted import take
                self._sealed = take
            return self._sealed(self._text, self._frames, held, start, start + length - _CHECK)
        proven = self._frames.take(held, start, length, self._refused and start < self._refused[0])
        if self._frames.fcs != fcs and self.on_damaged:
            self.on_damaged(held, start, start + length)
        return proven

    def _damaged(self, buf, length):
        """Text whose checksum does not match, as the meter sent it if that was not encrypted."""
        if self.on_damaged and not (self._frames and self._frames.unwrapping):
            self.on_damaged(buf, 0, min(length, len(buf)))

    def _heard(self, source):
        """A telegram is proven. Text inside an encrypted frame is that frame's own affair."""
        if source is self._text and self._frames and self._frames.unwrapping:
            return
        self._unproven = source.unproven
        if source.is_text and self._frames:
            self._frames.authenticated = None
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
