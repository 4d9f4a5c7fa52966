"""The byte-at-a-time state machine of ASCII telegrams (IEC 62056-21 mode D, DSMR P1).

`scan` runs over bytes with a vector of small integers: no objects, nothing above 2^30, so that
the same source can become native code. What happens once a telegram is in p1.py.
"""

from array import array

from micropython import const

from .crc import ARC
from .p1_table import (
    CLASS,
    CODE,
    CODE_DIGIT,
    DIGIT,
    END,
    HUNT,
    IDENT,
    LETTER,
    LINE,
    RARE,
    REST,
    SLASH,
    STAR,
    TABLE,
    TEXT,
    VALUE,
)

# Slots of the state vector.
S_STATE = const(0)
S_CRC = const(1)  # over the telegram as received
S_LENGTH = const(2)  # bytes of the telegram so far
S_LINE = const(3)  # what the line holds so far: LINE_* below
S_GROUPS = const(4)  # separators seen in the OBIS code
S_CHANNEL = const(5)  # A << 8 | B
S_CODE = const(6)  # C << 16 | D << 8 | E
S_GROUP = const(7)  # the code's number under way
S_HIGH = const(8)  # first nine significant digits of the value
S_LOW = const(9)  # the next nine
S_DIGITS = const(10)  # significant digits so far
S_DECIMALS = const(11)  # digits after the point
S_NEGATIVE = const(12)
S_UNIT = const(13)  # letters folded to 5 bits each, see obis.pack_unit
S_TEXT = const(14)  # length of the text gathered
S_SPARE = const(15)  # length of the text gathered since a slash in mid-line
S_SLASH_CRC = const(16)  # checksum since that slash
S_SLASH_AT = const(17)  # where in the telegram it stood
S_SENT_CRC = const(18)
S_SENT_DIGITS = const(19)
S_SKIPPED = const(20)  # counter: bytes outside any telegram
S_RESTARTED = const(21)  # counter: telegrams cut off by the next one
S_MASK = const(22)  # 0xFF, or 0x7F where bit 7 may be parity
S_EVENT = const(23)  # what scan() stopped for
S_UNREAD = const(24)  # 1 when the event's last byte belongs to what comes next
S_ZEROS = const(25)  # leading zeros of the value
S_SLOTS = const(26)

# What a line turned out to be.
LINE_NONE = const(0)  # blank, or the continuation of another
LINE_VALUE = const(1)
LINE_BAD = const(2)  # a code, but no readable value
LINE_ODD = const(3)  # not even a code

EVENT_NONE = const(0)
EVENT_START = const(1)  # identification complete: the first S_TEXT bytes of `text`
EVENT_RESTART = const(2)  # the same after a slash in mid-line: S_SPARE bytes from MAX_TEXT on
EVENT_LINE = const(3)
EVENT_END = const(4)  # checksum read
EVENT_TOO_LONG = const(5)

MAX_TELEGRAM = const(16384)  # the longest known (Lithuania, text messages) stay under 4 kB
MAX_TEXT = const(128)  # an identification or a meter number; the longest known have 34
_MIN_IDENT = const(4)  # a slash in mid-line begins a telegram only if at least XXX5 follows
_MAX_UNIT = const(1 << 25)
_DASH = const(45)
_DOT = const(46)
_COLON = const(58)
_ID_GROUP = const(96 << 8 | 1)  # 96.1.x: the value is text


def new_state():
    """A fresh state vector."""
    s = array("i", bytes(4 * S_SLOTS))
    s[S_MASK] = 0xFF
    return s


def forget_line(s):
    """Make the vector ready for a line's first byte."""
    s[S_LINE] = s[S_GROUPS] = s[S_CHANNEL] = s[S_CODE] = s[S_GROUP] = 0
    s[S_HIGH] = s[S_LOW] = s[S_DIGITS] = s[S_DECIMALS] = 0
    s[S_NEGATIVE] = s[S_UNIT] = s[S_TEXT] = s[S_ZEROS] = 0


def awaits_checksum(s):
    """True after `!`: the telegram is over, only digits of its checksum may follow."""
    return s[S_STATE] == END


def leave(s):
    """Break off what is under way, as if its bytes had been noise or its end never came."""
    if s[S_STATE] >= LINE:
        s[S_RESTARTED] += 1
        s[S_LENGTH] = 0
    _drop(s)
    s[S_STATE] = HUNT


def scan(buf, pos, end, s, raw, text):
    """Run over buf[pos:end] until the end or an event (s[S_EVENT]); return where it stopped.
    `raw` receives the telegram's bytes as far as they fit, `text` (2 * MAX_TEXT) its texts."""
    state = s[S_STATE]
    crc = s[S_CRC]
    length = s[S_LENGTH]
    s[S_EVENT] = EVENT_NONE
    while pos < end and not s[S_EVENT]:
        c = buf[pos]
        pos += 1
        move = TABLE[state << 4 | CLASS[c & s[S_MASK]]]
        if not move:  # a line end between telegrams
            continue
        if length < len(raw):
            raw[length] = c
        length += 1
        if state != END:
            crc = (crc >> 8) ^ ARC[(crc ^ c) & 0xFF]
        act = move >> 4
        if act >= RARE or state >= SLASH or length > MAX_TELEGRAM:
            s[S_CRC] = crc
            s[S_LENGTH] = length
            state = _rare(s, act, state, move & 15, c, text)
            crc = s[S_CRC]
            length = s[S_LENGTH]
            pos -= s[S_UNREAD]
            continue
        state = move & 15
        if act == CODE_DIGIT:
            if s[S_GROUP] < 256:
                s[S_GROUP] = s[S_GROUP] * 10 + (c & 15)
        elif act == LETTER:
            if s[S_UNIT] < _MAX_UNIT:
                s[S_UNIT] = s[S_UNIT] << 5 | c & 31
        elif act:
            s[S_DECIMALS] += act - DIGIT
            n = s[S_DIGITS]
            if not n and not c & 15:
                s[S_ZEROS] += 1
            elif n < 18:
                s[S_DIGITS] = n + 1
                n = S_HIGH if n < 9 else S_LOW
                s[n] = s[n] * 10 + (c & 15)
            else:
                s[S_LINE] = LINE_BAD  # no register has so many digits
    s[S_STATE] = state
    s[S_CRC] = crc
    s[S_LENGTH] = length
    return pos


def _rare(s, act, state, then, c, text):
    """All that happens a few times a line. Returns the next state."""
    s[S_UNREAD] = 0
    if state >= SLASH:
        crc = s[S_SLASH_CRC]
        s[S_SLASH_CRC] = (crc >> 8) ^ ARC[(crc ^ c) & 0xFF]
    if s[S_LENGTH] > MAX_TELEGRAM:
        s[S_EVENT] = EVENT_TOO_LONG
        s[S_LENGTH] = 0
        return HUNT
    if act >= RARE:
        return _ACTIONS[act - RARE](s, state, then, c, text)
    return then


def _append(s, state, then, c, text):
    """A character of a text; past the limit only counted, so that it is seen to be too long."""
    c &= s[S_MASK]
    if state != SLASH:
        if s[S_TEXT] < MAX_TEXT:
            text[s[S_TEXT]] = c
        s[S_TEXT] += 1
    if state >= SLASH:
        if s[S_SPARE] < MAX_TEXT:
            text[MAX_TEXT + s[S_SPARE]] = c
        s[S_SPARE] += 1
    return then


def _separate(s, state, then, c, text):
    """A separator of the OBIS code: `A-B:C.D.E`, `A-B.C.D.E` or `A-B:C.D.E.255`."""
    c &= s[S_MASK]
    group = s[S_GROUP]
    groups = s[S_GROUPS]
    if groups == 4 and c == _DOT:
        return STAR
    s[S_GROUP] = 0
    s[S_GROUPS] = groups + 1
    if group > 255 or groups > 3 or (c == _DASH) != (groups == 0) or c == _COLON and groups != 1:
        return _bad(s, state, REST, c, text)
    slot = S_CHANNEL if groups < 2 else S_CODE
    s[slot] = s[slot] << 8 | group
    return then


def _open(s, state, then, c, text):
    """The parenthesis after the code: is the code whole, and is its value a text?"""
    if s[S_GROUPS] != 4 or s[S_GROUP] > 255:
        return _bad(s, CODE, REST, c, text)
    code = s[S_CODE] << 8 | s[S_GROUP]
    s[S_CODE] = code
    return TEXT if code >> 8 == _ID_GROUP else then


def _close(s, state, then, c, text):
    if s[S_LINE] == LINE_NONE:
        s[S_LINE] = LINE_VALUE
    return then


def _minus(s, state, then, c, text):
    s[S_NEGATIVE] = 1
    return then


def _bad(s, state, then, c, text):
    """A byte that does not belong here. Outside a telegram it is skipped and counted."""
    if state == HUNT:
        _drop(s)
    else:
        _spoil(s, state)
    return then


def _drop(s):
    """Count the bytes gathered as skipped."""
    s[S_SKIPPED] += s[S_LENGTH]
    s[S_LENGTH] = 0


def _spoil(s, state):
    """The line breaks off, or off the grammar, in `state`: what is it worth?"""
    if state < VALUE:
        s[S_LINE] = LINE_ODD
    elif state != REST and state != SLASH:
        s[S_LINE] = LINE_BAD


def _start(s, state, then, c, text):
    """A slash: a telegram begins. In mid-line it only may: the rest of the line will tell."""
    if then != IDENT:
        if then == SLASH:
            _spoil(s, state)
        else:
            _append(s, TEXT, then, c, text)
        s[S_SLASH_AT] = s[S_LENGTH] - 1
        s[S_SLASH_CRC] = ARC[c]
        s[S_SPARE] = 0
        return then
    if state == LINE:
        s[S_RESTARTED] += 1
    else:
        s[S_SKIPPED] += s[S_LENGTH] - 1
    s[S_CRC] = ARC[c]
    s[S_LENGTH] = 1  # raw[0] holds a slash already
    s[S_TEXT] = 0
    return then


def _newline(s, state, then, c, text):
    if state == IDENT:
        if 0 < s[S_TEXT] <= MAX_TEXT:
            s[S_EVENT] = EVENT_START
            return then
        _drop(s)
        return HUNT
    if state >= SLASH and _MIN_IDENT <= s[S_SPARE] <= MAX_TEXT:
        s[S_EVENT] = EVENT_RESTART
        s[S_RESTARTED] += 1
        s[S_CRC] = s[S_SLASH_CRC]
        return then
    _spoil(s, state)
    s[S_EVENT] = EVENT_LINE
    return then


def _bang(s, state, then, c, text):
    """`!`: the telegram is over, and with it a line that it may stand in."""
    if state != LINE:
        _spoil(s, state)
        s[S_EVENT] = EVENT_LINE
    s[S_SENT_CRC] = s[S_SENT_DIGITS] = 0
    return then


def _hex(s, state, then, c, text):
    """A digit of the checksum. Four end it at once: some meters send nothing after them."""
    c &= s[S_MASK]
    s[S_SENT_CRC] = s[S_SENT_CRC] << 4 | (c - 48 if c < 58 else (c & 7) + 9)
    s[S_SENT_DIGITS] += 1
    if s[S_SENT_DIGITS] < 4:
        return then
    s[S_EVENT] = EVENT_END
    return HUNT


def _finish(s, state, then, c, text):
    """A byte that is no longer part of what it follows: a checksum, or an identification."""
    if state == END:
        s[S_EVENT] = EVENT_END
        s[S_UNREAD] = 1
        s[S_LENGTH] -= 1
    else:
        _drop(s)
    return then


# By action, from RARE on: p1_table.py numbers them.
_ACTIONS = (_append, _separate, _open, _close, _minus, _bad, _start, _newline, _bang, _hex,
            _finish)
