"""What the ASCII state machine does seldom. Loaded when it is needed, and let go of after a
telegram that did not need it.

Each action gets what scan() works with, its vector, the state in which the byte came, and the
byte. It sets the next state and returns how many bytes are to be read again (None: none).
"""

from micropython import const

from ...reading.buffer import copy
from ..crc import arc_of
from .layout import (
    BLANK,
    DONE,
    END,
    GUESS,
    HUNT,
    LINE,
    MAX_RAW,
    MAX_TELEGRAM,
    MAX_TEXT,
    MIN_IDENT,
    MOVE,
    NEWLINE,
    ODD,
    P_CLASSES,
    P_RAW,
    P_STEPS,
    P_TEXTS,
    P_VECTOR,
    R_BANG,
    R_START,
    REST,
    S_BLOCK,
    S_CRC,
    S_ENDED,
    S_HEAD,
    S_HEADLESS,
    S_IDENT,
    S_IDENTIFIED,
    S_LENGTH,
    S_LIMIT,
    S_LINES,
    S_MASK,
    S_METAS,
    S_NEGATIVE,
    S_NOISE,
    S_NOISE_TO,
    S_ODD,
    S_ODD_BEFORE,
    S_RECORDS,
    S_RESTARTED,
    S_SKIPPED,
    S_SLASH_AT,
    S_SLASH_CRC,
    S_SPARE,
    S_STATE,
    S_TEXT,
    S_TOO_LONG,
    S_WORTH,
    SIGN,
    SLASH,
    SLASH_TEXT,
    SLASHED,
    SPOILT,
    T_ASIDE,
    T_IDENT,
    TEXT,
    W_BAD,
    W_NONE,
    W_ODD,
)
from .machine import turn
from .values import begin, behead, judge

_RAW_STEP = const(256)
_HEAD = const(5)  # /XXX5: what may be misheard
_CR = const(13)
_LF = const(10)
_CLOSE = const(41)
_BACK = bytes((REST, ODD, SPOILT, DONE))  # where a line goes on, by what it was worth


def rare(parts, what, state, c):
    """Rare action number `what` on byte `c` in `state`."""
    s = parts[P_VECTOR]
    if SLASH <= state < END:
        s[S_SLASH_CRC] = arc_of(c, s[S_SLASH_CRC])
    c &= s[S_MASK]
    return _ACTIONS[what](parts, s, state, c) or 0


def _noise(parts, length):
    """How many of the `length` bytes under way are noise if they are no telegram: line ends and
    padding are none.
    """
    s = parts[P_VECTOR]
    raw = parts[P_RAW]
    count = s[S_NOISE]
    for i in range(s[S_NOISE_TO], length):
        if parts[P_STEPS][parts[P_CLASSES][raw[i % len(raw)]] | HUNT] != MOVE + HUNT:
            count += 1
    return count


def _drop(parts, length):
    """What began without a slash was noise, all `length` bytes of it."""
    s = parts[P_VECTOR]
    s[S_SKIPPED] += _noise(parts, length)
    s[S_ODD] = s[S_ODD_BEFORE]
    behead(s, 0)
    s[S_STATE] = HUNT


def _guess(parts, s, state, c):
    """Noise outside any telegram; or a misheard slash."""
    raw = parts[P_RAW]
    raw[0] = raw[(s[S_LENGTH] - 1) % len(raw)]
    s[S_CRC] = arc_of(raw[0])
    s[S_LENGTH] = 1
    _unsure(parts, s)


def _unsure(parts, s):
    s[S_TEXT] = 0
    behead(s, len(parts[P_RAW]))
    s[S_STATE] = GUESS


def _lost(parts, s, state, c):
    """An identification that turns out to be none: noise, or misheard behind the slash."""
    if s[S_LENGTH] < MAX_TEXT:
        _unsure(parts, s)
    else:
        s[S_SKIPPED] += s[S_LENGTH]
        s[S_STATE] = HUNT


def _head(parts, s, state, c):
    """A line of noise is over: with an empty line behind, it may have been an identification."""
    raw = parts[P_RAW]
    n = s[S_LENGTH] - 1
    while n and (raw[n - 1] == _CR or not raw[n - 1]):
        n -= 1
    if _HEAD <= n <= MAX_TEXT:
        s[S_HEAD] = n
        s[S_STATE] = BLANK
    else:
        _drop(parts, s[S_LENGTH])


def _blank(parts, s, state, c):
    """Noise that looks like a telegram from here on. It is one if a known head makes its checksum
    right (issue 9); until then the one before keeps its name.
    """
    for i in range(s[S_HEAD]):
        parts[P_TEXTS][T_ASIDE + i] = parts[P_RAW][i]
    begin(parts, T_IDENT, s[S_IDENT])
    s[S_IDENTIFIED] -= 1
    s[S_STATE] = LINE


def _unheard(parts, s, state, c):
    """It was noise. The byte itself begins something else."""
    _drop(parts, s[S_LENGTH] - 1)
    return 1


def _lose(parts, s, state, c):
    _drop(parts, s[S_LENGTH])


def _count(parts, s, state, c):
    return _noise(parts, s[S_LENGTH])


def _start(parts, s, state, c):
    """A slash where a telegram may begin, though something else is under way."""
    raw = parts[P_RAW]
    slash = raw[(s[S_LENGTH] - 1) % len(raw)]  # with its parity bit, if it has one
    if s[S_HEADLESS]:
        _drop(parts, s[S_LENGTH] - 1)
    elif state == LINE:
        s[S_RESTARTED] += 1
    elif MIN_IDENT <= s[S_TEXT] <= SLASHED and s[S_LENGTH] == s[S_TEXT] + 2:
        # Holley's /HLY5/D545-METER; or one that broke off here: the checksum will tell
        parts[P_TEXTS][s[S_TEXT]] = c
        s[S_TEXT] += 1
        return
    else:
        s[S_SKIPPED] += s[S_LENGTH] - 1
    turn(parts, R_START, HUNT, slash)


def _limit(parts, s, state, c):
    """The telegram is too long; or it fills the buffer; or what may be noise does."""
    length = s[S_LENGTH]
    if s[S_STATE] >= GUESS or length >= MAX_TELEGRAM:
        if s[S_HEADLESS]:
            _drop(parts, length)
        else:
            s[S_TOO_LONG] += 1
            s[S_STATE] = HUNT
        return
    if s[S_HEADLESS]:
        s[S_NOISE] = _noise(parts, length)
        s[S_NOISE_TO] = length
        s[S_LIMIT] = length + len(parts[P_RAW])
    else:
        s[S_LIMIT] = MAX_TELEGRAM
    if length == len(parts[P_RAW]) < MAX_RAW and s[S_STATE] >= LINE and _holds_line(s):
        _grow(parts, s)


def _grow(parts, s):
    """Keep the telegram under way whole: its raw bytes get more room, if there is any."""
    raw = parts[P_RAW]
    size = len(raw)
    try:
        parts[P_RAW] = bytearray(size + _RAW_STEP)
    except MemoryError:
        return  # they go round and round
    copy(parts[P_RAW], 0, raw, 0, size)
    s[S_LIMIT] = size + _RAW_STEP


def _aside(parts, s, state, c):
    """A slash in mid-line: a telegram may begin. The rest of the line will tell."""
    if s[S_HEADLESS]:
        _start(parts, s, state, c)
        return
    if SLASH <= state < END and MIN_IDENT <= s[S_SPARE] <= SLASHED and (
            s[S_LENGTH] - s[S_SLASH_AT] == s[S_SPARE] + 2):
        # in its identification: _start() has the same for one at a line's start
        _both(parts, s, state, c)
        return
    if state == TEXT or state == SLASH_TEXT:
        _append(parts, s, c)
        s[S_STATE] = SLASH_TEXT
    else:
        s[S_WORTH] = _worth(parts, s, state)
        s[S_STATE] = SLASH
    s[S_SLASH_AT] = s[S_LENGTH] - 1
    s[S_SLASH_CRC] = arc_of(parts[P_RAW][s[S_SLASH_AT] % len(parts[P_RAW])])
    s[S_SPARE] = 0


def _append(parts, s, c):
    """A character of a text; past the limit only counted, so that it is seen to be too long."""
    if s[S_TEXT] < MAX_TEXT:
        parts[P_TEXTS][s[S_TEXT]] = c
    s[S_TEXT] += 1


def _both(parts, s, state, c):
    """A character behind a slash in mid-line: of an identification, or of the text."""
    if c == _CR or not c:
        return
    if state == SLASH_TEXT:
        _append(parts, s, c)
    if s[S_SPARE] < MAX_TEXT:
        parts[P_TEXTS][T_ASIDE + s[S_SPARE]] = c
    s[S_SPARE] += 1


def _back(parts, s, state, c):
    """The slash in mid-line was none of a telegram."""
    s[S_STATE] = DONE if state == SLASH_TEXT and c == _CLOSE else _BACK[_worth(parts, s, state)]


def _newline(parts, s, state, c):
    """The end of a line with a slash in it: the identification of a telegram?"""
    if MIN_IDENT <= s[S_SPARE] <= MAX_TEXT:
        _restart(s, parts[P_RAW])
        begin(parts, T_ASIDE, s[S_SPARE])
    else:
        _line(parts, s, state)
    s[S_STATE] = LINE


def _restart(s, raw):
    """The telegram that began with a slash in mid-line is the one under way."""
    s[S_RESTARTED] += 1
    s[S_CRC] = s[S_SLASH_CRC]
    at = s[S_SLASH_AT]
    source = raw if s[S_LENGTH] <= len(raw) else bytes(raw)  # it went round: hardly ever
    s[S_LENGTH] -= at
    s[S_LIMIT] = len(raw)
    for i in range(min(s[S_LENGTH], len(raw))):
        raw[i] = source[(at + i) % len(raw)]


def _line(parts, s, state):
    """The line under way ends here, in its middle: as scan() has it for a line end."""
    worth = _worth(parts, s, state)
    if worth == W_ODD:
        s[S_ODD] += 1
    else:
        s[S_WORTH] = worth
        for slot in range(S_STATE):
            s[S_RECORDS + slot] = s[slot]
        s[S_LINES] = 1
        judge(parts)
    for slot in range(S_STATE):
        s[slot] = 0


def _worth(parts, s, state):
    """What the line is worth if it breaks off in this state."""
    if state == SLASH:
        return s[S_WORTH]
    if state == SLASH_TEXT:
        return W_BAD
    if state <= REST:
        return W_NONE
    return parts[P_STEPS][parts[P_CLASSES][_LF] | state] - NEWLINE


def _minus(parts, s, state, c):
    s[S_NEGATIVE] = 1
    s[S_STATE] = SIGN


def _bang(parts, s, state, c):
    """`!` in mid-line: the line is over, and with it the telegram."""
    _line(parts, s, state)
    turn(parts, R_BANG, LINE, c)


def _finish(parts, s, state, c):
    """A byte behind a checksum of fewer digits: it belongs to what comes next."""
    s[S_ENDED] = 1
    s[S_LENGTH] -= 1
    s[S_STATE] = HUNT
    return 1


def _block(parts, s, state, c):
    """A line of a parenthesis alone: the lines up to the closing one are not of now."""
    s[S_BLOCK] = 1
    s[S_STATE] = LINE


def _block_end(parts, s, state, c):
    s[S_STATE] = REST if s[S_BLOCK] else ODD
    s[S_BLOCK] = 0


def _holds_line(s):
    """Whether any line had a code; noise rarely has, and is worth no memory."""
    for slot in range(S_METAS, S_BLOCK):
        if s[slot]:
            return True
    return False


# In the order of their numbers; turn() has IDENTIFIED and FOURTH, and START where nothing else is
# under way.
_ACTIONS = (_guess, _start, _lost, None, _aside, _minus, _bang, None, _finish, _both, _back,
            _newline, _block, _block_end, _head, _blank, _unheard, _limit, _lose, _count)
