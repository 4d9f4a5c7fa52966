"""The byte-at-a-time state machine of ASCII telegrams (IEC 62056-21 mode D, DSMR P1), and what it
makes of each line.

Native code on the device, bytecode elsewhere: the same source. It works on a vector of small
integers: no objects, nothing that reaches 2^30 (law 1), and nothing below 0 that native code would
read again: on x64 it would come out as 2^32 and less. All constants of it stand here, since
viper knows only those of its own module; p1_table.py has the transitions, p1_rare.py what happens
once or a few times a telegram.
"""

from array import array

import micropython
from micropython import const

from ..reading import COUNT
from .clock import is_time

# States. Their order tells what a line is worth that breaks off there: see p1_table.worth().
HUNT = const(0)  # outside any telegram
IDENT = const(1)  # the identification line
LINE = const(2)  # at the start of a line
REST = const(3)  # a line that is none of its own: the continuation of another
CODE_A = const(4)  # in the OBIS code's number A; CODE_B0 is where B must begin, and so on
CODE_B0 = const(5)
CODE_B = const(6)
CODE_C0 = const(7)
CODE_C = const(8)
CODE_D0 = const(9)
CODE_D = const(10)
CODE_E0 = const(11)
CODE_E = const(12)
STAR = const(13)  # the `*255` or `.255` after a code
ODD = const(14)  # off the grammar within the code
VALUE = const(15)  # after the first parenthesis
SIGN = const(16)
INT = const(17)
FRAC = const(18)
UNIT = const(19)
TEXT = const(20)
SPOILT = const(21)  # off the grammar within the value
DONE = const(22)  # after the value, up to the line's end
SLASH = const(23)  # after a slash in mid-line: perhaps a new telegram
SLASH_TEXT = const(24)  # the same inside a text value
END = const(25)  # after `!`, and with one, two, three digits of the checksum
END_1 = const(26)
END_2 = const(27)
END_3 = const(28)
STATES = const(32)  # a power of two

# What a line turned out to be worth.
W_NONE = const(0)  # blank, or the continuation of another
W_ODD = const(1)  # not even a code
W_BAD = const(2)  # a code, but no readable value
W_VALUE = const(3)

# Actions of the loop, the most frequent first.
DIGIT = const(0)
SEPARATE = const(1)  # a number of the code is over
MOVE = const(2)
POINT = const(3)  # decimals begin
LETTER = const(4)
APPEND = const(5)
NEWLINE = const(6)  # for the next state the table gives the line's worth: that state is LINE
RARE = const(7)  # for the next state it gives the rare action's number, which chooses the state

# Rare actions: p1_rare.py has them in this order, but for those that turn() has.
R_SKIP = const(0)
R_START = const(1)
R_LOST = const(2)
R_IDENTIFIED = const(3)
R_ASIDE = const(4)
R_MINUS = const(5)
R_BANG = const(6)
R_FOURTH = const(7)
R_FINISH = const(8)
R_BOTH = const(9)
R_BACK = const(10)
R_NEWLINE = const(11)

# Slots of the vector. First what is known of the line under way, as a record has it too.
S_CODE = const(0)  # A << 24 | C << 16 | D << 8 | E; A is 2 where the channel is not ours
S_VALUE = const(1)  # first nine significant digits
S_LOW = const(2)  # the next nine
S_LOW_DIGITS = const(3)  # how many of those there are
S_DECIMALS = const(4)  # digits after the point
S_UNIT = const(5)  # letters folded to 5 bits each, see obis.pack_unit
S_TEXT = const(6)  # length of the text gathered
S_WORTH = const(7)  # W_*; in the vector itself: of the line before a slash
S_ZEROS = const(8)  # leading zeros of the value
S_NEGATIVE = const(9)
S_STATE = const(10)
S_CRC = const(11)  # over the telegram as received
S_LENGTH = const(12)  # bytes of the telegram so far
S_SPARE = const(13)  # length of the text gathered since a slash in mid-line
S_SLASH_CRC = const(14)  # checksum since that slash
S_SLASH_AT = const(15)  # where in the telegram it stood
S_PROOF = const(16)  # the checksum as it should be
S_MASK = const(17)  # 0xFF, or 0x7F where bit 7 may be parity
S_ENDED = const(18)  # 1 when scan() stopped because a telegram is over
S_LINES = const(19)  # records that judge() has not seen
S_IDENT = const(20)  # length of the identification
S_ID = const(21)  # lengths of 96.1.1 and 96.1.0, and one more; 0: not sent
S_SKIPPED = const(23)  # counter: bytes outside any telegram
S_RESTARTED = const(24)  # counter: telegrams cut off by the next one
S_TOO_LONG = const(25)  # counter
S_ODD = const(26)  # counter: lines that cost a field
S_IDENTIFIED = const(27)  # counter: identification lines
# Behind them three numbers for each of COUNT fields.
S_VALUES = const(28)  # in the smallest unit; of a WIDE one the first nine digits
S_LOWS = const(75)  # of a WIDE one the next nine; of the clock its last three
S_METAS = const(122)  # 0: not sent; else one of these in the lowest two bits
S_RECORDS = const(169)  # and lines that judge() will see, ten numbers each
_RECORD = const(10)
_RECORDS = const(16)
_SLOTS = const(329)

HERE = const(1)
FIELD_ODD = const(2)
WIDE = const(3)  # (value 10^low digits + low) 10^(shift - SHIFT_0): all that 30 bits do not hold
# and above them
M_DECIMALS = const(2)  # as sent, 0 to 3
M_LETTER = const(2)  # of the clock
M_NEGATIVE = const(4)
M_LOW_DIGITS = const(5)
M_SHIFT = const(9)
SHIFT_0 = const(128)

# Sections of the texts, MAX_TEXT each: of the line under way, then these.
MAX_TEXT = const(128)  # an identification or a meter number; the longest known have 34
T_ASIDE = const(128)  # since a slash in mid-line
T_IDENT = const(256)
T_ID = const(384)  # 96.1.1, and behind it 96.1.0
_TEXTS = const(640)

# What scan() works with, in one list.
P_VECTOR = const(0)
P_TEXTS = const(1)
P_RAW = const(2)  # a power of two bytes, up to MAX_TELEGRAM, filled round and round
P_CLASSES = const(3)
P_ACTS = const(4)
P_THENS = const(5)
P_ARC_LOW = const(6)
P_ARC_HIGH = const(7)
P_CODES = const(8)
P_FIELDS = const(9)
P_RARE = const(10)

MAX_TELEGRAM = const(16384)  # the longest known (Lithuania, text messages) stay under 4 kB
_MAX_UNIT = const(1 << 25)
_MAX_VALUE = const(100_000_000)  # ten times that and a digit more is still below 2^30
_IDS = const(0x6001)  # 96.1.x: the value is text
_UNITLESS_EXPONENT = const(3)  # the H1 list's own units: kW, kvar, kWh, kvarh, V, A
# In obis.FIELDS: numbers of fields from here on are those of S_ID; the units; each field's kind.
ID_FIELDS = const(100)
UNITS_AT = const(128)
KINDS_AT = const(192)
_V = const(6)  # volts; amperes are above: reading.py
_S = const(19)  # the clock's letter lands where a unit would: S
_W = const(23)


def new_vector():
    """A fresh vector."""
    s = array("i", bytes(4 * _SLOTS))
    if S_LOWS != S_VALUES + COUNT or S_RECORDS != S_METAS + COUNT:
        raise ValueError("COUNT of fields")
    s[S_MASK] = 0xFF
    return s


def new_texts():
    """Room for the texts."""
    return bytearray(_TEXTS)


@micropython.viper
def scan(pos: int, low: int, end: int, buf: ptr8, parts) -> int:
    """Run over buf[pos:end] up to its end or a telegram's; return where it stopped.

    `low` is not an argument: viper keeps the first two in registers. The checksum goes by halves,
    `low` and `high`, since that needs no masks.
    """
    s = ptr32(parts[P_VECTOR])
    text = ptr8(parts[P_TEXTS])
    raw = ptr8(parts[P_RAW])
    size = int(len(parts[P_RAW]))
    classes = ptr16(parts[P_CLASSES])
    acts = ptr8(parts[P_ACTS])
    thens = ptr8(parts[P_THENS])
    arc_low = ptr8(parts[P_ARC_LOW])
    arc_high = ptr8(parts[P_ARC_HIGH])
    s[S_ENDED] = 0
    while pos < end and not s[S_ENDED]:
        state = s[S_STATE]
        if state == HUNT:
            s[S_LENGTH] = 0
        elif s[S_LENGTH] >= MAX_TELEGRAM:
            s[S_TOO_LONG] += 1
            s[S_STATE] = HUNT
            pos += 1
            continue
        low = s[S_CRC] & 255
        high = s[S_CRC] >> 8
        code = s[S_CODE]
        value = s[S_VALUE]
        decimals = s[S_DECIMALS]
        behind = 1 if state == FRAC else 0  # the point
        unit = s[S_UNIT]
        letters = s[S_TEXT]
        c = act = then = 0
        raw_at = s[S_LENGTH] & size - 1
        start = pos
        stop = pos + size - raw_at
        raw_at -= pos
        if stop > end:
            stop = end
        for pos in range(start, stop):
            c = buf[pos]
            raw[raw_at + pos] = c
            low ^= c
            low, high = arc_low[low] ^ high, arc_high[low]
            then = classes[c] | state
            act = acts[then]
            then = thens[then]
            if not act:
                state = then
                decimals += behind
                if value < _MAX_VALUE:
                    value = value * 10 + (c & 15)
                    if not value:
                        s[S_ZEROS] += 1
                elif s[S_LOW_DIGITS] < 9:
                    s[S_LOW] = s[S_LOW] * 10 + (c & 15)
                    s[S_LOW_DIGITS] += 1
                else:
                    state = SPOILT  # no register has so many digits
            elif act == SEPARATE:
                code = code << 8 | value
                if value > 255:
                    then = ODD
                elif then == CODE_C0:
                    # A-B: B is 0 or, of electricity, 1 too (Kamstrup, Luxembourg); all else is
                    # gas, water, or another meter
                    code = code >> 8 if code == 0 or code == 256 or code == 257 else 2
                elif then == VALUE and code >> 8 & 0xFFFF == _IDS:
                    then = TEXT
                value = s[S_ZEROS] = 0
                state = then
            elif act == MOVE:
                state = then
            elif act == POINT:
                state = then
                behind = 1
            elif act == LETTER:
                state = then
                if unit < _MAX_UNIT:
                    unit = unit << 5 | c & 31
            elif act == APPEND:
                state = then
                if letters < MAX_TEXT:
                    text[letters] = c & s[S_MASK]
                letters += 1
            elif act == NEWLINE:
                state = LINE
                if then == W_ODD:
                    s[S_ODD] += 1
                elif then:
                    act = S_RECORDS + s[S_LINES] * _RECORD
                    s[S_LINES] += 1
                    s[act] = code
                    s[act + S_VALUE] = value
                    s[act + S_LOW] = s[S_LOW]
                    s[act + S_LOW_DIGITS] = s[S_LOW_DIGITS]
                    s[act + S_DECIMALS] = decimals
                    s[act + S_UNIT] = unit
                    s[act + S_TEXT] = letters
                    s[act + S_WORTH] = then
                    s[act + S_ZEROS] = s[S_ZEROS]
                    s[act + S_NEGATIVE] = s[S_NEGATIVE]
                code = value = decimals = behind = unit = 0
                s[S_LOW] = s[S_LOW_DIGITS] = s[S_ZEROS] = s[S_NEGATIVE] = 0
                if letters or s[S_LINES] == _RECORDS:
                    letters = 0
                    break  # the next text would take this one's place
            else:
                break
        pos += 1
        s[S_STATE] = state
        s[S_CRC] = high << 8 | low
        s[S_LENGTH] += pos - start
        s[S_CODE] = code
        s[S_VALUE] = value
        s[S_DECIMALS] = decimals
        s[S_UNIT] = unit
        s[S_TEXT] = letters
        if s[S_LINES]:
            judge(parts)
        if act == RARE:
            pos -= int(turn(parts, then, state, c))
    return pos


@micropython.viper
def turn(parts, what: int, state: int, c: int) -> int:
    """The rare actions of every telegram, here for speed; p1_rare.py has the others. Returns how
    many bytes are to be read again."""
    s = ptr32(parts[P_VECTOR])
    if what == R_START:
        if state == LINE:
            s[S_RESTARTED] += 1
        elif state == IDENT:
            s[S_SKIPPED] += s[S_LENGTH] - 1
        ptr8(parts[P_RAW])[0] = c
        s[S_CRC] = int(ptr8(parts[P_ARC_LOW])[c]) | int(ptr8(parts[P_ARC_HIGH])[c]) << 8
        s[S_LENGTH] = 1
        s[S_TEXT] = 0
        s[S_STATE] = IDENT
    elif what == R_IDENTIFIED:
        if s[S_TEXT] and s[S_TEXT] <= MAX_TEXT:
            begin(parts, 0, s[S_TEXT])
            s[S_STATE] = LINE
        else:
            s[S_SKIPPED] += s[S_LENGTH]
            s[S_STATE] = HUNT
    elif what == R_BANG and state == LINE:
        s[S_PROOF] = s[S_CRC]
        s[S_TEXT] = 0  # the checksum's digits are gathered as a text
        s[S_STATE] = END
    elif what == R_FOURTH:
        # four digits end the checksum at once: some meters send nothing after them
        ptr8(parts[P_TEXTS])[3] = c & s[S_MASK]
        s[S_TEXT] = 4
        s[S_ENDED] = 1
        s[S_STATE] = HUNT
    else:
        return int(parts[P_RARE](parts, what, state, c))
    return 0


@micropython.viper
def is_proven(parts) -> bool:
    """Whether the checksum sent is right; False if none was sent."""
    s = ptr32(parts[P_VECTOR])
    text = ptr8(parts[P_TEXTS])
    sent = 0
    for i in range(s[S_TEXT]):
        c = text[i]
        sent = sent << 4 | (c - 48 if c < 58 else (c & 7) + 9)
    return bool(s[S_TEXT] and sent == s[S_PROOF])


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
    end = S_RECORDS + s[S_LINES] * _RECORD
    s[S_LINES] = 0
    while line < end:
        code = s[line]
        slot = code ^ code >> 11
        slot = (slot ^ slot >> 7) & 127
        i = int(fields[slot])
        if codes[slot] != code:
            pass  # none of ours
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
                    while shift > 0 and value < _MAX_VALUE:
                        value *= 10
                        shift -= 1
                s[S_VALUES + i] = 0 - value if s[line + S_NEGATIVE] else value
                s[S_METAS + i] = code << M_DECIMALS | HERE
                if shift or s[line + S_LOW_DIGITS]:
                    _wide(parts[P_VECTOR], i, line, shift)
        line += _RECORD


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
        s[S_VALUES + i] = 0 - value if s[line + S_NEGATIVE] else value
        return
    if shift < -SHIFT_0:
        shift = -SHIFT_0
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
        copy(parts[P_TEXTS], T_ID + (i - S_ID) * MAX_TEXT, 0, length)
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
    s[S_METAS] = unit << M_LETTER | HERE
    if good and zeros < 2 and zeros + s[line + S_LOW_DIGITS] == 3 and (
            not unit or unit == _S or unit == _W) and (
            not s[line + S_DECIMALS] | s[line + S_NEGATIVE]) and bool(is_time(high, low)):
        return 0
    s[S_METAS] = FIELD_ODD
    return 1


@micropython.viper
def copy(texts: ptr8, to: int, start: int, length: int):
    """texts[to:to + length] = texts[start:start + length]."""
    for i in range(length):
        texts[to + i] = texts[start + i]


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
    copy(parts[P_TEXTS], T_IDENT, start, length)
