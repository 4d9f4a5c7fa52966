"""Binary frames to telegrams: checksums, segments put together, envelopes opened.

HDLC (IEC 62056-46) and wired M-Bus (EN 13757-2) carry DLMS APDUs (IEC 62056-5-3), whole, in
segments or in blocks, plain or encrypted. decoder.py hands each frame over here and passes its
bytes on as noise if it is not proven. Loaded with the first frame whose header fits.
"""

from micropython import const

from ..crc import x25
from ..pile import Pile
from .heads import checksum, envelope
from .push_list import Lists

_FLAG = const(0x7E)
_LONG = const(0x68)
_SEGMENTED = const(8)  # in the first byte of the frame format
_STOP = const(0x16)
_LAST = const(0x10)  # M-Bus control information: 00 to 1F are segments, this bit on the last
_NOTIFICATION = const(0x0F)
_BLOCK = const(0xE0)  # general-block-transfer
_LAST_BLOCK = const(0x80)
_CIPHERED = const(0xDB)  # general-glo-ciphering
_DEDICATED = const(0xDC)  # general-ded-ciphering: the same shape
_GENERAL = const(0xDD)  # general-ciphering: no meter is known that pushes it
_SLASH = const(0x2F)
_CHECK = const(5)  # `!` and four digits

# What joins the frames of the message under way, if anything.
_NOTHING = const(0)
_SEGMENTS = const(1)
_MBUS = const(2)


class Frames:
    """Takes frames, calls `on_telegram(self)` with each proven telegram. For the parameters see
    decoder.Decoder; `text` is its P1Parser, which also reads the text that comes encrypted.
    """

    is_text = False

    def __init__(self, on_telegram, text, crc, clock, key, aad, once):
        self._on_telegram = on_telegram
        self._text = text
        self._crc = crc
        self.lists = Lists(clock)
        self._secret = (key, aad, once)
        self._cipher = None
        self._sent = Pile()  # the frames of the message under way, as sent
        self._kept = Pile()  # those of the newest telegram
        self._segments = Pile()  # what the frames carried, joined
        self._blocks = Pile()
        self._joined = _NOTHING
        self._next = 0  # number of the next M-Bus segment
        self._block = 0  # number of the next block; 0: none is under way
        self._head = 0  # length of the identification that came in clear, before the envelope
        self._headless = False  # the beginning of what comes is missing, and that was counted
        self._held_text = False  # the newest telegram was ASCII that came encrypted
        self.unwrapping = False
        self.unproven = False
        self.authenticated = None  # whether a tag proved the newest; None: not encrypted
        self.ok = 0
        self.fcs = 0
        self._lost = 0
        self._malformed = 0

    def count(self, counters):
        """Put the counters of binary frames into a dict."""
        counters["ok"] += self.ok
        counters["odd_lines"] += self.lists.odd
        counters["fcs"] = self.fcs
        counters["malformed"] = self._malformed
        counters["cut_short"] += self._lost
        counters["unknown_list"] = self.lists.unknown
        for name in ("no_key", "wrong_key", "repeated", "older"):
            counters[name] = getattr(self._cipher, name) if self._cipher else 0

    def take(self, b, at, length, inside):
        """Use the frame b[at:at + length], of proven header. False if the rest is not proven.
        `inside`: it was found in the bytes of a frame that was refused, and counted.
        """
        self.unproven = False
        if b[at] == _FLAG:
            return self._hdlc(b, at, at + length - 2)
        if b[at] == _LONG:
            return self._mbus(b, at, at + length - 2)
        self._abandon()
        self._sent.add(b, at, at + length)
        proven = self._open(self._sent.buf, 0, length, False, inside)
        self._sent.n = 0
        return bool(proven)

    def take_sealed(self, head, first, last, b, start, end):
        """Use the envelope b[start:end] that came behind head[first:last], a P1 telegram's
        beginning, and before its checksum, which is right.
        """
        self.unproven = False
        self._abandon()
        sent = self._sent
        if sent.add(head, first, last) and sent.add(b, start, end + _CHECK):
            self._head = last - first
            if self._open(sent.buf, self._head - 1, self._head + end - start, True, False) is None:
                self._malformed += 1
        else:
            self._malformed += 1
        self._head = self._sent.n = 0

    def idle(self, over):
        """Nothing came for a while: no segment of an HDLC message will follow. `over`: nor will
        anything else, and what comes next is another message, though its number may fit.
        """
        if over or self._joined == _SEGMENTS:
            self._abandon()

    def reading(self, energy_unit=None):
        """The newest telegram as a Reading; for `energy_unit` see decoder.Decoder."""
        if self._held_text:
            return self._text.reading()
        return self.lists.reading(energy_unit)

    def list(self):
        """The Lists that have read the newest telegram; None if that was text."""
        return None if self._held_text else self.lists

    def opened(self):
        """The newest telegram's content, if that came encrypted; else b""."""
        return self._cipher.plain.content() if self.authenticated is not None else b""

    def raw(self):
        """The newest telegram's frames as sent, as bytes."""
        return self._kept.content()

    def _abandon(self):
        """Give up the message under way: what should follow did not."""
        if self._joined or self._block:
            self._lost += 1
            self._headless = True
        self._joined = _NOTHING
        self._block = self._segments.n = self._blocks.n = self._sent.n = 0

    def _missing(self):
        """A frame goes on with a message whose beginning is not here: a capture may begin so. It
        is counted once. Returns what its frame is.
        """
        self._abandon()
        if not self._headless:
            self._lost += 1
            self._headless = True
        return not self.unproven

    def _unsound(self):
        """A checksum differs. True if the frame may be looked into all the same."""
        self.fcs += 1
        self._abandon()
        self._headless = True
        self.unproven = True
        return not self._crc

    def _hdlc(self, b, at, end):
        """`end` is where the FCS stands."""
        if x25(b, at + 1, end) != b[end] | b[end + 1] << 8 and (
                not self._unsound() or b[at + 1] & _SEGMENTED):
            return False
        info = at + 3
        for _ in range(2):  # the last byte of each address is odd
            while not b[info] & 1:
                info += 1
            info += 1
        info += 3
        if info >= end:
            return True  # it carries nothing
        # a message begins with the LLC header E6 E7 00 (or E6 E6 00)
        begins = (end - info > 3 and b[info] == 0xE6 and b[info + 1] | 1 == 0xE7
                  and not b[info + 2])
        if begins:
            info += 3
        if begins or self._block and not self._joined and b[info] == _BLOCK:
            self._begins(b, info, end)  # E450: only the first block has an LLC header
        elif self._joined != _SEGMENTS:
            return self._missing()
        elif self._sent.ends_with(b, at, end + 2):
            self._malformed += 1  # segments have no numbers, but none is as the one before
            self._abandon()
            return not self.unproven
        return self._carries(b, at, end, info, not b[at + 1] & _SEGMENTED)

    def _begins(self, b, info, end):
        """A message begins at b[info]: is it the next block of what is under way?"""
        number = 0
        if end - info > 6 and b[info] == _BLOCK:
            number = b[info + 2] << 8 | b[info + 3]
        if self._joined or not number or number != self._block:
            self._abandon()
            if number < 2:
                self._headless = False

    def _mbus(self, b, at, end):
        """`end` is where the check sum stands."""
        right = checksum(b, at + 4, end) == b[end]
        stops = b[end + 1] == _STOP
        if not (right and stops):
            # with neither of them it was no frame at all
            if not (right or stops) or not self._unsound():
                return False
        control = b[at + 6]
        number = control & 15
        if self.unproven and control != _LAST:
            return False  # only a whole message may be looked into
        if control > 0x1F or end - at < 10:
            self._malformed += 1
            self._abandon()
            return not self.unproven
        if self._joined != _MBUS or number != self._next:
            if number:
                return self._missing()
            self._begins(b, at + 9, end)
        self._next = number + 1 & 15
        # C, A, CI and two service access points stand before the APDU
        return self._carries(b, at, end, at + 9, control & _LAST)

    def _carries(self, b, at, end, info, whole):
        """Add b[info:end] to the message, and use that if it is whole."""
        sent = self._sent
        base = sent.n - at
        fits = sent.add(b, at, end + 2)
        if fits and whole and not self._joined:
            return self._message(sent.buf, base + info, base + end)
        if not (fits and self._segments.add(b, info, end)):
            self._abandon()
        elif whole:
            self._joined = _NOTHING
            return self._message(self._segments.buf, 0, self._segments.n)
        else:
            self._joined = _MBUS if b[at] == _LONG else _SEGMENTS
        return not self.unproven

    def _message(self, b, start, end):
        """An APDU is whole. True unless it came in a frame that only this could have proven."""
        self._segments.n = 0
        tag = b[start]
        if tag == _BLOCK:
            if self.unproven:
                self._abandon()
                return False
            return self._block_of(b, start, end)
        good = self._apdu(b, start, end)
        if good is None:
            good = self._several(b, start, end)
        self._block = self._blocks.n = self._sent.n = 0
        return good or not self.unproven

    def _apdu(self, b, start, end):
        """One APDU. True if it is a proven telegram; None, and nothing counted, if it does not
        end at `end`, or says nothing that is known.
        """
        tag = b[start]
        if tag == _CIPHERED or tag == _DEDICATED or tag == _GENERAL:
            return self._open(b, start, end, not self.unproven, self.unproven)
        if not self._understood(b, start, end, 0):
            return None
        self.authenticated = None
        self._tell()
        return True

    def _several(self, b, start, end):
        """A meter that fell behind (E450) puts several APDUs into one frame, each behind an LLC
        header of its own (issue 9, B11). Each is used on its own, if they fill it.
        """
        stop = last = self._end_of(b, start, end)
        while last and last < end:
            if end - last < 4 or b[last] != 0xE6 or b[last + 1] | 1 != 0xE7 or b[last + 2]:
                last = 0
            else:
                last = self._end_of(b, last + 3, end)
        if last != end or stop == end:
            self._malformed += 1
            return False
        while True:
            if self._apdu(b, start, stop) is None:
                self._malformed += 1
            if stop == end:
                return True
            start = stop + 3
            stop = self._end_of(b, start, end)

    def _end_of(self, b, start, end):
        """Where the APDU that begins at b[start] ends, by what it says itself; 0: not here."""
        if b[start] == _NOTIFICATION:
            return self.lists.end_of(b, start, end)
        if b[start] == _CIPHERED and end - start > 13 and b[start + 1] == 8:
            return start + envelope(b, start)
        return 0

    def _block_of(self, b, start, end):
        """general-block-transfer: control, number, number acknowledged, length, data."""
        data = start + 7
        length = b[start + 6] if end - start > 7 else 0
        if length > 0x80 and length < 0x83:
            data += length - 0x80
            length = b[start + 7] if length == 0x81 else b[start + 7] << 8 | b[start + 8]
        number = b[start + 2] << 8 | b[start + 3] if length else 0
        if number > 1 and not self._block:
            return self._missing()
        if not length or data + length != end or number != (self._block or 1) or (
                not self._blocks.add(b, data, end)):
            self._malformed += 1
            self._abandon()
            return not self.unproven
        if not b[start + 1] & _LAST_BLOCK:
            self._block = number + 1
            return not self.unproven
        self._block = 0
        whole = self._blocks
        if whole.buf[0] == _BLOCK:
            self._malformed += 1
            self._abandon()
            return not self.unproven
        return self._message(whole.buf, 0, whole.n)

    def _understood(self, b, start, end, maker):
        """Whether b[start:end] is a list that can be read to its last byte. `maker`: the three
        letters of the system title that it came with, or 0.
        """
        self._held_text = False
        frame = self._sent if self._sent.n else self._kept
        return b[start] == _NOTIFICATION and self.lists.parse(b, start, end, frame.buf, maker)

    def _open(self, b, start, end, checked, inside):
        """An encrypted APDU: whether it is a proven telegram; None if its length is not that.

        `checked`: the frame around it has proven each of its bytes. Without a tag that is all the
        proof there is, and in any other place nothing is believed: not with `crc` off either,
        which is for meters that send no checksum; every binary frame has one (issue 9, A1).
        `inside`: that it is damaged has been counted.
        """
        if not self._cipher:
            from ..crypto.cipher import Cipher
            self._cipher = Cipher(*self._secret)
        cipher = self._cipher
        if not cipher.has_key():
            return False
        opened = cipher.open(b, start, end, checked)
        if not opened:
            if opened is None and checked:
                return None
            if opened is None:
                self._lost += not inside  # the frame around it did not begin here, or is damaged
            elif not inside and not cipher.fails(checked):
                self.fcs += 1
            return False
        plain = cipher.plain
        if plain.n and plain.buf[0] == _SLASH or self._head:
            good = self._text_in(plain)
        else:
            good = self._understood(plain.buf, 0, plain.n, cipher.maker())
        if good:
            cipher.works()
            if cipher.fresh():
                self.authenticated = cipher.tagged
                self._tell()
        elif cipher.tagged or self.lists.whole:
            self._malformed += 1
        elif not cipher.fails(True):  # all that a wrong key shows without a tag
            self.fcs += 1
        return good or cipher.tagged

    def _text_in(self, plain):
        """P1 text that came encrypted: True if it is a whole telegram and nothing else."""
        text = self._text
        text.leave()
        before = text.ok
        self.unwrapping = self._held_text = True
        text.vouched = self._cipher.tagged
        if self._head and plain.buf[0] != _SLASH:
            text.feed(self._sent.buf, self._head)
        text.feed(plain.buf, plain.n)
        if self._head and text.ok == before:
            text.feed(b"\r\n!\n", 4)
        text.leave()
        text.vouched = self.unwrapping = False
        good = text.ok == before + 1
        self.unproven = self.unproven or text.unproven
        text.ok = before  # it counts as a telegram of ours, unless it is a repeat
        return good

    def _tell(self):
        self.ok += 1
        self._text.leave()
        if self._sent.n:  # the second of several in one frame came with the first one's bytes
            self._sent, self._kept = self._kept, self._sent
            self._sent.n = 0
        self._on_telegram(self)
