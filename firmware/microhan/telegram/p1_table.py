"""The transition table of the ASCII telegram's state machine: state and byte class in, action
and next state out. Rows are read by people; `TABLE` and `CLASS` by p1_scan.py. The device
gets those two only (tools/compact.py runs this module).
"""

from micropython import const

# States.
HUNT = const(0)  # outside any telegram
IDENT = const(1)  # the identification line
LINE = const(2)  # at the start of a line
CODE0 = const(3)  # a group of the OBIS code must begin
CODE = const(4)
STAR = const(5)  # the `*255` or `.255` after a code
VALUE = const(6)  # after the first parenthesis
SIGN = const(7)
INT = const(8)
FRAC = const(9)
UNIT = const(10)
TEXT = const(11)
REST = const(12)  # what follows the first value, up to the line's end
END = const(13)  # after `!`
SLASH = const(14)  # after a slash in mid-line: perhaps a new telegram
SLASH_TEXT = const(15)  # the same inside a text value

# Actions. Those below RARE happen on most bytes and stand in scan()'s loop.
MOVE = const(0)
DIGIT = const(1)
DECIMAL = const(2)
CODE_DIGIT = const(3)
LETTER = const(4)
RARE = const(5)
APPEND = const(5)
SEPARATE = const(6)
OPEN = const(7)
CLOSE = const(8)
MINUS = const(9)
BAD = const(10)
START = const(11)
NEWLINE = const(12)
BANG = const(13)
HEX = const(14)
FINISH = const(15)

# Byte classes: the position of their letter in this string. x other printable, 9 digit, h letter
# that is a hex digit, z other letter, r CR and NUL (some meters pad with it), n LF, ? the rest.
_CLASSES = "x9.-:+*()hznr!/?"
_ANY = "x9.-:+*()hz"  # what a text may hold

# state, classes, action, next state. A class that is not named: the row with "" of that state.
# An action may still choose another state; p1_scan.py says when.
_ROWS = (
    (HUNT, "", BAD, HUNT),
    (HUNT, "nr", MOVE, HUNT),  # line ends and padding between telegrams are no noise
    (HUNT, "/", START, IDENT),
    (IDENT, "", FINISH, HUNT),  # no identification holds such a byte: noise
    (IDENT, _ANY, APPEND, IDENT),
    (IDENT, "r", MOVE, IDENT),
    (IDENT, "n", NEWLINE, LINE),
    (IDENT, "/", START, IDENT),
    (LINE, "", BAD, REST),
    (LINE, "nr", MOVE, LINE),
    (LINE, "9", CODE_DIGIT, CODE),
    (LINE, "(", MOVE, REST),  # DSMR 2.2: the gas value stands on the line after its code
    (LINE, "!", BANG, END),
    (LINE, "/", START, IDENT),
    (CODE0, "", BAD, REST),
    (CODE0, "9", CODE_DIGIT, CODE),
    (CODE, "", BAD, REST),
    (CODE, "9", CODE_DIGIT, CODE),
    (CODE, "-:.", SEPARATE, CODE0),
    (CODE, "*", MOVE, STAR),
    (CODE, "(", OPEN, VALUE),
    (STAR, "", BAD, REST),
    (STAR, "9", MOVE, STAR),
    (STAR, "(", OPEN, VALUE),
    (VALUE, "", BAD, REST),
    (VALUE, "9", DIGIT, INT),
    (VALUE, "-", MINUS, SIGN),
    (VALUE, "+", MOVE, SIGN),
    (SIGN, "", BAD, REST),
    (SIGN, "9", DIGIT, INT),
    (INT, "", BAD, REST),
    (INT, "9", DIGIT, INT),
    (INT, ".", MOVE, FRAC),
    (FRAC, "", BAD, REST),
    (FRAC, "9", DECIMAL, FRAC),
    (UNIT, "", BAD, REST),
    (TEXT, "", BAD, REST),
    (TEXT, _ANY, APPEND, TEXT),
    (TEXT, "(", BAD, REST),
    (REST, "", MOVE, REST),
    (SLASH, "", MOVE, REST),  # no identification holds such a byte: it was a slash in a value
    (SLASH, _ANY, APPEND, SLASH),
    (SLASH, "()", MOVE, REST),
    (SLASH_TEXT, "", BAD, REST),
    (SLASH_TEXT, _ANY, APPEND, SLASH_TEXT),
    (SLASH_TEXT, "(", BAD, REST),
    (END, "", FINISH, HUNT),
    (END, "9h", HEX, END),
)
# The same in several states.
_SHARED = (
    ((INT, FRAC), "*", MOVE, UNIT),
    ((INT, FRAC, UNIT), "hz", LETTER, UNIT),  # some meters leave the `*` out
    ((INT, FRAC, UNIT, TEXT, SLASH_TEXT), ")", CLOSE, REST),
)
_INSIDE = (CODE0, CODE, STAR, VALUE, SIGN, INT, FRAC, UNIT, TEXT, REST, SLASH, SLASH_TEXT)


def _set(table, state, classes, action, then):
    for letter in classes or _CLASSES:
        table[state << 4 | _CLASSES.index(letter)] = action << 4 | then


def _transitions():
    table = bytearray(256)
    for state, classes, action, then in _ROWS:
        _set(table, state, classes, action, then)
    for states, classes, action, then in _SHARED:
        for state in states:
            _set(table, state, classes, action, then)
    for state in _INSIDE:
        _set(table, state, "r", MOVE, state)
        _set(table, state, "n", NEWLINE, LINE)
        _set(table, state, "!", BANG, END)
        in_text = state == TEXT or state == SLASH_TEXT
        _set(table, state, "/", START, SLASH_TEXT if in_text else SLASH)
    return bytes(table)


def _classes():
    table = bytearray(256)
    for byte in range(256):
        ch = chr(byte)
        if byte in (0, 13):
            letter = "r"
        elif byte == 10:
            letter = "n"
        elif byte < 32 or byte > 126:
            letter = "?"
        elif "0" <= ch <= "9":
            letter = "9"
        elif "a" <= ch.lower() <= "z":
            letter = "h" if ch.lower() <= "f" else "z"
        else:
            letter = ch if ch in ".-:+*()!/" else "x"
        table[byte] = _CLASSES.index(letter)
    return bytes(table)


TABLE = _transitions()  # [state << 4 | class] -> action << 4 | next state
CLASS = _classes()  # [byte] -> class
