"""What the ASCII state machine does once or a few times a telegram.

Each action gets what scan() works with, its vector, the state in which the byte came, and the
byte. It sets the next state and returns how many bytes are to be read again (None: none).
"""

from micropython import const

from .crc import arc_of
from .p1_judge import begin, judge
from .p1_scan import turn
from .p1_slots import (
    DONE,
    END,
    HUNT,
    IDENT,
    LINE,
    MAX_TELEGRAM,
    MAX_TEXT,
    NEWLINE,
    ODD,
    P_CLASSES,
    P_RAW,
    P_STEPS,
    P_TEXTS,
    P_VECTOR,
    R_BANG,
    REST,
    S_BLOCK,
    S_CRC,
    S_ENDED,
    S_LENGTH,
    S_LINES,
    S_MASK,
    S_METAS,
    S_NEGATIVE,
    S_ODD,
    S_RECORDS,
    S_RESTARTED,
    S_ROOM,
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
    SPOILT,
    T_ASIDE,
    TEXT,
    W_BAD,
    W_NONE,
    W_ODD,
)

_RAW_MOST = const(4096)  # raw bytes that are kept: no known telegram is longer
_RAW_STEP = const(512)
_MIN_IDENT = const(4)  # a slash in mid-line begins a telegram only if at least XXX5 follows
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


def awaits_checksum(s):
    """True after `!`: the telegram is over, only digits of its checksum may follow."""
    return s[S_STATE] >= END


def leave(s):
    """Break off what is under way, as if its bytes had been noise or its end never came."""
    if s[S_STATE] >= LINE:
        s[S_RESTARTED] += 1
    elif s[S_STATE] == IDENT:
        s[S_SKIPPED] += s[S_LENGTH]
    s[S_STATE] = HUNT


def _skip(parts, s, state, c):
    """Noise outside any telegram."""
    s[S_SKIPPED] += 1


def _lost(parts, s, state, c):
    """An identification that turns out to be none: noise."""
    s[S_SKIPPED] += s[S_LENGTH]
    s[S_STATE] = HUNT


def _aside(parts, s, state, c):
    """A slash in mid-line: a telegram may begin. The rest of the line will tell."""
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
    if _MIN_IDENT <= s[S_SPARE] <= MAX_TEXT:
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
    s[S_ROOM] = len(raw)
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


def _full(parts, s, state, c):
    """The telegram is as long as there is room for: more room, or round and round, or enough."""
    raw = parts[P_RAW]
    size = len(raw)
    if s[S_LENGTH] >= MAX_TELEGRAM:
        s[S_TOO_LONG] += 1
        s[S_STATE] = HUNT
        return
    s[S_ROOM] = MAX_TELEGRAM
    if size < _RAW_MOST and s[S_STATE] >= LINE and _holds_line(s):
        try:
            parts[P_RAW] = bytearray(size + _RAW_STEP)
        except MemoryError:
            return
        parts[P_RAW][:size] = raw
        s[S_ROOM] = size + _RAW_STEP


def _holds_line(s):
    """Whether any line had a code; noise rarely has, and is worth no memory."""
    for slot in range(S_METAS, S_BLOCK):
        if s[slot]:
            return True
    return False


# In the order of their numbers; turn() has START, IDENTIFIED and FOURTH.
_ACTIONS = (_skip, None, _lost, None, _aside, _minus, _bang, None, _finish, _both, _back, _newline,
            _block, _block_end, _full)
