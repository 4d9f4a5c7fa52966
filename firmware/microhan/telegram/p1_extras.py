"""What an ASCII telegram says beyond the Swedish list: the lines that p1_judge.py passes over.

Loaded with the first telegram that has such codes. They are read once the telegram is proven, out
of its raw bytes: p1_extra_rows.py has a row for each code.
"""

import micropython
from micropython import const

from ..reading import I_TIME, INDEX
from .clock import is_time
from .p1_extra_rows import (
    CHANNEL_ID,
    CHANNEL_TYPE,
    CHANNEL_VALUE,
    DATE,
    ROWS,
    TIME_OF_DAY,
    WIDTH,
)
from .p1_extra_values import READERS, STAMP
from .p1_slots import FIELD_ODD, HERE, M_LETTER, S_LOWS, S_MASK, S_METAS, S_ODD, S_VALUES

_LF = const(10)
_BANG = const(33)
_OPENING = const(-2)  # code_of() of a line that is a parenthesis
_CONTINUED = const(-3)  # of one that begins with it
_CLOSING = const(-4)
_OF_CHANNEL = const(2)  # a row's prefix

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
    none, see above. The grammar is p1_table.py's."""
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
    code &= 0xFFFFFF
    i = 0
    while i < size:
        if int(rows[i]) == prefix and (
                int(rows[i + 1]) << 16 | int(rows[i + 2]) << 8 | int(rows[i + 3])) == code:
            return i
        i += WIDTH
    return -1


class Extras:
    """Reads telegrams, one after the other; `clock` is a ClockRule."""

    def __init__(self, clock):
        self._clock = clock
        self._last = {}

    def read(self, raw, n, s):
        """{field: value} of the telegram raw[:n], in the shapes of extras.py. Odd lines are
        counted in `s`, the machine's vector; a clock that it could not read is put there.
        """
        found = {}  # where to: (row, value)
        said = []  # codes: of two lines with one code the first counts
        for code, row, parts in _lines(raw, n if n <= len(raw) else 0, s[S_MASK]):
            to = ROWS[row + 4]
            if ROWS[row] == _OF_CHANNEL:
                to |= code >> 24 << 8
            if to == I_TIME and s[S_METAS + I_TIME] & HERE:
                continue
            try:
                value = self._value(row, parts)
                if value is None:
                    continue
                if code in said:
                    raise ValueError
                if to not in found or row < found[to][0]:
                    found[to] = (row, value)
            except ValueError:
                if to != I_TIME:  # that one is seen to below
                    s[S_ODD] += 1
            said.append(code)
        _set_clock(found, s)
        out = {to: value for to, (_, value) in found.items() if I_TIME < to < TIME_OF_DAY}
        if _PEAK in out:
            time, out[_PEAK] = out[_PEAK]
            if time:
                out[_PEAK_TIME] = time
        channels = _channels(found)
        if channels:
            out[_CHANNELS] = channels
        for i in out:
            if out[i] == self._last.get(i):
                out[i] = self._last[i]  # Readings that wait in queues share what stays the same
        self._last = out
        return out

    def _value(self, row, parts):
        """What a line's texts say, None if nothing. ValueError if that cannot be."""
        if parts is None:
            raise ValueError
        if len(parts) == 1:
            parts[0] = parts[0].strip()
            if not parts[0]:
                return None
        return READERS[ROWS[row + 5]](parts, self._clock)


def _lines(raw, n, mask):
    """(code, row, texts in parentheses, None if they are none) of each line that has a row."""
    at = find(raw, 0, n, mask, _LF) + 1
    n = find(raw, at, n, mask, _BANG)
    stored = False  # within a block of values that were stored earlier: p1_rare.py
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
                yield code, row, _parts(raw, at, end, mask)
        at = end + 1


def _continued(raw, end, n, mask):
    """Where a line is over: the rest may stand on the next one (DSMR 2.2)."""
    while end < n:
        after = find(raw, end + 1, n, mask, _LF)
        if code_of(raw, end + 1, after, mask) != _CONTINUED:
            break
        end = after
    return end


def _parts(raw, at, end, mask):
    """The texts in the parentheses of raw[at:end]; None if that is no row of them."""
    text = bytes(memoryview(raw)[at:end])
    if mask < 0xFF:
        text = bytes([byte & mask for byte in text])
    for byte in (b"\r", b"\n", b"\0"):
        text = text.replace(byte, b"")
    text = text[text.find(b"("):].strip()
    if text[-1:] != b")":
        return None
    parts = text[1:-1].split(b")(")
    for part in parts:
        if b"(" in part or b")" in part:
            return None
    return parts


def _set_clock(found, s):
    """Put a clock that the machine could not read into its vector, as p1_judge.py would have."""
    if s[S_METAS + I_TIME] & HERE:
        return
    if I_TIME in found:
        stamp = found[I_TIME][1]
    else:
        if s[S_METAS + I_TIME] == FIELD_ODD:
            s[S_ODD] += 1
        if DATE not in found or TIME_OF_DAY not in found:
            return
        stamp = found[DATE][1] + found[TIME_OF_DAY][1]
    high = int(stamp[:9])
    low = int(stamp[9:STAMP])
    if not is_time(high, low):
        s[S_ODD] += 1
        return
    s[S_VALUES + I_TIME] = high
    s[S_LOWS + I_TIME] = low
    letter = stamp[STAMP] & 31 if len(stamp) > STAMP else 0
    s[S_METAS + I_TIME] = letter << M_LETTER | HERE


def _channels(found):
    """{channel: {member: value}}. Nothing is connected where there is neither number nor value."""
    out = {}
    for to, (_, value) in found.items():
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
