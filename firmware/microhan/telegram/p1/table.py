"""The transition table of the ASCII telegram's state machine.

Theory of operation. A telegram (IEC 62056-21 mode D, as DSMR P1 and the Swedish H1 have it) is

    /MHN5\\2EXAMPLE                  the identification, and an empty line

    0-0:1.0.0(260115120000W)         lines: an OBIS code A-B:C.D.E, then a value in parentheses
    1-0:1.8.0(00001234.567*kWh)      with its unit
    !89AB                            the checksum, of all from the slash to the exclamation mark

The machine takes one byte at a time. The byte has a class: digit, letter, parenthesis and so on
(`CLASSES`). State and class together select one entry of `STEPS`, which holds an action and the
next state. Nothing else decides: the machine never looks back, and never at a line as a whole.

States. HUNT waits for the slash of a telegram. IDENT gathers the identification. Each line then
begins in LINE and passes through CODE_A to CODE_E, VALUE, INT and FRAC or TEXT, and UNIT, to
AFTER_VALUE. A `!` at the start of a line leads to END, and the checksum's last digit to HUNT.

Actions. The loop itself performs the seven that most bytes need: a digit is added to the number,
a letter to the unit, a character to the text, and so on. All others are functions (CALL), which
set the next state themselves: machine.act() has those of every telegram, actions.py the rest.

Malformed lines. A byte that the grammar does not allow leads to BAD_CODE or BAD_VALUE, which skip
the rest of the line: a malformed line costs its field, never the telegram. The states of a line
are numbered in the order in which it passes through them, so the state in which it ends says how
much of it was understood (W_*). The table has that in the entry of the line end.

A slash anywhere. A telegram may be cut off by the next one at any byte. A slash at the start of a
line begins the next. In mid-line it may just as well belong to a value. SLASH and SLASH_TEXT keep
both possibilities open: if only characters of an identification follow up to the line end, it was
a new telegram; if any other byte comes, A_SLASH_UNDO goes on with the line as if nothing had been.

Noise. A line outside any telegram is noise. If an empty line follows, it may also be an
identification whose first bytes were misheard. The machine then goes on as in a telegram, and
counts all of it as noise later, unless repair.py can prove it with a head that it knows.

Binary frames may begin in any state. The bytes that begin one have a class of their own, and the
same entry in every state, FRAME_START: scan() looks at the next bytes, and stops or goes on.

People read the rows below. The device gets `STEPS` and `CLASSES` only (the build runs this module:
tools/build/constants.py).
"""

from array import array

from .layout import (
    A_BANG,
    A_BLOCK,
    A_BLOCK_END,
    A_FEWER_DIGITS,
    A_HEADLESS,
    A_IDENTIFIED,
    A_LAST_DIGIT,
    A_MINUS,
    A_NO_IDENT,
    A_NOISE,
    A_NOISE_GOES_ON,
    A_NOISE_NEWLINE,
    A_SLASH,
    A_SLASH_CHAR,
    A_SLASH_NEWLINE,
    A_SLASH_UNDO,
    A_START,
    AFTER_VALUE,
    APPEND,
    BAD_CODE,
    BAD_VALUE,
    CALL,
    CIPHERED,
    CODE_A,
    CODE_B,
    CODE_B0,
    CODE_C,
    CODE_C0,
    CODE_D,
    CODE_D0,
    CODE_E,
    CODE_E0,
    CONTINUED,
    DIGIT,
    END,
    END_1,
    END_2,
    END_3,
    FLAG,
    FRAC,
    FRAME_START,
    HUNT,
    IDENT,
    INT,
    LETTER,
    LINE,
    LONG,
    MOVE,
    NEWLINE,
    NOISE,
    NOISE_BLANK,
    OPEN,
    POINT,
    SEPARATOR,
    SIGN,
    SLASH,
    SLASH_TEXT,
    STATES,
    SUFFIX,
    TEXT,
    UNIT,
    VALUE,
    W_MALFORMED,
    W_NO_VALUE,
    W_NONE,
    W_VALUE,
)

# Byte classes, each a letter of this string: x other printable, 9 digit, h letter that is a hex
# digit, z other letter, r CR, 0 NUL (some meters pad with it), n LF, s what a binary frame may
# begin with, ? the rest; the others are themselves.
_CLASSES = "x9.-:+*()hznr0!/?s"
_ANY = "x9.-:+*()hz"  # what a text may hold

# Each row: state, classes, action, next state. "" stands for the classes that the state's other
# rows do not name.
_ROWS = (
    # outside a telegram, and its first line
    (HUNT, "", CALL, A_NOISE),
    (HUNT, "nr0", MOVE, HUNT),  # line ends and padding between telegrams are not noise
    (HUNT, "/", CALL, A_START),
    (IDENT, "", CALL, A_NO_IDENT),  # no identification has such a byte
    (IDENT, _ANY, APPEND, IDENT),
    (IDENT, "r0", MOVE, IDENT),
    (IDENT, "n", CALL, A_IDENTIFIED),
    (IDENT, "/", CALL, A_START),
    # the start of a line
    (LINE, "", MOVE, BAD_CODE),
    (LINE, "nr", MOVE, LINE),
    (LINE, "0", FRAME_START, 0),  # right after the identification: encrypted.py
    (LINE, "9", DIGIT, CODE_A),
    (LINE, "(", MOVE, OPEN),
    (LINE, ")", CALL, A_BLOCK_END),
    (LINE, "!", CALL, A_BANG),
    (LINE, "/", CALL, A_START),
    (OPEN, "", MOVE, CONTINUED),  # DSMR 2.2: gas has its value on the line after its code
    (OPEN, "r0", MOVE, OPEN),
    (OPEN, "n", CALL, A_BLOCK),  # Sanxing: values stored on the first of the month, in a block
    (CONTINUED, "", MOVE, CONTINUED),
    # the code
    (CODE_A, "", MOVE, BAD_CODE),
    (CODE_A, "9", DIGIT, CODE_A),
    (CODE_A, "-", SEPARATOR, CODE_B0),
    (CODE_B0, "", MOVE, BAD_CODE),
    (CODE_B0, "9", DIGIT, CODE_B),
    (CODE_B, "", MOVE, BAD_CODE),
    (CODE_B, "9", DIGIT, CODE_B),
    (CODE_B, ":.", SEPARATOR, CODE_C0),
    (CODE_C0, "", MOVE, BAD_CODE),
    (CODE_C0, "9", DIGIT, CODE_C),
    (CODE_C, "", MOVE, BAD_CODE),
    (CODE_C, "9", DIGIT, CODE_C),
    (CODE_C, ".", SEPARATOR, CODE_D0),
    (CODE_D0, "", MOVE, BAD_CODE),
    (CODE_D0, "9", DIGIT, CODE_D),
    (CODE_D, "", MOVE, BAD_CODE),
    (CODE_D, "9", DIGIT, CODE_D),
    (CODE_D, ".", SEPARATOR, CODE_E0),
    (CODE_E0, "", MOVE, BAD_CODE),
    (CODE_E0, "9", DIGIT, CODE_E),
    (CODE_E, "", MOVE, BAD_CODE),
    (CODE_E, "9", DIGIT, CODE_E),
    (CODE_E, ".*", MOVE, SUFFIX),
    (CODE_E, "(", SEPARATOR, VALUE),
    (SUFFIX, "", MOVE, BAD_CODE),
    (SUFFIX, "9", MOVE, SUFFIX),
    (SUFFIX, "(", SEPARATOR, VALUE),
    (BAD_CODE, "", MOVE, BAD_CODE),
    # the value
    (VALUE, "", MOVE, BAD_VALUE),
    (VALUE, "9", DIGIT, INT),
    (VALUE, "-", CALL, A_MINUS),
    (VALUE, "+", MOVE, SIGN),
    (SIGN, "", MOVE, BAD_VALUE),
    (SIGN, "9", DIGIT, INT),
    (INT, "", MOVE, BAD_VALUE),
    (INT, "9", DIGIT, INT),
    (INT, ".", POINT, FRAC),
    (INT, "*", MOVE, UNIT),
    (INT, "hz", LETTER, UNIT),  # some meters leave the `*` out
    (INT, ")", MOVE, AFTER_VALUE),
    (FRAC, "", MOVE, BAD_VALUE),
    (FRAC, "9", DIGIT, FRAC),
    (FRAC, "*", MOVE, UNIT),
    (FRAC, "hz", LETTER, UNIT),
    (FRAC, ")", MOVE, AFTER_VALUE),
    (UNIT, "", MOVE, BAD_VALUE),
    (UNIT, "hz", LETTER, UNIT),
    (UNIT, ")", MOVE, AFTER_VALUE),
    (TEXT, "", MOVE, BAD_VALUE),
    (TEXT, _ANY, APPEND, TEXT),
    (TEXT, "(", MOVE, BAD_VALUE),
    (TEXT, ")", MOVE, AFTER_VALUE),
    (BAD_VALUE, "", MOVE, BAD_VALUE),
    (AFTER_VALUE, "", MOVE, AFTER_VALUE),
    # after a slash in mid-line, while it may be an identification
    (SLASH, "", CALL, A_SLASH_UNDO),
    (SLASH, _ANY, CALL, A_SLASH_CHAR),
    (SLASH, "()", CALL, A_SLASH_UNDO),
    (SLASH_TEXT, "", CALL, A_SLASH_UNDO),
    (SLASH_TEXT, _ANY, CALL, A_SLASH_CHAR),
    (SLASH_TEXT, "()", CALL, A_SLASH_UNDO),
    # the checksum
    (END, "", CALL, A_FEWER_DIGITS),
    (END, "9h", APPEND, END_1),
    (END_1, "", CALL, A_FEWER_DIGITS),
    (END_1, "9h", APPEND, END_2),
    (END_2, "", CALL, A_FEWER_DIGITS),
    (END_2, "9h", APPEND, END_3),
    (END_3, "", CALL, A_FEWER_DIGITS),
    (END_3, "9h", CALL, A_LAST_DIGIT),
    # a line outside any telegram, and whether an empty one follows
    (NOISE, "", MOVE, NOISE),
    (NOISE, "n", CALL, A_NOISE_NEWLINE),
    (NOISE, "/", CALL, A_START),
    (NOISE_BLANK, "", CALL, A_NOISE_GOES_ON),
    (NOISE_BLANK, "r0", MOVE, NOISE_BLANK),
    (NOISE_BLANK, "n", CALL, A_HEADLESS),
    (NOISE_BLANK, "/", CALL, A_START),
)


def _worth(state):
    """How much was understood of a line that ends in this state."""
    if state >= AFTER_VALUE:
        return W_VALUE
    return W_NO_VALUE if state >= VALUE else W_MALFORMED if state >= CODE_A else W_NONE


def _transitions():
    """STEPS: action plus next state, by class << 5 | state."""
    steps = bytearray(len(_CLASSES) * STATES)

    def put(state, classes, action, then):
        for letter in classes or _CLASSES:
            steps[_CLASSES.index(letter) * STATES + state] = action + then

    for row in _ROWS:
        put(*row)
    # what all states of a line have in common
    for state in range(CONTINUED, SLASH):
        put(state, "r0", MOVE, state)
        put(state, "n", NEWLINE, _worth(state))
    for state in range(SLASH, END):
        put(state, "r0", CALL, A_SLASH_CHAR)
        put(state, "n", CALL, A_SLASH_NEWLINE)
    for state in range(OPEN, END):
        put(state, "!", CALL, A_BANG)
        put(state, "/", CALL, A_SLASH)
    for state in range(STATES):
        put(state, "s", FRAME_START, 0)
    return bytes(steps)


def _classes():
    """CLASSES: class << 5, by byte."""
    table = array("H", bytes(512))
    for byte in range(256):
        ch = chr(byte)
        if byte in (FLAG, LONG, CIPHERED):
            letter = "s"
        elif byte == 0:
            letter = "0"
        elif byte == 13:
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
        table[byte] = _CLASSES.index(letter) * STATES
    return table


STEPS = _transitions()
CLASSES = _classes()  # by byte: class << 5
