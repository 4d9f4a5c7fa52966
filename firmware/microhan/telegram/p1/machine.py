"""The byte-at-a-time state machine of ASCII telegrams (IEC 62056-21 mode D, DSMR P1).

Native code on the device, bytecode elsewhere: the same source. It works on a vector of small
integers: no objects, nothing that reaches 2^30 (law 1), and nothing below 0 that native code would
read again: on x64 it would come out as 2^32 and less. table.py has the transitions, values.py
what becomes of a line, actions.py what happens once or a few times a telegram.
"""

import micropython
from micropython import const

from .layout import (
    APPEND,
    CIPHERED,
    CODE_C0,
    END,
    FLAG,
    FRAC,
    HUNT,
    IDENT,
    LETTER,
    LINE,
    LONG,
    MAX_TEXT,
    MAX_VALUE,
    MOVE,
    NEWLINE,
    ODD,
    P_ARC_HIGH,
    P_ARC_LOW,
    P_CLASSES,
    P_RARE,
    P_RAW,
    P_STEPS,
    P_TEXTS,
    P_VECTOR,
    POINT,
    R_BANG,
    R_FOURTH,
    R_IDENTIFIED,
    R_LIMIT,
    R_START,
    RARE,
    RECORD,
    RECORDS,
    S_CODE,
    S_CRC,
    S_DECIMALS,
    S_ENDED,
    S_IDENT,
    S_LENGTH,
    S_LIMIT,
    S_LINES,
    S_LOW,
    S_LOW_DIGITS,
    S_MASK,
    S_NEGATIVE,
    S_ODD,
    S_PROOF,
    S_RECORDS,
    S_SEARCH,
    S_SKIPPED,
    S_STATE,
    S_TEXT,
    S_UNIT,
    S_VALUE,
    S_WORTH,
    S_ZEROS,
    SEALED,
    SEPARATE,
    SPOILT,
    START,
    TEXT,
    UNIT,
    VALUE,
    W_ODD,
)
from .values import begin, judge

_MAX_UNIT = const(1 << 25)
_ACTION = const(0xE0)  # its bits in the table
_CLEAR = const(6)  # bytes of an encrypted telegram's head: slash, two line ends, and here
_IDS = const(0x6001)  # 96.1.x: the value is text


# One function, and long: a call would cost what 15 bytes do, and this runs for every byte
# (docs/performance.md). The one exception from the limits of pyproject.toml.
@micropython.viper
def scan(pos: int, low: int, end: int, buf: ptr8, parts) -> int:  # noqa: C901, PLR0912, PLR0915
    """Run over buf[pos:end] up to its end, a telegram's, or where a binary frame may begin; return
    where it stopped.

    `low` is not an argument: viper keeps the first two in registers. The checksum goes by halves,
    `low` and `high`, since that needs no masks.
    """
    s = ptr32(parts[P_VECTOR])
    text = ptr8(parts[P_TEXTS])
    raw = ptr8(parts[P_RAW])
    size = int(len(parts[P_RAW]))
    classes = ptr16(parts[P_CLASSES])
    steps = ptr8(parts[P_STEPS])
    arc_low = ptr8(parts[P_ARC_LOW])
    arc_high = ptr8(parts[P_ARC_HIGH])
    s[S_ENDED] = 0
    while pos < end and not s[S_ENDED]:
        state = s[S_STATE]
        if state == HUNT:
            s[S_LENGTH] = 0
        elif s[S_LENGTH] >= s[S_LIMIT]:
            parts[P_RARE](parts, R_LIMIT, HUNT, 0)
            raw = ptr8(parts[P_RAW])  # it may be another
            size = int(len(parts[P_RAW]))
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
        raw_at = s[S_LENGTH] % size
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
            then = steps[classes[c] | state]
            act = then & _ACTION
            if not act:
                state = then
                decimals += behind
                if value < MAX_VALUE:
                    value = value * 10 + (c & 15)
                    if not value:
                        s[S_ZEROS] += 1
                elif s[S_LOW_DIGITS] < 9:
                    s[S_LOW] = s[S_LOW] * 10 + (c & 15)
                    s[S_LOW_DIGITS] += 1
                else:
                    state = SPOILT  # no register has so many digits
                continue
            if then == START:
                # nearly all of them are the h of a kWh, and the bytes behind it tell
                if pos >= s[S_SEARCH] and (c == FLAG or c == CIPHERED or c == LONG and (
                        end - pos < 3 or buf[pos + 1] == buf[pos + 2]) or c == SEALED and (
                        s[S_LENGTH] + pos - start < s[S_IDENT] + _CLEAR)):
                    break
                # H, ^, { are of the class that it has else
                then = steps[classes[c ^ 32] | state] if c & 0x7F else MOVE + LINE
                act = then & _ACTION
            if act == SEPARATE:
                state = then - SEPARATE
                code = code << 8 | value
                if value > 255:
                    state = ODD
                elif state == CODE_C0:
                    # A-B: B is 0 or, of electricity, 1 too (Kamstrup, Luxembourg); all else is
                    # gas, water, or another meter
                    code = code >> 8 if code == 0 or code == 256 or code == 257 else 2
                elif state == VALUE and code >> 8 & 0xFFFF == _IDS:
                    state = TEXT
                value = s[S_ZEROS] = 0
            elif act == MOVE:
                state = then - MOVE
            elif act == POINT:
                state = FRAC
                behind = 1
            elif act == LETTER:
                state = UNIT
                if unit < _MAX_UNIT:
                    unit = unit << 5 | c & 31
            elif act == APPEND:
                state = then - APPEND
                if letters < MAX_TEXT:
                    text[letters] = c & s[S_MASK]
                letters += 1
            elif act == NEWLINE:
                state = LINE
                then -= NEWLINE
                if then == W_ODD:
                    s[S_ODD] += 1
                elif then:
                    c = S_RECORDS + s[S_LINES] * RECORD
                    s[S_LINES] += 1
                    s[c] = code
                    s[c + S_VALUE] = value
                    s[c + S_LOW] = s[S_LOW]
                    s[c + S_LOW_DIGITS] = s[S_LOW_DIGITS]
                    s[c + S_DECIMALS] = decimals
                    s[c + S_UNIT] = unit
                    s[c + S_TEXT] = letters
                    s[c + S_WORTH] = then
                    s[c + S_ZEROS] = s[S_ZEROS]
                    s[c + S_NEGATIVE] = s[S_NEGATIVE]
                code = value = decimals = behind = unit = 0
                s[S_LOW] = s[S_LOW_DIGITS] = s[S_ZEROS] = s[S_NEGATIVE] = 0
                if letters or s[S_LINES] == RECORDS:
                    letters = 0
                    break  # the next text would take this one's place
            else:
                break
        pos += 1
        if then == START:  # the byte is not ours: back goes the checksum
            pos -= 1
            c = 0
            while arc_high[c] != high:
                c += 1
            low, high = buf[pos] ^ c, low ^ arc_low[c]
            end = pos
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
            pos -= int(turn(parts, then - RARE, state, c))
    return pos


@micropython.viper
def turn(parts, what: int, state: int, c: int) -> int:
    """The rare actions of every telegram, here for speed; actions.py has the others. Returns how
    many bytes are to be read again."""
    s = ptr32(parts[P_VECTOR])
    if what == R_START and state == HUNT:
        ptr8(parts[P_RAW])[0] = c
        s[S_CRC] = int(ptr8(parts[P_ARC_LOW])[c]) | int(ptr8(parts[P_ARC_HIGH])[c]) << 8
        s[S_LENGTH] = 1
        s[S_LIMIT] = int(len(parts[P_RAW]))
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
