"""From lines to values: each line's number goes to the field of its code, if it is one that the
field can have. Besides: what happens when a telegram begins and ends. Native code as machine.py.
"""

from typing import TYPE_CHECKING

import micropython
from micropython import const

from ...reading.fields import COUNT, I_IDENTIFICATION, I_METER_ID, I_VOLTAGE
from ...reading.reading import IN_WIDE
from ..clock import day_of, is_time, second_of
from .layout import (
    ID_FIELDS,
    KINDS_AT,
    M_DECIMALS,
    M_LETTER,
    M_LOW_DIGITS,
    M_NEGATIVE,
    M_SHIFT,
    MALFORMED,
    MAX_TELEGRAM,
    MAX_TEXT,
    MAX_VALUE,
    P_CODE_OF_SLOT,
    P_FIELD_OF_SLOT,
    P_TEXTS,
    P_VECTOR,
    PRESENT,
    RECORD,
    S_BLOCK,
    S_COMPUTED,
    S_DECIMALS,
    S_HEADLESS,
    S_ID,
    S_IDENT,
    S_IDENTIFIED,
    S_LIMIT,
    S_LINES,
    S_LOW,
    S_LOW_DIGITS,
    S_LOWS,
    S_MALFORMED,
    S_MALFORMED_BEFORE,
    S_METAS,
    S_NEGATIVE,
    S_NOISE,
    S_NOISE_TO,
    S_OTHER_CODES,
    S_RECORDS,
    S_STATE,
    S_TEXT,
    S_TEXT_CHANGED,
    S_UNIT,
    S_VALUE,
    S_VALUES,
    S_WORTH,
    S_ZEROS,
    SHIFT_0,
    T_ID,
    T_IDENT,
    UNITS_AT,
    W_VALUE,
    WIDE,
)

if TYPE_CHECKING:
    from array import array

_UNITLESS_EXPONENT = const(3)  # no unit was sent: kW, kvar, kWh, kvarh, V, A, as H1 lists have
_S = const(19)  # the clock's letter, which is gathered as a unit would be: S
_W = const(23)
_FIRST_REGISTER = const(27)  # four totals, each followed by its four tariffs: fields.py
_LATE = const(680_000_000)  # a stamp in 2068: from there on seconds since 2000 need 32 bits
# What convert() found: a number that 30 bits do not hold; a tariff register.
FOUND_WIDE = const(1)
FOUND_TARIFF = const(2)


@micropython.viper
def checksum_matches(parts) -> bool:
    """Whether the checksum that was sent is right. False if none was sent, or if the telegram
    began without a slash: then it cannot be right.
    """
    s = ptr32(parts[P_VECTOR])
    text = ptr8(parts[P_TEXTS])
    sent = 0
    for i in range(s[S_TEXT]):
        c = text[i]
        sent = sent << 4 | (c - 48 if c < 58 else (c & 7) + 9)
    return bool(s[S_TEXT] and sent == s[S_COMPUTED] and s[S_HEADLESS] == 0)


def code_slot(code: int) -> int:
    """The slot of an OBIS code, packed as in S_CODE, in lookup.CODE_OF_SLOT. store_lines() has the
    same written out, since a call costs too much there; test_lookup.py holds the two together.
    """
    slot = code ^ code >> 11
    return (slot ^ slot >> 7) & 127


@micropython.viper
def store_lines(parts):  # noqa: ANN201
    """Store the value of each line that is over. A malformed line costs its field only (law 3)."""
    s = ptr32(parts[P_VECTOR])
    codes = ptr32(parts[P_CODE_OF_SLOT])
    fields = ptr8(parts[P_FIELD_OF_SLOT])
    line = S_RECORDS
    end = S_RECORDS + s[S_LINES] * RECORD
    s[S_LINES] = 0
    if s[S_BLOCK]:
        end = 0
    while line < end:
        code = s[line]
        slot = code ^ code >> 11  # code_slot()
        slot = (slot ^ slot >> 7) & 127
        i = int(fields[slot])
        if codes[slot] != code:
            s[S_OTHER_CODES] = 1  # no field's: extra_lines.py may know it
        elif i >= ID_FIELDS or not i:
            s[S_MALFORMED] += int(_store_special(parts, i, line))
        elif s[S_METAS + i]:
            s[S_MALFORMED] += 1  # of two lines with one code the first counts
        else:
            exponent = _UNITLESS_EXPONENT
            unit = s[line + S_UNIT]
            if unit:
                slot = unit ^ unit >> 6  # lookup.unit_slot()
                slot = UNITS_AT + ((slot ^ slot >> 10) & 63)
                exponent = int(fields[slot]) - int(fields[KINDS_AT + i])
                if codes[slot] != unit:
                    exponent = -1
            if exponent & -16 or s[line + S_WORTH] != W_VALUE:
                s[S_METAS + i] = MALFORMED
                s[S_MALFORMED] += 1
            else:
                value = s[line + S_VALUE]
                shift = exponent - s[line + S_DECIMALS]
                code = 3 - shift  # decimals as sent, at most three
                if shift:
                    code = 0 if code < 0 else 3 if code > 3 else code
                    while shift > 0 and value < MAX_VALUE:
                        value *= 10
                        shift -= 1
                s[S_VALUES + i] = 0 - value if s[line + S_NEGATIVE] and value else value + 1
                s[S_METAS + i] = code << M_DECIMALS | PRESENT
                if shift or s[line + S_LOW_DIGITS]:
                    s[line + S_VALUE] = value
                    _store_wide(parts[P_VECTOR], i, line, shift)
        line += RECORD


@micropython.viper
def _store_wide(vector, i: int, line: int, shift: int):
    """Store a number that is not in the smallest unit yet: `shift` powers of ten are missing."""
    s = ptr32(vector)
    value = s[line + S_VALUE]
    digits = s[line + S_LOW_DIGITS]
    if shift < 0 and not digits:
        while shift < 0 and value:  # digits beyond the smallest unit are cut, not rounded (law 1)
            value //= 10
            shift += 1
        s[S_VALUES + i] = 0 - value if s[line + S_NEGATIVE] and value else value + 1
        return
    if shift < -SHIFT_0:
        shift = -SHIFT_0
    s[S_VALUES + i] = value
    s[S_LOWS + i] = s[line + S_LOW]
    s[S_METAS + i] |= (WIDE | s[line + S_NEGATIVE] << M_NEGATIVE | digits << M_LOW_DIGITS
                       | shift + SHIFT_0 << M_SHIFT)


@micropython.viper
def _store_special(parts, i: int, line: int) -> int:
    """Store a line whose value is no number: the clock, or one of the two texts of a meter's
    number. Returns 1 if it is malformed, else 0.
    """
    vector = parts[P_VECTOR]
    s = ptr32(vector)
    good = s[line + S_WORTH] == W_VALUE
    if i:
        i += S_ID - ID_FIELDS
        length = s[line + S_TEXT]
        if s[i] or not good or length > MAX_TEXT:
            return 1
        s[i] = length + 1
        keep_text(parts, T_ID + (i - S_ID) * MAX_TEXT, length, 0)
        return 0
    if s[S_METAS]:
        return 1
    high = s[line + S_VALUE]
    low = s[line + S_LOW]
    zeros = s[line + S_ZEROS]
    if zeros == 1:  # 2001 to 2009: the nine digits began at the second one
        low += high % 10 * 100
        high //= 10
    unit = s[line + S_UNIT]
    s[S_VALUES] = high
    s[S_LOWS] = low
    if good and zeros < 2 and zeros + s[line + S_LOW_DIGITS] == 3 and (
            not unit or unit == _S or unit == _W) and (
            not s[line + S_DECIMALS] | s[line + S_NEGATIVE]) and bool(is_time(high, low)):
        s[S_METAS] = unit << M_LETTER | PRESENT
        return 0
    s[S_METAS] = MALFORMED
    s[S_OTHER_CODES] = 1  # extra_lines.py knows other forms of it, and counts what is none
    return 0


@micropython.viper
def keep_text(parts, to: int, length: int, start: int):  # noqa: ANN201
    """texts[to:to + length] = texts[start:start + length]; S_TEXT_CHANGED if that differs."""
    texts = ptr8(parts[P_TEXTS])
    for i in range(length):
        if texts[to + i] != texts[start + i]:
            texts[to + i] = texts[start + i]
            ptr32(parts[P_VECTOR])[S_TEXT_CHANGED] = 1


@micropython.viper
def convert(numbers, vector) -> int:
    """Turn `numbers`, a copy of S_VALUES and what follows, into the numbers of a Reading
    (reading.py). Returns FOUND_* of what it left to do.
    """
    n = ptr32(numbers)
    s = ptr32(vector)
    found = decimals = 0
    for i in range(1, COUNT):
        meta = s[S_METAS + i]
        if meta & WIDE == WIDE:
            n[i] = IN_WIDE
            found |= FOUND_WIDE
        elif not meta & PRESENT:
            n[i] = 0
            continue
        if i >= _FIRST_REGISTER:
            if (i - _FIRST_REGISTER) % 5:  # not a total
                found |= FOUND_TARIFF
        elif i >= I_VOLTAGE:
            decimals |= (meta >> M_DECIMALS & 3) << 2 * (i - I_VOLTAGE)
    n[COUNT] = decimals
    n[I_IDENTIFICATION] = IN_WIDE
    if s[S_ID] > 1 or s[S_ID + 1] > 1:
        n[I_METER_ID] = IN_WIDE
    n[0] = 0
    if s[S_METAS] & PRESENT:
        high = s[S_VALUES]
        if high < _LATE:
            n[0] = int(day_of(high)) * 86400 + int(second_of(high, s[S_LOWS])) + 1
        else:
            n[0] = IN_WIDE
            found |= FOUND_WIDE
    return found


def clock_seconds(s: "array[int]") -> int:
    """The clock, as local seconds since 2000-01-01."""
    high = s[S_VALUES]
    return day_of(high) * 86400 + second_of(high, s[S_LOWS])


def wide_value(s: "array[int]", i: int) -> int:
    """The value of a field that 30 bits do not hold (WIDE)."""
    meta = s[S_METAS + i]
    value = abs(s[S_VALUES + i]) * 10 ** (meta >> M_LOW_DIGITS & 15) + s[S_LOWS + i]
    shift = (meta >> M_SHIFT) - SHIFT_0
    # digits beyond the smallest unit are cut, not rounded (law 1)
    value = value * 10 ** shift if shift >= 0 else value // 10 ** -shift
    return -value if meta >> M_NEGATIVE & 1 else value


@micropython.viper
def begin_telegram(parts, start: int, length: int):  # noqa: ANN201
    """A telegram begins: forget the last one. The new identification stands at texts[start]."""
    s = ptr32(parts[P_VECTOR])
    for i in range(S_METAS, S_RECORDS):
        s[i] = 0
    for i in range(S_STATE):
        s[i] = 0
    s[S_ID] = 0
    s[S_ID + 1] = 0
    s[S_IDENT] = length
    s[S_IDENTIFIED] += 1
    keep_text(parts, T_IDENT, length, start)


def set_headless(s: "array[int]", limit: int) -> None:
    """Something without a slash begins, noise or a telegram with a misheard head: A_LIMIT is due
    after `limit` bytes. With 0: it is over.
    """
    s[S_HEADLESS] = 1 if limit else 0
    s[S_LIMIT] = limit or MAX_TELEGRAM
    s[S_NOISE] = s[S_NOISE_TO] = 0
    s[S_MALFORMED_BEFORE] = s[S_MALFORMED]
