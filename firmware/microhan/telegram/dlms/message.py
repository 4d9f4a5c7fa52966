"""Binary frames to telegrams: checksums, parts put together, envelopes opened.

HDLC (IEC 62056-46) and wired M-Bus (EN 13757-2) carry DLMS APDUs (IEC 62056-5-3), whole, in
segments or in blocks, plain or encrypted. decoder.py hands each frame over here and passes its
bytes on as noise if it is not proven. Loaded with the first frame whose header fits.
"""

from typing import TYPE_CHECKING

from micropython import const

from ...reading.buffer import Buffer
from ..counters import C_CUT_SHORT, C_FCS, C_MALFORMED, C_OK
from ..crypto.envelope import LONGEST, envelope_size
from ..p1.layout import CIPHERED, FLAG, LONG
from .assembly import BLOCK, HDLC, HEADLESS, MBUS, WHOLE, WRONG, Blocks, Segments, block_number
from .hdlc import behind_llc, checksum_matches, information, is_segmented
from .mbus import BEFORE, LAST_SEGMENT, SEGMENT_NUMBER, stops, sum_matches
from .push_list import PushList

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable

    from ...reading.reading import Reading
    from ..clock import ClockRule
    from ..crypto.cipher import Cipher
    from ..p1.parser import P1Parser

_MOST_CI = const(0x1F)  # M-Bus control information above is no segment's
_NOTIFICATION = const(0x0F)  # data-notification
_DEDICATED = const(0xDC)  # general-ded-ciphering: the same shape as CIPHERED
_GENERAL = const(0xDD)  # general-ciphering: no meter is known that pushes it
_SLASH = const(0x2F)
_CHECK = const(5)  # `!` and four digits


class Messages:
    """Takes frames, calls `on_telegram(self)` with each proven telegram.

    For the parameters see decoder.Decoder, for `counts` counters.py; `text` gives the Decoder's
    P1Parser, which also parses the text that comes encrypted, or None without memory for it.
    """

    is_text = False

    def __init__(self, on_telegram: "Callable[[Messages], None]",
                 text: "Callable[[], P1Parser | None]", counts: "array[int]", crc: bool,
                 clock: "ClockRule | None", key: bytes, aad: bytes, reject_replays: bool):
        self._on_telegram = on_telegram
        self._text = text
        self._counts = counts
        self._crc = crc
        self.push_list = PushList(clock, counts)
        self._secret = (counts, key, aad, reject_replays)
        self._cipher: "Cipher | None" = None
        self._sent = Buffer(0, LONGEST)  # the frames of the message under way, as sent
        self._kept = Buffer(0, LONGEST)  # those of the newest telegram
        self._segments = Segments()
        self._blocks = Blocks()
        self._head = 0  # length of the identification that came in clear before the envelope
        self._headless = False  # the beginning of what comes is missing, and that was counted
        self._holds_text = False  # the newest telegram was ASCII that came encrypted
        self.checksum_failed = False  # the newest frame's; it was used all the same
        # Whether a tag proved the newest telegram; None: it was not encrypted.
        self.authenticated: "bool | None" = None

    def take(self, b: bytearray, at: int, length: int, inside: bool) -> bool:
        """Use the frame b[at:at + length], whose header is right. False if the rest is not proven.
        `inside`: it was found within the bytes of a frame that was refused, and counted.
        """
        self.checksum_failed = False
        if b[at] == FLAG:
            return self._take_hdlc(b, at, at + length - 2)
        if b[at] == LONG:
            return self._take_mbus(b, at, at + length - 2)
        self._abandon()
        self._sent.add(b, at, at + length)
        proven = self._decrypt(self._sent.data, 0, length, False, inside)
        self._sent.size = 0
        return bool(proven)

    def take_sealed(self, head: bytearray, first: int, last: int, b: bytearray, start: int,
                    end: int) -> None:
        """Use the envelope b[start:end] that came behind head[first:last], a P1 telegram's
        beginning, and before its checksum, which is right.
        """
        self.checksum_failed = False
        self._abandon()
        sent = self._sent
        if sent.add(head, first, last) and sent.add(b, start, end + _CHECK):
            self._head = last - first
            if self._decrypt(sent.data, self._head - 1, self._head + end - start, True, False) is (
                    None):
                self._counts[C_MALFORMED] += 1
        else:
            self._counts[C_MALFORMED] += 1
        self._head = self._sent.size = 0

    def idle(self, over: bool) -> None:
        """Nothing came for a while, so no more segments of an HDLC message will come. `over`: the
        input is over. What comes next is then another message, even if its number fits.
        """
        if over or self._segments.under_way == HDLC:
            self._abandon()

    def reading(self, energy_unit: "int | None" = None) -> "Reading":
        """The newest telegram as a Reading; for `energy_unit` see decoder.Decoder."""
        if self._holds_text:
            return self._text().reading()  # type: ignore[union-attr]  # it has parsed this
        return self.push_list.reading(energy_unit)

    def list(self) -> "PushList | None":
        """The PushList that has parsed the newest telegram; None if that was text."""
        return None if self._holds_text else self.push_list

    def opened(self) -> bytes:
        """The newest telegram's content, if that came encrypted; otherwise b""."""
        if self._cipher and self.authenticated is not None:
            return self._cipher.plain.content()
        return b""

    def raw(self) -> bytes:
        """The newest telegram's frames as sent, as bytes."""
        return self._kept.content()

    # Parts that are missing or wrong

    def _abandon(self):
        """Give up the message under way: what should follow did not."""
        if self._segments.under_way or self._blocks.under_way:
            self._counts[C_CUT_SHORT] += 1
            self._headless = True
        self._segments.clear()
        self._blocks.clear()
        self._sent.size = 0

    def _note_malformed(self):
        """The message under way has a part that does not fit. Returns what the frame is worth."""
        self._counts[C_MALFORMED] += 1
        self._abandon()
        return not self.checksum_failed

    def _note_headless(self):
        """A frame goes on with a message whose beginning is missing, as where a capture begins. It
        is counted once. Returns what the frame is worth.
        """
        self._abandon()
        if not self._headless:
            self._counts[C_CUT_SHORT] += 1
            self._headless = True
        return not self.checksum_failed

    def _note_bad_fcs(self):
        """A checksum does not match. True if the frame may be looked into all the same."""
        self._counts[C_FCS] += 1
        self._abandon()
        self._headless = True
        self.checksum_failed = True
        return not self._crc

    # From frames to messages. Each returns whether the frame is proven.

    def _take_hdlc(self, b, at, end):
        """`end` is where the FCS stands."""
        if not checksum_matches(b, at, end) and (
                not self._note_bad_fcs() or is_segmented(b, at)):
            return False
        info = information(b, at)
        if info >= end:
            return True  # it carries nothing
        start = behind_llc(b, info, end)
        if start:
            self._start_message(b, start, end)
        elif self._blocks.under_way and not self._segments.under_way and b[info] == BLOCK:
            self._start_message(b, info, end)  # E450: only the first block has an LLC header
        elif not self._segments.goes_on(HDLC, 0):
            return self._note_headless()
        elif self._sent.ends_with(b, at, end + 2):
            # HDLC segments have no numbers: one like the one before is taken for its repetition
            return self._note_malformed()
        return self._append_segment(b, at, end, start or info, not is_segmented(b, at), HDLC, 0)

    def _take_mbus(self, b, at, end):
        """`end` is where the sum stands."""
        if not (sum_matches(b, at, end) and stops(b, end)):
            # with neither of them it was no frame at all
            if not (sum_matches(b, at, end) or stops(b, end)) or not self._note_bad_fcs():
                return False
        ci = b[at + 6]
        number = ci & SEGMENT_NUMBER
        if self.checksum_failed and ci != LAST_SEGMENT:
            return False  # only a whole message may be looked into
        start = at + 4 + BEFORE
        if ci > _MOST_CI or end <= start:
            return self._note_malformed()
        if not self._segments.goes_on(MBUS, number):
            if number:
                return self._note_headless()
            self._start_message(b, start, end)
        return self._append_segment(b, at, end, start, ci & LAST_SEGMENT, MBUS, number)

    def _start_message(self, b, start, end):
        """A message begins at b[start]. If it is not the block that is due, what is under way is
        cut short.
        """
        number = block_number(b, start, end)
        if self._segments.under_way or not self._blocks.goes_on(number):
            self._abandon()
            if number < 2:
                self._headless = False

    def _append_segment(self, b, at, end, start, last, kind, number):
        """Add b[start:end] to the message, and use that if it is whole."""
        sent = self._sent
        segments = self._segments
        base = sent.size - at
        fits = sent.add(b, at, end + 2)
        if fits and last and not segments.under_way:
            return self._use_message(sent.data, base + start, base + end)
        if not (fits and segments.take(b, start, end, kind, number)):
            self._abandon()
        elif last:
            length = segments.size
            segments.clear()
            return self._use_message(segments.data, 0, length)
        return not self.checksum_failed

    def _use_message(self, b, start, end):
        """b[start:end] is a block, an APDU, or several of them."""
        if b[start] == BLOCK:
            if self.checksum_failed:
                self._abandon()
                return False
            return self._append_block(b, start, end)
        good = self._use_apdu(b, start, end)
        if good is None:
            good = self._use_several(b, start, end)
        self._blocks.clear()
        self._sent.size = 0
        return good or not self.checksum_failed

    def _append_block(self, b, start, end):
        """Add a block to the message, and use that if it is whole."""
        blocks = self._blocks
        found = blocks.take(b, start, end)
        if found == HEADLESS:
            return self._note_headless()
        if found == WRONG:
            return self._note_malformed()
        return found != WHOLE or self._use_message(blocks.data, 0, blocks.size)

    # From messages to telegrams

    def _use_apdu(self, b, start, end):
        """One APDU. True if it is a proven telegram; None, and nothing is counted, if it does not
        end at `end`, or says nothing that is known.
        """
        tag = b[start]
        if tag == CIPHERED or tag == _DEDICATED or tag == _GENERAL:
            return self._decrypt(b, start, end, not self.checksum_failed, self.checksum_failed)
        if not self._parse_list(b, start, end, 0):
            return None
        self.authenticated = None
        self._publish()
        return True

    def _use_several(self, b, start, end):
        """A meter that fell behind (E450) puts several APDUs into one frame, each behind an LLC
        header of its own (docs/research/protocol.md). Each is used on its own, if they fill it.
        """
        stop = last = self._end_of_apdu(b, start, end)
        while last and last < end:
            last = behind_llc(b, last, end)
            last = last and self._end_of_apdu(b, last, end)
        if last != end or stop == end:
            self._counts[C_MALFORMED] += 1
            return False
        while True:
            if self._use_apdu(b, start, stop) is None:
                self._counts[C_MALFORMED] += 1
            if stop == end:
                return True
            start = stop + 3
            stop = self._end_of_apdu(b, start, end)

    def _end_of_apdu(self, b, start, end):
        """Where the APDU that begins at b[start] ends, by what it says itself; 0: not here."""
        if b[start] == _NOTIFICATION:
            return self.push_list.end_of(b, start, end)
        if b[start] == CIPHERED and end - start > 13 and b[start + 1] == 8:
            return start + envelope_size(b, start)
        return 0

    def _parse_list(self, b, start, end, maker):
        """Whether b[start:end] is a list that can be read to its last byte. `maker`: the three
        letters of the system title that it came with, or 0.
        """
        self._holds_text = False
        frame = self._sent if self._sent.size else self._kept
        return b[start] == _NOTIFICATION and self.push_list.parse(b, start, end, frame.data, maker)

    def _decrypt(self, b, start, end, checked, inside):
        """An encrypted APDU: whether it is a proven telegram; None if its length is not that.

        `checked`: the frame around it has proven each of its bytes. Without a tag there is no
        other proof. Anywhere else nothing is believed, not even with `crc` off: that is for meters
        that send no checksum, and every binary frame has one.
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
                # the frame around it did not begin here, or is damaged
                self._counts[C_CUT_SHORT] += not inside
            elif not inside and not cipher.fails(checked):
                self._counts[C_FCS] += 1
            return False
        plain = cipher.plain
        if plain.size and plain.data[0] == _SLASH or self._head:
            good = self._parse_text(plain)
        else:
            good = self._parse_list(plain.data, 0, plain.size, cipher.maker())
        if good:
            cipher.works()
            if cipher.fresh():
                self.authenticated = cipher.tagged
                self._publish()
        elif cipher.tagged or self.push_list.whole:
            self._counts[C_MALFORMED] += 1
        elif not cipher.fails(True):  # all that a wrong key shows without a tag
            self._counts[C_FCS] += 1
        return good or cipher.tagged

    def _parse_text(self, plain):
        """Whether P1 text that came encrypted is a whole telegram and nothing else."""
        self._holds_text = True
        text = self._text()
        if not text:
            return False
        whole = text.parse_whole(
            plain.data, plain.size, self._cipher.tagged, self._sent.data, self._head)
        self.checksum_failed = self.checksum_failed or text.checksum_failed
        return whole

    def _publish(self):
        self._counts[C_OK] += 1
        if self._sent.size:  # the second of several in one frame came with the first one's bytes
            self._sent, self._kept = self._kept, self._sent
            self._sent.size = 0
        self._on_telegram(self)
