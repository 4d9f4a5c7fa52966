"""The actions of the ASCII state machine that few telegrams need: table.py explains the machine.
Loaded when the first of them is due; P1Parser lets go of it after a telegram that needed none.

Each action is given `parts` (layout.P_*), the vector, the state in which the byte came, and the
byte. It sets the next state, and returns how many bytes are to be read again (None: none).
"""

from typing import TYPE_CHECKING

from micropython import const

from ...reading.buffer import copy
from ..crc import arc_of
from .layout import (
    A_BANG,
    A_START,
    AFTER_VALUE,
    BAD_CODE,
    BAD_VALUE,
    CONTINUED,
    END,
    HUNT,
    LAST_IDENT_SLASH,
    LINE,
    MAX_TELEGRAM,
    MAX_TEXT,
    MIN_IDENT,
    MOVE,
    NEWLINE,
    NOISE,
    NOISE_BLANK,
    P_CLASSES,
    P_RAW,
    P_STEPS,
    P_TEXTS,
    P_VECTOR,
    RAW_FIRST,
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
    S_MALFORMED,
    S_MALFORMED_BEFORE,
    S_MASK,
    S_METAS,
    S_NEGATIVE,
    S_NOISE,
    S_NOISE_TO,
    S_RECORDS,
    S_RESTARTED,
    S_SKIPPED,
    S_SLASH_AT,
    S_SLASH_CRC,
    S_SLASH_TEXT,
    S_STATE,
    S_TEXT,
    S_TOO_LONG,
    S_WORTH,
    SIGN,
    SLASH,
    SLASH_TEXT,
    T_IDENT,
    T_SLASH,
    TEXT,
    W_MALFORMED,
    W_NO_VALUE,
    W_NONE,
)
from .machine import act
from .values import begin_telegram, set_headless, store_lines

if TYPE_CHECKING:
    from typing import Any

_RAW_STEP = const(256)
_HEAD = const(5)  # length of /XXX5, the part that may be misheard
_CR = const(13)
_LF = const(10)
_CLOSE = const(41)
# The state in which a line goes on, by how much of it was understood (W_*).
_STATE_OF_WORTH = bytes((CONTINUED, BAD_CODE, BAD_VALUE, AFTER_VALUE))


def other_action(parts: "list[Any]", what: int, state: int, c: int) -> int:
    """Action number `what` on byte `c` in `state`."""
    s = parts[P_VECTOR]
    if SLASH <= state < END:
        s[S_SLASH_CRC] = arc_of(c, s[S_SLASH_CRC])
    c &= s[S_MASK]
    return _ACTIONS[what](parts, s, state, c) or 0


def _noise_among(parts, length):
    """How many of the `length` bytes under way are noise if they are no telegram: all but line
    ends and padding.
    """
    s = parts[P_VECTOR]
    raw = parts[P_RAW]
    count = s[S_NOISE]
    for i in range(s[S_NOISE_TO], length):
        if parts[P_STEPS][parts[P_CLASSES][raw[i % len(raw)]] | HUNT] != MOVE + HUNT:
            count += 1
    return count


def _discard(parts, length):
    """What began without a slash was noise: `length` bytes of it."""
    s = parts[P_VECTOR]
    s[S_SKIPPED] += _noise_among(parts, length)
    s[S_MALFORMED] = s[S_MALFORMED_BEFORE]
    set_headless(s, 0)
    s[S_STATE] = HUNT


def _noise(parts, s, state, c):
    """A byte outside any telegram: noise, or a misheard slash."""
    raw = parts[P_RAW]
    raw[0] = raw[(s[S_LENGTH] - 1) % len(raw)]
    s[S_CRC] = arc_of(raw[0])
    s[S_LENGTH] = 1
    _begin_noise(parts, s)


def _begin_noise(parts, s):
    s[S_TEXT] = 0
    set_headless(s, len(parts[P_RAW]))
    s[S_STATE] = NOISE


def _no_ident(parts, s, state, c):
    """No identification has this byte: all since the slash is noise, or misheard."""
    if s[S_LENGTH] < MAX_TEXT:
        _begin_noise(parts, s)
    else:
        s[S_SKIPPED] += s[S_LENGTH]
        s[S_STATE] = HUNT


def _noise_newline(parts, s, state, c):
    """A line of noise is over. If an empty line follows, it may have been an identification."""
    raw = parts[P_RAW]
    n = s[S_LENGTH] - 1
    while n and (raw[n - 1] == _CR or not raw[n - 1]):
        n -= 1
    if _HEAD <= n <= MAX_TEXT:
        s[S_HEAD] = n
        s[S_STATE] = NOISE_BLANK
    else:
        _discard(parts, s[S_LENGTH])


def _headless(parts, s, state, c):
    """The empty line follows: go on as in a telegram. It is one if a known head makes its checksum
    right (repair.py). Until that is known, the identification of the last telegram is kept.
    """
    for i in range(s[S_HEAD]):
        parts[P_TEXTS][T_SLASH + i] = parts[P_RAW][i]
    begin_telegram(parts, T_IDENT, s[S_IDENT])
    s[S_IDENTIFIED] -= 1
    s[S_STATE] = LINE


def _noise_goes_on(parts, s, state, c):
    """No empty line follows: the line was noise. The byte itself begins something else."""
    _discard(parts, s[S_LENGTH] - 1)
    return 1


def _discard_all(parts, s, state, c):
    _discard(parts, s[S_LENGTH])


def _count_noise(parts, s, state, c):
    return _noise_among(parts, s[S_LENGTH])


def _start(parts, s, state, c):
    """A slash that may begin a telegram, though something else is under way."""
    raw = parts[P_RAW]
    slash = raw[(s[S_LENGTH] - 1) % len(raw)]  # with its parity bit, if it has one
    if s[S_HEADLESS]:
        _discard(parts, s[S_LENGTH] - 1)
    elif state == LINE:
        s[S_RESTARTED] += 1
    elif MIN_IDENT <= s[S_TEXT] <= LAST_IDENT_SLASH and s[S_LENGTH] == s[S_TEXT] + 2:
        # Holley's /HLY5/D545-METER, or an identification that broke off: the checksum will tell
        parts[P_TEXTS][s[S_TEXT]] = c
        s[S_TEXT] += 1
        return
    else:
        s[S_SKIPPED] += s[S_LENGTH] - 1
    act(parts, A_START, HUNT, slash)


def _limit(parts, s, state, c):
    """The telegram fills the buffer of raw bytes, or is too long; or what may be noise does."""
    length = s[S_LENGTH]
    if s[S_STATE] >= NOISE or length >= MAX_TELEGRAM:
        if s[S_HEADLESS]:
            _discard(parts, length)
        else:
            s[S_TOO_LONG] += 1
            s[S_STATE] = HUNT
            _shrink(parts)
        return
    if s[S_HEADLESS]:
        s[S_NOISE] = _noise_among(parts, length)
        s[S_NOISE_TO] = length
        s[S_LIMIT] = length + len(parts[P_RAW])
    else:
        s[S_LIMIT] = MAX_TELEGRAM
    if length == len(parts[P_RAW]) < MAX_TELEGRAM and s[S_STATE] >= LINE and _holds_line(s):
        _grow(parts, s)


def _grow(parts, s):
    """Make the buffer of raw bytes larger, if there is memory, so that it holds the telegram."""
    raw = parts[P_RAW]
    size = len(raw)
    larger = min(size + _RAW_STEP, MAX_TELEGRAM)
    try:
        parts[P_RAW] = bytearray(larger)
    except MemoryError:
        return  # the buffer stays a ring that the telegram overwrites
    copy(parts[P_RAW], 0, raw, 0, size)
    s[S_LIMIT] = larger


def _shrink(parts):
    """Give back what the buffer of raw bytes has grown by: the telegram was none of a meter's."""
    try:
        parts[P_RAW] = bytearray(RAW_FIRST)
    except MemoryError:
        pass  # the buffer stays as it is


def _slash(parts, s, state, c):
    """A slash in mid-line: perhaps a telegram begins. The rest of the line will tell."""
    if s[S_HEADLESS]:
        _start(parts, s, state, c)
        return
    if SLASH <= state < END and MIN_IDENT <= s[S_SLASH_TEXT] <= LAST_IDENT_SLASH and (
            s[S_LENGTH] - s[S_SLASH_AT] == s[S_SLASH_TEXT] + 2):
        # a second slash, within that identification: as in _start()
        _slash_char(parts, s, state, c)
        return
    if state == TEXT or state == SLASH_TEXT:
        _append(parts, s, c)
        s[S_STATE] = SLASH_TEXT
    else:
        s[S_WORTH] = _worth(parts, s, state)
        s[S_STATE] = SLASH
    s[S_SLASH_AT] = s[S_LENGTH] - 1
    s[S_SLASH_CRC] = arc_of(parts[P_RAW][s[S_SLASH_AT] % len(parts[P_RAW])])
    s[S_SLASH_TEXT] = 0


def _append(parts, s, c):
    """A character of a text; beyond the limit it only counts, so that the text is too long."""
    if s[S_TEXT] < MAX_TEXT:
        parts[P_TEXTS][s[S_TEXT]] = c
    s[S_TEXT] += 1


def _slash_char(parts, s, state, c):
    """A character after a slash in mid-line: of an identification, or of the value's text."""
    if c == _CR or not c:
        return
    if state == SLASH_TEXT:
        _append(parts, s, c)
    if s[S_SLASH_TEXT] < MAX_TEXT:
        parts[P_TEXTS][T_SLASH + s[S_SLASH_TEXT]] = c
    s[S_SLASH_TEXT] += 1


def _slash_undo(parts, s, state, c):
    """The slash in mid-line began no telegram: the line goes on."""
    if state == SLASH_TEXT and c == _CLOSE:
        s[S_STATE] = AFTER_VALUE
    else:
        s[S_STATE] = _STATE_OF_WORTH[_worth(parts, s, state)]


def _slash_newline(parts, s, state, c):
    """The end of a line with a slash in it. If all since the slash may be an identification, it is
    one.
    """
    if MIN_IDENT <= s[S_SLASH_TEXT] <= MAX_TEXT:
        _restart_at_slash(s, parts[P_RAW])
        begin_telegram(parts, T_SLASH, s[S_SLASH_TEXT])
    else:
        _end_line(parts, s, state)
    s[S_STATE] = LINE


def _restart_at_slash(s, raw):
    """The telegram that began at the slash in mid-line is now the one under way."""
    s[S_RESTARTED] += 1
    s[S_CRC] = s[S_SLASH_CRC]
    at = s[S_SLASH_AT]
    source = raw if s[S_LENGTH] <= len(raw) else bytes(raw)  # the ring was overwritten: rare
    s[S_LENGTH] -= at
    s[S_LIMIT] = len(raw)
    for i in range(min(s[S_LENGTH], len(raw))):
        raw[i] = source[(at + i) % len(raw)]


def _end_line(parts, s, state):
    """End the line under way here, in its middle: what scan() does at a line end."""
    worth = _worth(parts, s, state)
    if worth == W_MALFORMED:
        s[S_MALFORMED] += 1
    else:
        s[S_WORTH] = worth
        for slot in range(S_STATE):
            s[S_RECORDS + slot] = s[slot]
        s[S_LINES] = 1
        store_lines(parts)
    for slot in range(S_STATE):
        s[slot] = 0


def _worth(parts, s, state):
    """How much of the line was understood if it ends in this state: W_*."""
    if state == SLASH:
        return s[S_WORTH]
    if state == SLASH_TEXT:
        return W_NO_VALUE
    if state <= CONTINUED:
        return W_NONE
    return parts[P_STEPS][parts[P_CLASSES][_LF] | state] - NEWLINE


def _minus(parts, s, state, c):
    s[S_NEGATIVE] = 1
    s[S_STATE] = SIGN


def _bang(parts, s, state, c):
    """`!` in mid-line ends the line, and with it the telegram."""
    _end_line(parts, s, state)
    act(parts, A_BANG, LINE, c)


def _fewer_digits(parts, s, state, c):
    """The checksum ends after fewer than four digits. The byte belongs to what comes next."""
    s[S_ENDED] = 1
    s[S_LENGTH] -= 1
    s[S_STATE] = HUNT
    return 1


def _block(parts, s, state, c):
    """A line that is only `(`: the lines up to the one with `)` hold values stored earlier."""
    s[S_BLOCK] = 1
    s[S_STATE] = LINE


def _block_end(parts, s, state, c):
    s[S_STATE] = CONTINUED if s[S_BLOCK] else BAD_CODE
    s[S_BLOCK] = 0


def _holds_line(s):
    """Whether any line had a code. Noise rarely has, and deserves no memory."""
    for slot in range(S_METAS, S_BLOCK):
        if s[slot]:
            return True
    return False


# In the order of their numbers (A_*). machine.act() has A_IDENTIFIED and A_LAST_DIGIT, A_START in
# HUNT, and A_BANG at the start of a line.
_ACTIONS: "tuple[Any, ...]" = (
    _noise, _start, _no_ident, None, _slash, _minus, _bang, None, _fewer_digits, _slash_char,
    _slash_undo, _slash_newline, _block, _block_end, _noise_newline, _headless, _noise_goes_on,
    _limit, _discard_all, _count_noise)
