"""ASCII P1 telegrams to Readings: what happens once a line and once a telegram.

IEC 62056-21 mode D as in DSMR 2.2 to 5, the Swedish H1 recommendation v2.0, eMUCS, Luxembourg,
Lithuania, Hungary. Feeding allocates nothing; a Reading is made only when it is asked for.
"""

from array import array

from micropython import const

from ...reading.fields import COUNT, I_IDENTIFICATION, I_METER_ID, I_METER_TYPE, I_TIME
from ...reading.reading import ELSEWHERE, NUMBERS, Reading
from ..clock import ClockRule, day_of, second_of
from ..crc import ARC_HIGH, ARC_LOW
from ..obis import CODES, FIELDS
from ..tariffs import Totals
from .layout import (
    ARC,
    CIPHERED,
    END,
    END_3,
    FIELD_ODD,
    GUESS,
    HERE,
    HUNT,
    ID_FIELDS,
    IDENT,
    LINE,
    M_LETTER,
    M_LOW_DIGITS,
    M_NEGATIVE,
    M_SHIFT,
    MAX_TEXT,
    P_RAW,
    R_LOSE,
    R_NOISE,
    S_ENDED,
    S_HEADLESS,
    S_ID,
    S_IDENT,
    S_IDENTIFIED,
    S_LENGTH,
    S_LOWS,
    S_MASK,
    S_METAS,
    S_MORE,
    S_ODD,
    S_ODD_BEFORE,
    S_RENAMED,
    S_RESTARTED,
    S_SEARCH,
    S_SKIPPED,
    S_STATE,
    S_TEXT,
    S_TOO_LONG,
    S_VALUES,
    SHIFT_0,
    SLOTS,
    T_ID,
    T_IDENT,
    TEXTS,
)
from .machine import scan
from .table import CLASSES, STEPS
from .texts import HEX_ID, decode, is_hex, spelled_out
from .values import FOUND_TARIFF, FOUND_WIDE, behead, code_slot, is_proven, pack

_RAW_FIRST = const(768)  # grows until the meter's own telegrams fit: actions.py
_CONVINCING = const(3)  # telegrams of another checksum than before: it has changed


def _classes_of_seven_bits():
    """By byte, whatever its bit 7 is: but what begins a frame has eight."""
    seven = CLASSES[:128]
    return seven + seven[:CIPHERED - 128] + CLASSES[CIPHERED:CIPHERED + 1] + seven[CIPHERED - 127:]


class P1Parser:
    """Feed it bytes; it calls `on_telegram(parser)` after each proven telegram.

    In that call, and until more is fed, `reading()` and `raw()` tell what it held. `crc` False
    takes telegrams whose checksum is missing or wrong, and lets bit 7 be parity. `vouched` True
    does so for the while: another check, of the envelope it came in, has proven the telegram.
    """

    is_text = True

    def __init__(self, on_telegram, crc=True, clock=None):
        self._on_telegram = on_telegram
        self._crc = crc
        self._clock = clock or ClockRule()
        s = self._s = array("i", bytes(4 * SLOTS))
        s[S_MASK] = 0xFF if crc else 0x7F
        behead(s, 0)
        self._text = bytearray(TEXTS)
        self._kept = bytearray(_RAW_FIRST)  # the bytes of the newest proven telegram
        self._kept_length = 0
        # What scan() works with: machine.py numbers it.
        self._parts = [s, self._text, bytearray(_RAW_FIRST),
                       CLASSES if crc else _classes_of_seven_bits(), STEPS, ARC_LOW,
                       ARC_HIGH, CODES, FIELDS, self._rare]
        self._actions = None  # actions.rare, while it is needed
        self._acted = False  # it was, since the last proven telegram
        self._totals = Totals()
        self._extras = None  # of the newest proven telegram
        self._make_reader = None  # extras.Extras, from the first telegram with such lines on
        self._reader = None
        self._joint = (None, None, None)
        self._texts = {}
        self._lengths = 0  # of those texts
        self.ok = 0
        self.crc_failed = 0
        self.vouched = False
        self.checksum = 0  # what this meter uses: ARC, X25, or 0 while that is not known
        self._contrary = 0  # telegrams proven by the other one since the last of this kind
        # repair.mend, from the first refused telegram on. It has native code, which an ESP32
        # never gives back: loaded once, it stays.
        self._mend = None
        self._usual = False  # ARC is known to be what it uses, and nothing speaks against it
        self.on_damaged = None  # called with (buffer, length) of a telegram that is refused
        self.unproven = False  # the newest telegram was taken though its checksum did not match

    @property
    def restarted(self):
        """Telegrams cut off by the beginning of the next one."""
        return self._s[S_RESTARTED]

    @property
    def skipped(self):
        """Bytes outside any telegram (line ends and NUL between telegrams are not counted)."""
        s = self._s
        return s[S_SKIPPED] + (self._rare(self._parts, R_NOISE) if s[S_HEADLESS] else 0)

    @property
    def too_long(self):
        """Telegrams given up for their length."""
        return self._s[S_TOO_LONG]

    @property
    def odd_lines(self):
        """Lines that cost a field, or had no code."""
        return self._s[S_ODD_BEFORE if self._s[S_HEADLESS] else S_ODD]

    @property
    def identified(self):
        """Identification lines; a port's module without supply sends no more."""
        return self._s[S_IDENTIFIED]

    def counters(self):
        """The counters of `/status.json`, as a dict of ints."""
        return {"ok": self.ok, "crc": self.crc_failed, "too_long": self.too_long,
                "restarted": self.restarted, "odd_lines": self.odd_lines, "skipped": self.skipped}

    def feed(self, buf, n, pos=0, search=1 << 29):
        """Take buf[pos:n], cut from the stream anywhere, up to where a binary frame may begin, at
        `search` or later: returns where that is, n if nowhere.
        """
        self._s[S_SEARCH] = search
        while pos < n:
            pos = scan(pos, 0, n, buf, self._parts)
            if not self._s[S_ENDED]:
                break
            self._end()
        return pos

    def idle(self, over=False):
        """Nothing came for a while, or the input ended: no more checksum digits will follow.
        `over`: it surely ended.
        """
        s = self._s
        if END <= s[S_STATE] <= END_3:
            self.feed(b"\n", 1)
        if s[S_STATE] == GUESS or over and s[S_HEADLESS]:
            self._rare(self._parts, R_LOSE)  # a line of noise is over, or all of it

    def leave(self):
        """A telegram of another kind came: none of ours is under way any more."""
        self.idle()
        s = self._s
        if s[S_HEADLESS]:
            self._rare(self._parts, R_LOSE)
        elif s[S_STATE] >= LINE:
            s[S_RESTARTED] += 1
        elif s[S_STATE] == IDENT:
            s[S_SKIPPED] += s[S_LENGTH]
        s[S_STATE] = HUNT

    def _rare(self, parts, what, state=HUNT, c=0):
        """What the machine does seldom: see actions.py."""
        self._acted = True
        if not (self._actions or self._load_actions()):
            return 0
        return self._actions(parts, what, state, c)

    def _load_actions(self):
        try:
            from .actions import rare
            self._actions = rare
            return True
        except MemoryError:  # what is under way costs itself
            s = self._s
            s[S_SKIPPED] += s[S_LENGTH]
            behead(s, 0)
            s[S_STATE] = HUNT
            return False

    @property
    def under_way(self):
        """The buffer that the telegram under way begins, with `length` bytes if it holds them."""
        return self._parts[P_RAW]

    @property
    def length(self):
        """Bytes of the telegram under way."""
        return self._s[S_LENGTH]

    def hand_over(self):
        """The telegram under way goes on encrypted: from here on it is encrypted.py's."""
        self._s[S_STATE] = HUNT

    def _end(self):
        s = self._s
        proven = is_proven(self._parts)
        if not (proven and self._usual or self.vouched):
            proven = self._believed(proven)
        length = s[S_LENGTH]
        if not proven:
            if s[S_HEADLESS]:
                self._rare(self._parts, R_LOSE)
                return
            trusted = self.vouched or not self._crc and self._holds_value()
            if s[S_TEXT] if self.vouched else not trusted:
                self.crc_failed += 1
            if not trusted:
                if self.on_damaged:
                    self.on_damaged(self._parts[P_RAW], length)
                return
        if not self._acted:
            self._actions = None
        self._acted = False
        self.unproven = not (proven or self.vouched)
        self.ok += 1
        parts = self._parts
        parts[P_RAW], self._kept = self._kept, parts[P_RAW]
        self._kept_length = length
        self._extras = self._read_extras() if s[S_MORE] else None
        self._on_telegram(self)

    def _read_extras(self):
        """What the lines say that the machine passed over, {field: value}."""
        try:
            if not self._make_reader:
                from .extras import Extras
                self._make_reader = Extras
            if not self._reader:
                self._reader = self._make_reader(self._clock)
            return self._reader.read(self._kept, self._kept_length, self._s)
        except MemoryError:
            self._reader = None  # what it knows may be half of it
            self._s[S_ODD] += 1
            return None

    def _believed(self, proven):
        """Whether the telegram that is over is proven, by its checksum as sent (`proven`) or in
        another way, and that by the kind of checksum that this meter uses.
        """
        kind = ARC if proven else 0
        if not proven and self._s[S_TEXT]:
            if not self._mend:
                from .repair import mend
                self._mend = mend
            kind = self._mend(self._parts)
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
        """Whether any field came; noise without a checksum rarely spells an OBIS line."""
        for i in range(COUNT):
            if self._s[S_METAS + i] & HERE:
                return True
        return False

    def raw(self):
        """The newest telegram's bytes, `/` to checksum, as bytes; b"" if longer than 4 kB."""
        n = self._kept_length
        return bytes(memoryview(self._kept)[:n]) if n <= len(self._kept) else b""

    def reading(self):
        """The newest telegram as a Reading."""
        s = self._s
        numbers = s[S_VALUES:S_VALUES + NUMBERS]
        found = pack(numbers, s)
        utc_offset = self._clock.base_min
        if self._clock.local and s[S_METAS + I_TIME] & HERE:
            high = s[S_VALUES + I_TIME]
            letter = s[S_METAS + I_TIME] >> M_LETTER
            utc_offset = self._clock.offset(
                2000 + high // 10_000_000, self._seconds(), chr(64 + letter) if letter else "")
        more = self._named()
        if I_METER_TYPE in more:
            numbers[I_METER_TYPE] = ELSEWHERE
        reading = Reading(numbers, self._with_extras(more) if self._extras else more, utc_offset)
        if found & FOUND_WIDE:
            if numbers[I_TIME] == ELSEWHERE:
                reading.put(I_TIME, self._seconds())
            for i in range(I_METER_ID + 1, COUNT):
                if numbers[i] == ELSEWHERE:
                    reading.put(i, self._joined(i), reading.decimals(i))
        if found & FOUND_TARIFF:
            self._totals.complete(reading, self._odd)
        return reading

    def _named(self):
        """The telegram's texts by field. While they stay the same, all Readings share one dict."""
        s = self._s
        lengths = s[S_IDENT] << 16 | s[S_ID] << 8 | s[S_ID + 1]
        if lengths != self._lengths or s[S_RENAMED]:
            self._lengths = lengths
            s[S_RENAMED] = 0
            texts = {I_IDENTIFICATION: decode(self._text, T_IDENT, s[S_IDENT])}
            self._name_meter(texts)
            self._texts = texts
            self._totals.meet(texts)
        return self._texts

    def _with_extras(self, texts):
        """The texts and what extras.py found. As long as both are the same, so is this dict."""
        if self._joint[0] is not texts or self._joint[1] is not self._extras:
            more = dict(texts)
            more.update(self._extras)
            self._joint = texts, self._extras, more
        return self._joint[2]

    def _seconds(self):
        """The clock's, since 2000-01-01."""
        high = self._s[S_VALUES + I_TIME]
        return day_of(high) * 86400 + second_of(high, self._s[S_LOWS + I_TIME])

    def _odd(self, i):
        return self._s[S_METAS + i] == FIELD_ODD

    def _joined(self, i):
        """The value of a field that 30 bits do not hold."""
        s = self._s
        meta = s[S_METAS + i]
        value = abs(s[S_VALUES + i]) * 10 ** (meta >> M_LOW_DIGITS & 15) + s[S_LOWS + i]
        shift = (meta >> M_SHIFT) - SHIFT_0
        # digits beyond the smallest unit are cut, towards zero (law 1)
        value = value * 10 ** shift if shift >= 0 else value // 10 ** -shift
        return -value if meta >> M_NEGATIVE & 1 else value

    def _name_meter(self, texts):
        """The meter's number and type, out of 96.1.1 and 96.1.0 (docs/architecture.md)."""
        first = self._id(0)
        second = self._id(1)
        if first and len(first) < min(len(second), HEX_ID) and is_hex(first):
            texts[I_METER_TYPE] = spelled_out(first)
            first = ""
        number = first or second
        if number:
            texts[I_METER_ID] = spelled_out(number) if len(number) >= HEX_ID else number

    def _id(self, which):
        return decode(self._text, T_ID + which * MAX_TEXT, max(0, self._s[S_ID + which] - 1))


def field_of(code):
    """Index of the field that an OBIS code, packed as in obis.pack, fills; None if it has none."""
    slot = code_slot(code)
    i = FIELDS[slot]
    return i if CODES[slot] == code and i < ID_FIELDS else None
