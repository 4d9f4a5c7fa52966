"""What an ASCII telegram says beyond the Swedish list: the lines that values.py passes over.

Loaded with the first telegram that has such codes. They are read once the telegram is proven, out
of its raw bytes: extra_rows.py has a row for each code.
"""

from array import array

import micropython
from micropython import const

from ...reading.fields import I_TIME, INDEX
from ..clock import is_time
from ..pile import same
from .extra_rows import (
    CHANNEL_ID,
    CHANNEL_TYPE,
    CHANNEL_VALUE,
    DATE,
    ROWS,
    TIME_OF_DAY,
    WIDTH,
)
from .extra_values import READERS
from .layout import FIELD_ODD, HERE, M_LETTER, S_LOWS, S_MASK, S_METAS, S_ODD, S_VALUES

_LF = const(10)
_BLANK = const(32)
_BANG = const(33)
_OPEN = const(40)
_CLOSE = const(41)
_OPENING = const(-2)  # code_of() of a line that is a parenthesis
_CONTINUED = const(-3)  # of one that begins with it
_CLOSING = const(-4)
_OF_CHANNEL = const(2)  # a row's prefix
_ODD = ()  # said by a line that cannot be read
_MOST_CODES = const(80)  # more than the rows have, with all channels and 1-1
_SENT = const(0)
_TO = const(1)
_SAYS = const(3)

_PEAK = INDEX["demand_peak_import_w"]
_PEAK_TIME = INDEX["demand_peak_time"]
_CHANNELS = INDEX["channels"]


@micropython.viper
def find(b: ptr8, at: int, end: int, mask: int, what: int) -> int:
    """Where in b[at:end] the byte `what` stands; `end` if nowhere."""
    while at < end and int(b[at]) & mask != what:
        at += 1
    return at


@micropython.viper
def code_of(b: ptr8, at: int, end: int, mask: int) -> int:
    """The code that the line b[at:end] begins with: A << 3 | B, C, D, E, in a byte each. Below 0:
    none, see above. The grammar is table.py's."""
    code = value = part = digits = 0
    for i in range(at, end):
        c = int(b[i]) & mask
        if c == 13 or not c:
            continue
        if part > 5:
            return -3 if part == 6 else -1
        if c >= 48 and c < 58:
            value = value * 10 + c - 48
            digits = 1
            if value > 255:
                return -1
        elif not part and not digits and (c == 40 or c == 41):
            part = c - 34  # 6, 7
        elif not digits:
            return -1
        elif c == 40 and part > 3:
            return code << 8 | value if part == 4 else code
        elif part == 5:
            return -1
        elif part == 4:  # *255 or .255
            if c != 42 and c != 46:
                return -1
            code = code << 8 | value
            part = 5
            value = 0
        elif c != (46 if part else 45) and (c != 58 or part != 1):
            return -1
        else:
            if part < 2 and value >> (3 if part else 1):
                return -1
            code = code << (3 if part == 1 else 8) | value
            value = digits = 0
            part += 1
    return -2 if part == 6 else -4 if part == 7 else -1


@micropython.viper
def row_of(rows: ptr8, size: int, code: int) -> int:
    """Where the row of a code begins; -1 if it has none."""
    prefix = code >> 24
    if prefix >= 8:
        prefix = 1 if prefix < 10 else 9  # 1-0, and 1-1 (Luxembourg)
    elif prefix:
        prefix = 2 if prefix < 5 else 9
    c = code >> 16 & 0xFF
    code &= 0xFFFF
    i = 0
    while i < size:
        if int(rows[i + 1]) == c and int(rows[i]) == prefix and (
                int(rows[i + 2]) << 8 | int(rows[i + 3])) == code:
            return i
        i += WIDTH
    return -1


@micropython.viper
def holds(codes: ptr32, n: int, code: int) -> bool:
    """Whether `code` is one of the first `n`."""
    for i in range(n):
        if codes[i] == code:
            return True
    return False


def _is_blank(raw, at, end, mask):
    """Whether nothing stands in the first parentheses of raw[at:end]."""
    at = find(raw, at, end, mask, _OPEN) + 1
    while at < end and raw[at] & mask == _BLANK:
        at += 1
    return at < end and raw[at] & mask == _CLOSE


class Extras:
    """Reads telegrams, one after the other; `clock` is a ClockRule.

    A line that is as it was is not read again: most of them stay the same for long, and Readings
    that wait in queues then share what it says.
    """

    def __init__(self, clock):
        self._clock = clock
        self._lines = {}  # code: the line as sent, where to, its row, the value, None, or _ODD
        self._codes = array("i", bytes(4 * _MOST_CODES))  # of the newest telegram, in order
        self._count = 0
        self._fields = {}
        self._changed = False

    def read(self, raw, n, s):
        """{field: value} of the telegram raw[:n], in the shapes of extras.py. Odd lines are
        counted in `s`, the machine's vector; a clock that it could not read is put there.
        """
        before = self._count
        self._count = 0
        self._changed = False
        self._collect(raw, n if n <= len(raw) else 0, s)
        self._set_clock(s)
        if self._changed or self._count != before:
            self._fields = self._gathered()
        return self._fields

    def _collect(self, raw, n, s):
        """Read all lines that have a row, up to the exclamation mark."""
        mask = s[S_MASK]
        at = find(raw, 0, n, mask, _LF) + 1
        n = find(raw, at, n, mask, _BANG)
        stored = False  # within a block of values that were stored earlier: actions.py
        while at < n:
            end = find(raw, at, n, mask, _LF)
            code = code_of(raw, at, end, mask)
            if code == _OPENING:
                stored = True
            elif code == _CLOSING:
                stored = False
            elif code >= 0 and not stored:
                row = row_of(ROWS, len(ROWS), code)
                if row >= 0:
                    end = _continued(raw, end, n, mask)
                    self._take(raw, at, end, code, row, s)
            at = end + 1

    def _take(self, raw, at, end, code, row, s):
        """Read one line."""
        to = ROWS[row + 4]
        if to == I_TIME and s[S_METAS + I_TIME] & HERE:
            return
        n = self._count
        if n == _MOST_CODES or holds(self._codes, n, code):
            # of two lines with one code the first counts; a clock is seen to in _set_clock()
            s[S_ODD] += to != I_TIME and not _is_blank(raw, at, end, s[S_MASK])
            return
        line = self._lines.get(code)
        if not line or len(line[_SENT]) != end - at or not same(raw, at, line[_SENT], 0, end - at):
            line = self._read(bytes(memoryview(raw)[at:end]), code, row, s[S_MASK])
        value = line[_SAYS]
        to = line[_TO]
        if line is not self._lines.get(code):
            self._lines[code] = line
            self._changed |= I_TIME < to < TIME_OF_DAY or to > DATE
        if value is None:
            return
        if value is _ODD:
            s[S_ODD] += to != I_TIME
        self._count = n + 1
        if self._codes[n] != code:
            self._codes[n] = code
            self._changed = True

    def _read(self, sent, code, row, mask):
        """A line, as _lines has them."""
        to = ROWS[row + 4]
        if ROWS[row] == _OF_CHANNEL:
            to |= code >> 24 << 8
        value = _ODD
        try:
            parts = _parts(sent, mask)
            if len(parts) == 1 and not parts[0].strip():
                value = None
            else:
                value = READERS[ROWS[row + 5]](parts, self._clock)
        except ValueError:
            pass
        return sent, to, row, value

    def _best(self):
        """{where to: value}: of rows for one field the first that says something counts."""
        rows = {}
        found = {}
        for i in range(self._count):
            _, to, row, value = self._lines[self._codes[i]]
            if value is not _ODD and row <= rows.get(to, row):
                rows[to] = row
                found[to] = value
        return found

    def _gathered(self):
        """What the newest telegram's lines say, by field."""
        found = self._best()
        out = {to: value for to, value in found.items() if I_TIME < to < TIME_OF_DAY}
        if _PEAK in out:
            time, out[_PEAK] = out[_PEAK]
            if time:
                out[_PEAK_TIME] = time
        channels = _channels(found)
        if channels:
            before = self._fields.get(_CHANNELS, channels)
            for n in channels:
                if channels[n] == before.get(n):
                    channels[n] = before[n]
            out[_CHANNELS] = channels
        return out

    def _set_clock(self, s):
        """Put a clock that the machine could not read into its vector, as values.py would."""
        if s[S_METAS + I_TIME] & HERE:
            return
        clock = day = time = None
        for i in range(self._count):
            _, to, _, value = self._lines[self._codes[i]]
            if value is _ODD:
                continue
            if to == I_TIME:
                clock = value
            elif to == DATE and day is None:
                day = value
            elif to == TIME_OF_DAY and time is None:
                time = value
        if clock is not None:
            high, low, letter = clock
        else:
            s[S_ODD] += s[S_METAS + I_TIME] == FIELD_ODD
            if day is None or time is None:
                return
            high = day * 1000 + time // 1000
            low = time % 1000
            letter = 0
        if not is_time(high, low):
            s[S_ODD] += 1
            return
        s[S_VALUES + I_TIME] = high
        s[S_LOWS + I_TIME] = low
        s[S_METAS + I_TIME] = letter << M_LETTER | HERE


def _continued(raw, end, n, mask):
    """Where a line is over: the rest may stand on the next one (DSMR 2.2)."""
    while end < n:
        after = find(raw, end + 1, n, mask, _LF)
        if code_of(raw, end + 1, after, mask) != _CONTINUED:
            break
        end = after
    return end


def _parts(sent, mask):
    """The texts in the parentheses of a line; ValueError if that is no row of them."""
    text = sent if mask == 0xFF else bytes([byte & mask for byte in sent])
    text = text[text.find(b"(") + 1:].strip()
    if b"\r" in text or b"\n" in text or b"\0" in text:
        text = text.replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")
    if text[-1:] != b")":
        raise ValueError
    parts = text[:-1].split(b")(")
    for part in parts:
        if b"(" in part or b")" in part:
            raise ValueError
    return parts


def _channels(found):
    """{channel: {member: value}}. Nothing is connected where there is neither number nor value."""
    out = {}
    for to, value in found.items():
        first = to & ~0xFF
        if not first or not (first | CHANNEL_ID in found or first | CHANNEL_VALUE in found):
            continue
        members = out.setdefault(to >> 8, {})
        what = to & 0xFF
        if what == CHANNEL_VALUE:
            members["value"], members["unit"], time = value
            if time:
                members["time"] = time
        else:
            name = "type" if what == CHANNEL_TYPE else "id" if what == CHANNEL_ID else "valve"
            members[name] = value
    return out
