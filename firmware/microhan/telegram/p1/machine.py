"""The byte-at-a-time state machine of ASCII telegrams. table.py explains how it works.

Native code on the device, bytecode elsewhere, out of the same source. The machine works on a
vector of small integers and creates no objects. Nothing in the vector reaches 2^30, where the
small integers of a 32-bit MicroPython end (law 1). Nothing negative is stored where native code
reads it again: on x64, loads by ptr32 are not sign-extended.

values.py stores what a line says; actions.py has the actions that few telegrams need.
"""

import micropython
from micropython import const

from .layout import (
    A_BANG,
    A_IDENTIFIED,
    A_LAST_DIGIT,
    A_LIMIT,
    A_START,
    APPEND,
    BAD_CODE,
    BAD_VALUE,
    CALL,
    CIPHERED,
    CODE_C0,
    END,
    FLAG,
    FRAC,
    FRAME_START,
    HUNT,
    IDENT,
    LETTER,
    LINE,
    LONG,
    MAX_TEXT,
    MAX_VALUE,
    MOVE,
    NEWLINE,
    P_ARC_HIGH,
    P_ARC_LOW,
    P_CLASSES,
    P_OTHER_ACTION,
    P_RAW,
    P_STEPS,
    P_TEXTS,
    P_VECTOR,
    POINT,
    RECORD,
    RECORDS,
    S_CODE,
    S_COMPUTED,
    S_CRC,
    S_DECIMALS,
    S_ENDED,
    S_IDENT,
    S_LENGTH,
    S_LIMIT,
    S_LINES,
    S_LOW,
    S_LOW_DIGITS,
    S_MALFORMED,
    S_MASK,
    S_NEGATIVE,
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
    SEPARATOR,
    TEXT,
    UNIT,
    VALUE,
    W_MALFORMED,
)
from .values import begin_telegram, store_lines

_MAX_UNIT = const(1 << 25)  # below it one more letter of five bits still fits into 30 bits
_ACTION = const(0xE0)  # the bits of the action in an entry of STEPS
# An encrypted envelope begins right after the identification. With its first byte, the slash and
# two line ends, so many bytes have come besides the identification.
_CLEAR = const(6)
_IDS = const(0x6001)  # C and D of 96.1.x, whose value is text


@micropython.viper
def scan(pos: int, low: int, end: int, buf: ptr8, parts) -> int:  # noqa: C901, PLR0912, PLR0915
    """Run over buf[pos:end] up to its end, the end of a telegram, or where a binary frame may
    begin. Returns where it stopped.

    `low` is a parameter only because viper keeps the first two parameters in registers; callers
    pass 0. The checksum is computed in two halves, `low` and `high`, since that needs no masks.

    This is one long function, the one exception from the limits of pyproject.toml: a call between
    native functions costs as much as 15 bytes of the loop (docs/performance.md).
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
            parts[P_OTHER_ACTION](parts, A_LIMIT, HUNT, 0)
            raw = ptr8(parts[P_RAW])  # the action may have replaced it
            size = int(len(parts[P_RAW]))
            continue
        low = s[S_CRC] & 255
        high = s[S_CRC] >> 8
        code = s[S_CODE]
        value = s[S_VALUE]
        decimals = s[S_DECIMALS]
        behind = 1 if state == FRAC else 0  # 1 once digits are decimals
        unit = s[S_UNIT]
        letters = s[S_TEXT]
        c = action = then = 0
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
            action = then & _ACTION
            if not action:  # DIGIT
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
                    state = BAD_VALUE  # no register has so many digits
                continue
            if then == FRAME_START:
                # mostly it is the h of a kWh; an M-Bus frame would have its length twice behind it
                if pos >= s[S_SEARCH] and (c == FLAG or c == CIPHERED or c == LONG and (
                        end - pos < 3 or buf[pos + 1] == buf[pos + 2]) or c == SEALED and (
                        s[S_LENGTH] + pos - start < s[S_IDENT] + _CLEAR)):
                    break
                # no frame: h, ~ and DB get the class of H, ^ and FB; NUL is padding
                then = steps[classes[c ^ 32] | state] if c & 0x7F else MOVE + LINE
                action = then & _ACTION
            if action == SEPARATOR:
                state = then - SEPARATOR
                code = code << 8 | value
                if value > 255:
                    state = BAD_CODE
                elif state == CODE_C0:
                    # A-B: B is 0, for electricity also 1 (Kamstrup, Luxembourg); any other is
                    # gas, water, or another meter
                    code = code >> 8 if code == 0 or code == 256 or code == 257 else 2
                elif state == VALUE and code >> 8 & 0xFFFF == _IDS:
                    state = TEXT
                value = s[S_ZEROS] = 0
            elif action == MOVE:
                state = then - MOVE
            elif action == POINT:
                state = FRAC
                behind = 1
            elif action == LETTER:
                state = UNIT
                if unit < _MAX_UNIT:
                    unit = unit << 5 | c & 31
            elif action == APPEND:
                state = then - APPEND
                if letters < MAX_TEXT:
                    text[letters] = c & s[S_MASK]
                letters += 1
            elif action == NEWLINE:
                state = LINE
                then -= NEWLINE
                if then == W_MALFORMED:
                    s[S_MALFORMED] += 1
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
                    break  # so that store_lines() comes before the next text overwrites this
            else:
                break
        pos += 1
        if then == FRAME_START:  # the byte is not the machine's: take it out of the checksum
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
            store_lines(parts)
        if action == CALL:
            pos -= int(act(parts, then - CALL, state, c))
    return pos


@micropython.viper
def act(parts, what: int, state: int, c: int) -> int:
    """Action number `what` on byte `c` in `state`. Those of every telegram are here, for speed;
    actions.py has the others. Returns how many bytes are to be read again.
    """
    s = ptr32(parts[P_VECTOR])
    if what == A_START and state == HUNT:
        ptr8(parts[P_RAW])[0] = c
        s[S_CRC] = int(ptr8(parts[P_ARC_LOW])[c]) | int(ptr8(parts[P_ARC_HIGH])[c]) << 8
        s[S_LENGTH] = 1
        s[S_LIMIT] = int(len(parts[P_RAW]))
        s[S_TEXT] = 0
        s[S_STATE] = IDENT
    elif what == A_IDENTIFIED:
        if s[S_TEXT] and s[S_TEXT] <= MAX_TEXT:
            begin_telegram(parts, 0, s[S_TEXT])
            s[S_STATE] = LINE
        else:
            s[S_SKIPPED] += s[S_LENGTH]
            s[S_STATE] = HUNT
    elif what == A_BANG and state == LINE:
        s[S_COMPUTED] = s[S_CRC]
        s[S_TEXT] = 0  # the checksum's digits are gathered as a text
        s[S_STATE] = END
    elif what == A_LAST_DIGIT:
        # the fourth digit ends the telegram: some meters send no line end after it
        ptr8(parts[P_TEXTS])[3] = c & s[S_MASK]
        s[S_TEXT] = 4
        s[S_ENDED] = 1
        s[S_STATE] = HUNT
    else:
        return int(parts[P_OTHER_ACTION](parts, what, state, c))
    return 0
