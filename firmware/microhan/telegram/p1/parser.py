"""ASCII P1 telegrams to Readings: IEC 62056-21 mode D as in DSMR 2.2 to 5, the Swedish H1
recommendation v2.0, eMUCS, Luxembourg, Lithuania, Hungary.

How the parts work together. machine.py runs a state machine over the bytes; table.py holds its
transitions and explains it, layout.py names its states and the vector of integers that it fills.
When lines are over, values.py stores their values by field in that vector; lookup.py has the
tables that find the field of a code and the power of ten of a unit. When a telegram is over,
P1Parser decides here whether it is proven, calls `on_telegram`, and makes a Reading if asked to.
What most telegrams never need is loaded when first needed: actions.py (noise, a slash in mid-line,
a minus sign), repair.py (other proofs, if the checksum does not match), extra_lines.py with
extra_codes.py and extra_values.py (fields that Swedish meters do not send), encrypted.py.
Feeding allocates nothing. writer.py goes the other way, from a Reading to a telegram.
"""

from array import array
from typing import TYPE_CHECKING

from micropython import const

from ...reading.fields import COUNT, I_IDENTIFICATION, I_METER_ID, I_METER_TYPE, I_TIME
from ...reading.reading import IN_WIDE, NUMBERS, Reading
from ..clock import ClockRule
from ..counters import (
    C_CRC,
    C_IDENTIFIED,
    C_ODD_LINES,
    C_OK,
    C_RESTARTED,
    C_SKIPPED,
    C_TOO_LONG,
    COUNTERS,
)
from ..crc import ARC_HIGH, ARC_LOW
from ..tariffs import Totals
from .layout import (
    A_COUNT_NOISE,
    A_DISCARD,
    ARC,
    CIPHERED,
    END,
    END_3,
    HUNT,
    IDENT,
    LINE,
    M_LETTER,
    MALFORMED,
    MAX_TEXT,
    NOISE,
    P_RAW,
    PRESENT,
    RAW_FIRST,
    S_ENDED,
    S_HEADLESS,
    S_ID,
    S_IDENT,
    S_IDENTIFIED,
    S_LENGTH,
    S_MALFORMED,
    S_MALFORMED_BEFORE,
    S_MASK,
    S_METAS,
    S_OTHER_CODES,
    S_RESTARTED,
    S_SEARCH,
    S_SKIPPED,
    S_STATE,
    S_TEXT,
    S_TEXT_CHANGED,
    S_TOO_LONG,
    S_VALUES,
    SLOTS,
    T_ID,
    T_IDENT,
    TEXTS,
)
from .lookup import CODE_OF_SLOT, FIELD_OF_SLOT
from .machine import scan
from .table import CLASSES, STEPS
from .texts import add_meter_texts, decode
from .values import (
    FOUND_TARIFF,
    FOUND_WIDE,
    checksum_matches,
    clock_seconds,
    convert,
    set_headless,
    wide_value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .extra_lines import ExtraLines

_CONVINCING = const(3)  # so many telegrams with the other kind of checksum: the meter changed it
_SLASH = const(0x2F)
_END = b"\r\n!\n"  # of a telegram without a checksum


def _classes_of_seven_bits():
    """CLASSES for bytes whose bit 7 may be parity, except the one byte above 127 that may begin a
    frame.
    """
    seven = CLASSES[:128]
    return seven + seven[:CIPHERED - 128] + CLASSES[CIPHERED:CIPHERED + 1] + seven[CIPHERED - 127:]


class P1Parser:
    """Feed it bytes; it calls `on_telegram(parser)` after each proven telegram.

    In that call, and until more is fed, `reading()` and `raw()` give its contents. `crc` False
    takes telegrams whose checksum is missing or wrong, and lets bit 7 be parity. `counts` is the
    array of counters.py; count() brings it up to date.
    """

    is_text = True

    def __init__(self, on_telegram: "Callable[[P1Parser], object]", crc: bool = True,
                 clock: "ClockRule | None" = None, counts: "array[int] | None" = None):
        self._on_telegram = on_telegram
        self._crc = crc
        self._clock = clock or ClockRule()
        s = self._s = array("i", bytes(4 * SLOTS))
        s[S_MASK] = 0xFF if crc else 0x7F
        set_headless(s, 0)
        self._text = bytearray(TEXTS)
        self._kept = bytearray(RAW_FIRST)  # the bytes of the newest proven telegram
        self._kept_length = 0
        # In the order of layout.P_*.
        self._parts = [s, self._text, bytearray(RAW_FIRST),
                       CLASSES if crc else _classes_of_seven_bits(), STEPS, ARC_LOW,
                       ARC_HIGH, CODE_OF_SLOT, FIELD_OF_SLOT, self._other_action]
        self._actions = None  # actions.other_action, while it is loaded
        self._acted = False  # it was needed since the last proven telegram
        self._totals = Totals()
        self._extras = None  # {field: value} of EXTRAS in the newest proven telegram
        # extra_lines.ExtraLines, from the first telegram with such lines on.
        self._extra_lines: "ExtraLines | None" = None
        self._joint = (None, None, None)  # texts, extras, and one dict of both
        self._texts: dict[int, str] = {}  # of the newest Reading, by field
        self._lengths = 0  # their lengths, in one integer
        self.counts = counts or array("i", bytes(4 * COUNTERS))
        self._found: int | None = None  # telegrams found by parse_whole(), while it runs
        self._tag_verified = False  # the tag of what it parses is right
        self.checksum = 0  # what this meter uses: ARC, X25, or 0 while that is not known
        self._contrary = 0  # telegrams proven by the other kind since the last of this one
        # repair.repair, from the first refused telegram on. It has native code, which an ESP32
        # never gives back: loaded once, it stays.
        self._repair = None
        self._usual = False  # the meter uses ARC, and nothing speaks against that
        # Called with (buffer, length) of a telegram that is refused.
        self.on_damaged: "Callable[[bytearray, int], None] | None" = None
        # the newest telegram was taken though its checksum did not match
        self.checksum_failed = False

    def begin(self, checksum: int, skipped: int) -> None:
        """Go on where quiet.py was: the meter's kind of checksum, and bytes of noise so far."""
        self.checksum = checksum
        self._s[S_SKIPPED] = skipped

    def load(self) -> "P1Parser":
        """As Quiet.load(): it is here."""
        return self

    def count(self) -> None:
        """Bring `counts` up to date: the machine counts in its own vector."""
        s = self._s
        counts = self.counts
        counts[C_SKIPPED] = s[S_SKIPPED]
        counts[C_RESTARTED] = s[S_RESTARTED]
        counts[C_TOO_LONG] = s[S_TOO_LONG]
        counts[C_ODD_LINES] = s[S_MALFORMED]
        counts[C_IDENTIFIED] = s[S_IDENTIFIED]
        if s[S_HEADLESS]:  # if it ended here it would be noise
            counts[C_SKIPPED] += self._other_action(self._parts, A_COUNT_NOISE)
            counts[C_ODD_LINES] = s[S_MALFORMED_BEFORE]

    def feed(self, buf: "bytes | bytearray | memoryview", n: int, pos: int = 0,
             search: int = 1 << 29) -> int:
        """Take buf[pos:n], cut from the stream anywhere, up to where a binary frame may begin, at
        `search` or later. Returns where that is, or n.
        """
        self._s[S_SEARCH] = search
        while pos < n:
            pos = scan(pos, 0, n, buf, self._parts)
            if not self._s[S_ENDED]:
                break
            self._end()
        return pos

    def idle(self, over: bool = False) -> None:
        """Nothing came for a while, so no more digits of a checksum will follow. `over`: the input
        ended.
        """
        s = self._s
        if END <= s[S_STATE] <= END_3:
            self.feed(b"\n", 1)
        if s[S_STATE] == NOISE or over and s[S_HEADLESS]:
            self._other_action(self._parts, A_DISCARD)

    def leave(self) -> None:
        """A telegram of another kind came: none of ours is under way any more."""
        self.idle()
        s = self._s
        if s[S_HEADLESS]:
            self._other_action(self._parts, A_DISCARD)
        elif s[S_STATE] >= LINE:
            s[S_RESTARTED] += 1
        elif s[S_STATE] == IDENT:
            s[S_SKIPPED] += s[S_LENGTH]
        s[S_STATE] = HUNT

    def parse_whole(self, buf: "bytes | bytearray", n: int, tag_verified: bool,
                    head: "bytes | bytearray", head_length: int) -> bool:
        """Whether buf[:n] is one whole telegram and nothing else; then reading() is its Reading.
        It is the text of an encrypted message: it does not count as `ok`, and nobody is called.

        `tag_verified`: the message's tag has proven it, so it needs no checksum.
        head[:head_length] is an identification that came in clear: its lines are in `buf`.
        """
        self.leave()
        self._found = 0
        self._tag_verified = tag_verified
        if head_length and buf[0] != _SLASH:
            self.feed(head, head_length)
        self.feed(buf, n)
        if head_length and not self._found:
            self.feed(_END, len(_END))
        self.leave()
        found = self._found
        self._found = None
        self._tag_verified = False
        return found == 1

    def _other_action(self, parts, what, state=HUNT, c=0):
        """An action that machine.act() does not have: actions.py performs it."""
        self._acted = True
        if not (self._actions or self._load_actions()):
            return 0
        return self._actions(parts, what, state, c)

    def _load_actions(self):
        try:
            from .actions import other_action
            self._actions = other_action
            return True
        except MemoryError:  # what is under way costs itself
            s = self._s
            s[S_SKIPPED] += s[S_LENGTH]
            set_headless(s, 0)
            s[S_STATE] = HUNT
            return False

    @property
    def under_way(self) -> bytearray:
        """The buffer that the telegram under way begins, with `length` bytes if it holds them."""
        return self._parts[P_RAW]

    @property
    def length(self) -> int:
        """Bytes of the telegram under way."""
        return self._s[S_LENGTH]

    def hand_over(self) -> None:
        """The telegram under way goes on encrypted: from here on it is encrypted.py's."""
        self._s[S_STATE] = HUNT

    def _end(self):
        """A telegram is over: if it is proven, or need not be, hand it out."""
        s = self._s
        proven = checksum_matches(self._parts)
        # Usually nothing further is asked: ARC matches, and this meter has always used ARC.
        if not (proven and self._usual or self._tag_verified):
            proven = self._believed(proven)
        length = s[S_LENGTH]
        if not proven:
            if s[S_HEADLESS]:
                self._other_action(self._parts, A_DISCARD)
                return
            trusted = self._tag_verified or not self._crc and self._holds_value()
            # S_TEXT: digits of its checksum. Behind a tag only a wrong one counts, none does not.
            if s[S_TEXT] if self._tag_verified else not trusted:
                self.counts[C_CRC] += 1
            if not trusted:
                if self.on_damaged and self._found is None:
                    self.on_damaged(self._parts[P_RAW], length)
                return
        if not self._acted:
            self._actions = None
        self._acted = False
        self.checksum_failed = not (proven or self._tag_verified)
        parts = self._parts
        parts[P_RAW], self._kept = self._kept, parts[P_RAW]
        self._kept_length = length
        self._extras = self._read_extras() if s[S_OTHER_CODES] else None
        if self._found is None:
            self.counts[C_OK] += 1
            self._on_telegram(self)
        else:
            self._found += 1

    def _read_extras(self):
        """{field: value} of the lines whose codes are no field's of Swedish meters."""
        try:
            if not self._extra_lines:
                from .extra_lines import ExtraLines
                self._extra_lines = ExtraLines(self._clock)
            return self._extra_lines.read(self._kept, self._kept_length, self._s)
        except MemoryError:
            if self._extra_lines:
                self._extra_lines.forget()  # it may have stopped halfway
            self._s[S_MALFORMED] += 1
            return None

    def _believed(self, proven):
        """Whether the telegram that is over is proven, by its checksum as sent (`proven`) or as
        repair.py can, and by the kind of checksum that this meter uses.
        """
        kind = ARC if proven else 0
        if not proven and self._s[S_TEXT]:
            if not self._repair:
                from .repair import repair
                self._repair = repair
            kind = self._repair(self._parts)
        if not kind:
            return False
        if self.checksum and kind != self.checksum:
            self._usual = False
            self._contrary += 1
            if self._contrary < _CONVINCING:
                return False
        self.checksum = kind
        self._contrary = 0
        self._usual = kind == ARC
        return True

    def _holds_value(self):
        """Whether any field came. Noise without a checksum hardly ever forms an OBIS line."""
        for i in range(COUNT):
            if self._s[S_METAS + i] & PRESENT:
                return True
        return False

    def raw(self) -> bytes:
        """The newest telegram's bytes, `/` to checksum; b"" if there was no memory for them."""
        n = self._kept_length
        return bytes(memoryview(self._kept)[:n]) if n <= len(self._kept) else b""

    def reading(self, energy_unit: int | None = None) -> "Reading":
        """The newest telegram as a Reading. Text says itself what its registers count."""
        s = self._s
        numbers = s[S_VALUES:S_VALUES + NUMBERS]
        found = convert(numbers, s)
        utc_offset = self._clock.base_min
        if self._clock.local and s[S_METAS + I_TIME] & PRESENT:
            high = s[S_VALUES + I_TIME]
            letter = s[S_METAS + I_TIME] >> M_LETTER
            utc_offset = self._clock.offset(
                2000 + high // 10_000_000, clock_seconds(s), chr(64 + letter) if letter else "")
        wide = self._text_fields()
        if I_METER_TYPE in wide:
            numbers[I_METER_TYPE] = IN_WIDE
        reading = Reading(numbers, self._with_extras(wide) if self._extras else wide, utc_offset)
        if found & FOUND_WIDE:
            if numbers[I_TIME] == IN_WIDE:
                reading.put(I_TIME, clock_seconds(s))
            for i in range(I_METER_ID + 1, COUNT):
                if numbers[i] == IN_WIDE:
                    reading.put(i, wide_value(s, i), reading.decimals(i))
        if found & FOUND_TARIFF:
            self._totals.complete(reading, self._is_malformed)
        return reading

    def _text_fields(self):
        """The telegram's texts by field. While they stay the same, all Readings share one dict."""
        s = self._s
        lengths = s[S_IDENT] << 16 | s[S_ID] << 8 | s[S_ID + 1]
        if lengths != self._lengths or s[S_TEXT_CHANGED]:
            self._lengths = lengths
            s[S_TEXT_CHANGED] = 0
            texts = {I_IDENTIFICATION: decode(self._text, T_IDENT, s[S_IDENT])}
            add_meter_texts(texts, decode(self._text, T_ID, max(0, s[S_ID] - 1)),
                            decode(self._text, T_ID + MAX_TEXT, max(0, s[S_ID + 1] - 1)))
            self._texts = texts
            self._totals.observe(texts)
        return self._texts

    def _with_extras(self, texts):
        """The texts and the extra fields in one dict, which stays the same as long as both do."""
        if self._joint[0] is not texts or self._joint[1] is not self._extras:
            joint = dict(texts)
            joint.update(self._extras)
            self._joint = texts, self._extras, joint
        return self._joint[2]

    def _is_malformed(self, i):
        return self._s[S_METAS + i] == MALFORMED
