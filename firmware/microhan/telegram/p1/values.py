"""What an ASCII telegram's lines are worth: which field is it, is its number that field's? And the
telegram's own begin and end. Native code as machine.py.
"""

import micropython
from micropython import const

from ...reading.fields import COUNT, I_IDENTIFICATION, I_METER_ID, I_VOLTAGE
from ...reading.reading import ELSEWHERE
from ..clock import day_of, is_time, second_of
from .layout import (
    FIELD_ODD,
    HERE,
    ID_FIELDS,
    KINDS_AT,
    M_DECIMALS,
    M_LETTER,
    M_LOW_DIGITS,
    M_NEGATIVE,
    M_SHIFT,
    MAX_TELEGRAM,
    MAX_TEXT,
    MAX_VALUE,
    P_CODES,
    P_FIELDS,
    P_TEXTS,
    P_VECTOR,
    RECORD,
    S_BLOCK,
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
    S_METAS,
    S_MORE,
    S_NEGATIVE,
    S_NOISE,
    S_NOISE_TO,
    S_ODD,
    S_ODD_BEFORE,
    S_PROOF,
    S_RECORDS,
    S_RENAMED,
    S_STATE,
    S_TEXT,
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

_UNITLESS_EXPONENT = const(3)  # the H1 list's own units: kW, kvar, kWh, kvarh, V, A
_S = const(19)  # the clock's letter lands where a unit would: S
_W = const(23)
_FIRST_REGISTER = const(27)  # four totals, each before its four tariffs: fields.py
_LATE = const(680_000_000)  # a stamp's year 2068: its seconds have 32 bits
# What pack() found: a number that 30 bits do not hold; a tariff's register.
FOUND_WIDE = const(1)
FOUND_TARIFF = const(2)


@micropython.viper
def is_proven(parts) -> bool:
    """Whether the checksum sent is right; False if none was sent, or if it cannot be right as the
    telegram began without a slash.
    """
    s = ptr32(parts[P_VECTOR])
    text = ptr8(parts[P_TEXTS])
    sent = 0
    for i in range(s[S_TEXT]):
        c = text[i]
        sent = sent << 4 | (c - 48 if c < 58 else (c & 7) + 9)
    return bool(s[S_TEXT] and sent == s[S_PROOF] and s[S_HEADLESS] == 0)


def code_slot(code):
    """Where an OBIS code, packed as in S_CODE, stands in obis.CODES. judge() has the same."""
    slot = code ^ code >> 11
    return (slot ^ slot >> 7) & 127


@micropython.viper
def judge(parts):
    """Give each line that is over to its field. An odd one costs that field only (law 3)."""
    s = ptr32(parts[P_VECTOR])
    codes = ptr32(parts[P_CODES])
    fields = ptr8(parts[P_FIELDS])
    line = S_RECORDS
    end = S_RECORDS + s[S_LINES] * RECORD
    s[S_LINES] = 0
    if s[S_BLOCK]:
        end = 0
    while line < end:
        code = s[line]
        slot = code ^ code >> 11
        slot = (slot ^ slot >> 7) & 127
        i = int(fields[slot])
        if codes[slot] != code:
            s[S_MORE] = 1  # none of ours: extras.py may know it
        elif i >= ID_FIELDS or not i:
            s[S_ODD] += int(_special(parts, i, line))
        elif s[S_METAS + i]:
            s[S_ODD] += 1  # of two lines with one code the first counts
        else:
            exponent = _UNITLESS_EXPONENT
            unit = s[line + S_UNIT]
            if unit:
                slot = unit ^ unit >> 6
                slot = UNITS_AT + ((slot ^ slot >> 10) & 63)
                exponent = int(fields[slot]) - int(fields[KINDS_AT + i])
                if codes[slot] != unit:
                    exponent = -1
            if exponent & -16 or s[line + S_WORTH] != W_VALUE:
                s[S_METAS + i] = FIELD_ODD
                s[S_ODD] += 1
            else:
                value = s[line + S_VALUE]
                shift = exponent - s[line + S_DECIMALS]
                code = 3 - shift  # decimals as sent, if there are no more than three
                if shift:
                    code = 0 if code < 0 else 3 if code > 3 else code
                    while shift > 0 and value < MAX_VALUE:
                        value *= 10
                        shift -= 1
                s[S_VALUES + i] = 0 - value if s[line + S_NEGATIVE] and value else value + 1
                s[S_METAS + i] = code << M_DECIMALS | HERE
                if shift or s[line + S_LOW_DIGITS]:
                    s[line + S_VALUE] = value
                    _wide(parts[P_VECTOR], i, line, shift)
        line += RECORD


@micropython.viper
def _wide(vector, i: int, line: int, shift: int):
    """Keep a number that is not yet in the smallest unit: `shift` powers of ten are missing."""
    s = ptr32(vector)
    value = s[line + S_VALUE]
    digits = s[line + S_LOW_DIGITS]
    if shift < 0 and not digits:
        while shift < 0 and value:  # beyond the smallest unit: cut, towards zero (law 1)
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
def _special(parts, i: int, line: int) -> int:
    """A line whose value is no number: the clock, or a meter number. 1 if it is odd, else 0."""
    vector = parts[P_VECTOR]
    s = ptr32(vector)
    good = s[line + S_WORTH] == W_VALUE
    if i:
        i += S_ID - ID_FIELDS
        length = s[line + S_TEXT]
        if s[i] or not good or length > MAX_TEXT:
            return 1
        s[i] = length + 1
        keep(parts, T_ID + (i - S_ID) * MAX_TEXT, length, 0)
        return 0
    if s[S_METAS]:
        return 1
    high = s[line + S_VALUE]
    low = s[line + S_LOW]
    zeros = s[line + S_ZEROS]
    if zeros == 1:  # 2001 to 2009: nine digits were counted from the second on
        low += high % 10 * 100
        high //= 10
    unit = s[line + S_UNIT]
    s[S_VALUES] = high
    s[S_LOWS] = low
    if good and zeros < 2 and zeros + s[line + S_LOW_DIGITS] == 3 and (
            not unit or unit == _S or unit == _W) and (
            not s[line + S_DECIMALS] | s[line + S_NEGATIVE]) and bool(is_time(high, low)):
        s[S_METAS] = unit << M_LETTER | HERE
        return 0
    s[S_METAS] = FIELD_ODD
    s[S_MORE] = 1  # extras.py knows other spellings, and counts what is none of them
    return 0


@micropython.viper
def keep(parts, to: int, length: int, start: int):
    """texts[to:to + length] = texts[start:start + length]; noted if that is not what was there."""
    texts = ptr8(parts[P_TEXTS])
    for i in range(length):
        if texts[to + i] != texts[start + i]:
            texts[to + i] = texts[start + i]
            ptr32(parts[P_VECTOR])[S_RENAMED] = 1


@micropython.viper
def pack(numbers, vector) -> int:
    """Make `numbers`, as S_VALUES has them, those of a Reading (reading.py). Returns FOUND_*."""
    n = ptr32(numbers)
    s = ptr32(vector)
    found = decimals = 0
    for i in range(1, COUNT):
        meta = s[S_METAS + i]
        if meta & WIDE == WIDE:
            n[i] = ELSEWHERE
            found |= FOUND_WIDE
        elif not meta & HERE:
            n[i] = 0
            continue
        if i >= _FIRST_REGISTER:
            if (i - _FIRST_REGISTER) % 5:  # no total
                found |= FOUND_TARIFF
        elif i >= I_VOLTAGE:
            decimals |= (meta >> M_DECIMALS & 3) << 2 * (i - I_VOLTAGE)
    n[COUNT] = decimals
    n[I_IDENTIFICATION] = ELSEWHERE
    if s[S_ID] > 1 or s[S_ID + 1] > 1:
        n[I_METER_ID] = ELSEWHERE
    n[0] = 0
    if s[S_METAS] & HERE:
        high = s[S_VALUES]
        if high < _LATE:
            n[0] = int(day_of(high)) * 86400 + int(second_of(high, s[S_LOWS])) + 1
        else:
            n[0] = ELSEWHERE
            found |= FOUND_WIDE
    return found


@micropython.viper
def begin(parts, start: int, length: int):
    """A telegram begins: forget the last one. Its identification stands at texts[start]."""
    s = ptr32(parts[P_VECTOR])
    for i in range(S_METAS, S_RECORDS):
        s[i] = 0
    for i in range(S_STATE):
        s[i] = 0
    s[S_ID] = 0
    s[S_ID + 1] = 0
    s[S_IDENT] = length
    s[S_IDENTIFIED] += 1
    keep(parts, T_IDENT, length, start)


def behead(s, limit):
    """Noise begins, perhaps a telegram, that is counted at `limit` bytes; or, with 0, is over."""
    s[S_HEADLESS] = 1 if limit else 0
    s[S_LIMIT] = limit or MAX_TELEGRAM
    s[S_NOISE] = s[S_NOISE_TO] = 0
    s[S_ODD_BEFORE] = s[S_ODD]
