"""ASCII P1 telegrams to Readings: what happens once a line and once a telegram.

IEC 62056-21 mode D as in DSMR 2.2 to 5, the Swedish H1 recommendation v2.0, eMUCS, Luxembourg,
Lithuania, Hungary. Feeding allocates nothing; a Reading is made only when it is asked for.
"""

from array import array
from binascii import unhexlify

from micropython import const

from ..reading import COUNT, I_IDENTIFICATION, I_METER_ID, I_TIME, TIME, A, Reading, V, kind_of
from .clock import ClockRule, is_time, local_seconds
from .obis import FIELD_OF, ID_CODES, UNITLESS_EXPONENT, UNITS
from .p1_scan import (
    EVENT_END,
    EVENT_LINE,
    EVENT_NONE,
    EVENT_RESTART,
    EVENT_START,
    EVENT_TOO_LONG,
    LINE_NONE,
    LINE_ODD,
    LINE_VALUE,
    MAX_TEXT,
    S_CHANNEL,
    S_CODE,
    S_CRC,
    S_DECIMALS,
    S_DIGITS,
    S_EVENT,
    S_HIGH,
    S_LENGTH,
    S_LINE,
    S_LOW,
    S_MASK,
    S_NEGATIVE,
    S_RESTARTED,
    S_SENT_CRC,
    S_SENT_DIGITS,
    S_SKIPPED,
    S_SLASH_AT,
    S_SPARE,
    S_TEXT,
    S_UNIT,
    S_ZEROS,
    awaits_checksum,
    forget_line,
    leave,
    new_state,
    scan,
)
from .registers import Totals

_RAW_FIRST = const(640)  # grows to the meter's own telegram, up to _RAW_MOST
_RAW_MOST = const(4096)
_HEX_ID = const(16)  # a meter number of so many hex digits may be spelled-out ASCII

# What is known of a field in the telegram under way.
_ABSENT = const(0)
_HERE = const(1)
_ODD = const(2)

_UNIT_S = const(19)  # the clock's letter lands where a unit would: S
_UNIT_W = const(23)


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
        self._s = new_state()
        if not crc:
            self._s[S_MASK] = 0x7F
        self._text = bytearray(2 * MAX_TEXT)
        self._raw = bytearray(_RAW_FIRST)  # of the telegram under way
        self._kept = bytearray(_RAW_FIRST)  # of the newest proven one
        self._kept_length = 0
        self._ident = bytearray(MAX_TEXT)
        self._ident_length = 0
        self._ids = (bytearray(MAX_TEXT), bytearray(MAX_TEXT))  # 96.1.1, 96.1.0
        self._id_length = array("h", (-1, -1))  # -1: not sent
        self._state = bytearray(COUNT)
        self._high = array("i", bytes(4 * COUNT))
        self._low = array("i", bytes(4 * COUNT))
        self._low_digits = bytearray(COUNT)
        self._shift = array("b", bytes(COUNT))  # power of ten to the smallest unit
        self._decimals = bytearray(COUNT)
        self._negative = bytearray(COUNT)
        self._letter = 0  # of the clock
        self._totals = Totals()
        self.ok = 0
        self.crc_failed = 0
        self.too_long = 0
        self.odd_lines = 0
        self.identified = 0  # identification lines; a port's module without supply sends no more
        self.vouched = False
        self.unproven = False  # the newest telegram was taken though its checksum did not match

    @property
    def restarted(self):
        """Telegrams cut off by the beginning of the next one."""
        return self._s[S_RESTARTED]

    @property
    def skipped(self):
        """Bytes outside any telegram (line ends and NUL between telegrams are not counted)."""
        return self._s[S_SKIPPED]

    def counters(self):
        """The counters of `/status.json`, as a dict of ints."""
        return {"ok": self.ok, "crc": self.crc_failed, "too_long": self.too_long,
                "restarted": self.restarted, "odd_lines": self.odd_lines, "skipped": self.skipped}

    def feed(self, buf, n, pos=0):
        """Take buf[pos:n], cut from the stream anywhere."""
        s = self._s
        while pos < n:
            pos = scan(buf, pos, n, s, self._raw, self._text)
            if s[S_EVENT] != EVENT_NONE:
                self._handle(s[S_EVENT])

    def idle(self):
        """Nothing came for a while, or the input ended: no more checksum digits will follow."""
        if awaits_checksum(self._s):
            self.feed(b"\n", 1)

    def leave(self):
        """A telegram of another kind came: none of ours is under way any more."""
        self.idle()
        leave(self._s)

    def _handle(self, event):
        s = self._s
        if event == EVENT_LINE:
            self._line()
            forget_line(s)
        elif event == EVENT_START or event == EVENT_RESTART:
            self._start(event)
        elif event == EVENT_END:
            self._end()
        elif event == EVENT_TOO_LONG:
            self.too_long += 1

    def _start(self, event):
        s = self._s
        start, length = 0, s[S_TEXT]
        if event == EVENT_RESTART:
            start, length = MAX_TEXT, s[S_SPARE]
            at = s[S_SLASH_AT]
            s[S_LENGTH] -= at
            for i in range(max(0, min(s[S_LENGTH], len(self._raw) - at))):
                self._raw[i] = self._raw[at + i]
        self.identified += 1
        self._ident_length = length
        _copy(self._ident, self._text, start, length)
        for i in range(COUNT):
            self._state[i] = _ABSENT
        self._id_length[0] = self._id_length[1] = -1
        forget_line(s)

    def _line(self):
        """Judge the line just read; law 3: an odd one costs one field."""
        s = self._s
        what = s[S_LINE]
        if what == LINE_NONE:
            return
        if what == LINE_ODD:
            self.odd_lines += 1
            return
        channel = s[S_CHANNEL]
        code = s[S_CODE] | channel >> 8 << 24
        if channel != 0 and channel != 0x100 and channel != 0x101:
            return
        if code in ID_CODES:
            odd = not self._take_id(ID_CODES.index(code), what)
        else:
            i = FIELD_OF.get(code)
            if i is None:
                return
            odd = self._state[i] != _ABSENT
            if not odd and not (what == LINE_VALUE and self._take(i)):
                odd = True
                self._state[i] = _ODD
        if odd:
            self.odd_lines += 1

    def _take_id(self, which, what):
        length = self._s[S_TEXT]
        if self._id_length[which] >= 0 or what != LINE_VALUE or length > MAX_TEXT:
            return False
        self._id_length[which] = length
        _copy(self._ids[which], self._text, 0, length)
        return True

    def _take(self, i):
        """Keep the line's number for field i; False if it cannot be that field's."""
        s = self._s
        digits = s[S_DIGITS]
        kind = kind_of(i)
        if kind == TIME:
            return self._take_time(i)
        exponent = UNITLESS_EXPONENT
        if s[S_UNIT]:
            unit = UNITS.get(s[S_UNIT])
            if unit is None or unit >> 4 != kind:
                return False
            exponent = unit & 15
        self._high[i] = s[S_HIGH]
        self._low[i] = s[S_LOW]
        self._low_digits[i] = max(0, digits - 9)
        self._negative[i] = s[S_NEGATIVE]
        self._shift[i] = exponent - min(s[S_DECIMALS], 100)
        if kind == V or kind == A:
            self._decimals[i] = max(0, min(3, s[S_DECIMALS] + 3 - exponent))
        self._state[i] = _HERE
        return True

    def _take_time(self, i):
        s = self._s
        letter = s[S_UNIT]
        high, low = s[S_HIGH], s[S_LOW]
        if s[S_ZEROS] == 1:  # 2001 to 2009: nine digits were counted from the second on
            low += high % 10 * 100
            high //= 10
        if s[S_ZEROS] > 1 or s[S_ZEROS] + s[S_DIGITS] != 12:
            return False
        if letter not in (0, _UNIT_S, _UNIT_W) or s[S_DECIMALS] or s[S_NEGATIVE]:
            return False
        if not is_time(high, low):
            return False
        self._high[i] = high
        self._low[i] = low
        self._letter = letter
        self._state[i] = _HERE
        return True

    def _end(self):
        s = self._s
        proven = s[S_SENT_DIGITS] and s[S_SENT_CRC] == s[S_CRC]
        length = s[S_LENGTH]
        s[S_LENGTH] = 0
        if not proven:
            trusted = self.vouched or not self._crc and self._holds_value()
            if self.vouched or not trusted:
                self.crc_failed += 1
            if not trusted:
                return
        self.unproven = not (proven or self.vouched)
        self.ok += 1
        self._raw, self._kept = self._kept, self._raw
        self._kept_length = length
        self._on_telegram(self)
        if length > len(self._raw) and len(self._raw) < _RAW_MOST:
            self._raw = bytearray(min(_RAW_MOST, length + 96))

    def _holds_value(self):
        """Whether any field came; noise without a checksum rarely spells an OBIS line."""
        for i in range(COUNT):
            if self._state[i] == _HERE:
                return True
        return False

    def raw(self):
        """The newest telegram's bytes, `/` to checksum, as bytes; b"" if longer than 4 kB."""
        n = self._kept_length
        return bytes(memoryview(self._kept)[:n]) if n <= len(self._kept) else b""

    def reading(self):
        """The newest telegram as a Reading."""
        reading = Reading()
        values = reading.values
        values[I_IDENTIFICATION] = _decode(self._ident, self._ident_length)
        values[I_METER_ID] = self._meter_id()
        for i in range(I_METER_ID + 1, COUNT):
            if self._state[i] == _HERE:
                values[i] = self._value(i)
                reading.decimals[i] = self._decimals[i]
        if self._state[I_TIME] == _HERE:
            high = self._high[I_TIME]
            seconds = local_seconds(high, self._low[I_TIME])
            letter = chr(64 + self._letter) if self._letter else ""
            values[I_TIME] = seconds
            reading.utc_offset = self._clock.offset(2000 + high // 10_000_000, seconds, letter)
        self._totals.complete(values, self._odd)
        return reading

    def _odd(self, i):
        return self._state[i] == _ODD

    def _value(self, i):
        value = self._high[i] * 10 ** self._low_digits[i] + self._low[i]
        shift = self._shift[i]
        # digits beyond the smallest unit are cut, towards zero (law 1)
        value = value * 10 ** shift if shift >= 0 else value // 10 ** -shift
        return -value if self._negative[i] else value

    def _meter_id(self):
        for which in (0, 1):
            if self._id_length[which] > 0:
                return _spelled_out(_decode(self._ids[which], self._id_length[which]))
        return None


def _copy(to, source, start, length):
    """to[:length] = source[start:start + length], without a slice object."""
    for i in range(length):
        to[i] = source[start + i]


def _decode(buf, length):
    """Text of printable ASCII; anything else (parity, damage under `crc` off) becomes `?`."""
    text = bytearray(memoryview(buf)[:length])
    for i in range(length):
        if not 32 <= text[i] < 127:
            text[i] = 63
    return bytes(text).decode()  # not by chr(): MicroPython would keep each letter for ever


def _spelled_out(text):
    """The ASCII that 16 or more hex digits spell, or the text itself (DESIGN.md, meter_id)."""
    if len(text) < _HEX_ID:
        return text
    try:
        spelled = unhexlify(text)
    except ValueError:
        return text
    for byte in spelled:
        if not 32 <= byte < 127:
            return text
    return spelled.decode()
