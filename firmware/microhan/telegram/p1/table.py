"""The transition table of the ASCII telegram's state machine: state and byte class in, action
and next state out. Rows are read by people; `STEPS` and `CLASSES` by machine.py. The
device gets those two only (tools/build/compact.py runs this module).
"""

from array import array

from .layout import (
    APPEND,
    BLANK,
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
    DIGIT,
    DONE,
    END,
    END_1,
    END_2,
    END_3,
    FLAG,
    FRAC,
    GUESS,
    HUNT,
    IDENT,
    INT,
    LETTER,
    LINE,
    LONG,
    MOVE,
    NEWLINE,
    ODD,
    OPEN,
    POINT,
    R_ASIDE,
    R_BACK,
    R_BANG,
    R_BLANK,
    R_BLOCK,
    R_BLOCK_END,
    R_BOTH,
    R_DROP,
    R_FINISH,
    R_FOURTH,
    R_GUESS,
    R_HEAD,
    R_IDENTIFIED,
    R_LOST,
    R_MINUS,
    R_NEWLINE,
    R_START,
    RARE,
    REST,
    SEPARATE,
    SIGN,
    SLASH,
    SLASH_TEXT,
    SPOILT,
    STAR,
    START,
    STATES,
    TEXT,
    UNIT,
    VALUE,
    W_BAD,
    W_NONE,
    W_ODD,
    W_VALUE,
)

# Byte classes: the position of their letter in this string. x other printable, 9 digit, h letter
# that is a hex digit, z other letter, r CR, 0 NUL (some meters pad with it), n LF, s what a frame
# may begin with, ? the rest.
_CLASSES = "x9.-:+*()hznr0!/?s"
_ANY = "x9.-:+*()hz"  # what a text may hold

# state, classes, action, next state. A class that is not named: the row with "" of that state.
_ROWS = (
    (OPEN, "", MOVE, REST),  # DSMR 2.2: the gas value stands on the line after its code
    (OPEN, "r0", MOVE, OPEN),
    (OPEN, "n", RARE, R_BLOCK),  # Sanxing: what was stored on the month's first, line by line
    (REST, "", MOVE, REST),
    (CODE_A, "", MOVE, ODD),
    (CODE_A, "9", DIGIT, CODE_A),
    (CODE_A, "-", SEPARATE, CODE_B0),
    (CODE_B0, "", MOVE, ODD),
    (CODE_B0, "9", DIGIT, CODE_B),
    (CODE_B, "", MOVE, ODD),
    (CODE_B, "9", DIGIT, CODE_B),
    (CODE_B, ":.", SEPARATE, CODE_C0),
    (CODE_C0, "", MOVE, ODD),
    (CODE_C0, "9", DIGIT, CODE_C),
    (CODE_C, "", MOVE, ODD),
    (CODE_C, "9", DIGIT, CODE_C),
    (CODE_C, ".", SEPARATE, CODE_D0),
    (CODE_D0, "", MOVE, ODD),
    (CODE_D0, "9", DIGIT, CODE_D),
    (CODE_D, "", MOVE, ODD),
    (CODE_D, "9", DIGIT, CODE_D),
    (CODE_D, ".", SEPARATE, CODE_E0),
    (CODE_E0, "", MOVE, ODD),
    (CODE_E0, "9", DIGIT, CODE_E),
    (CODE_E, "", MOVE, ODD),
    (CODE_E, "9", DIGIT, CODE_E),
    (CODE_E, ".*", MOVE, STAR),
    (CODE_E, "(", SEPARATE, VALUE),
    (STAR, "", MOVE, ODD),
    (STAR, "9", MOVE, STAR),
    (STAR, "(", SEPARATE, VALUE),
    (ODD, "", MOVE, ODD),
    (VALUE, "", MOVE, SPOILT),
    (VALUE, "9", DIGIT, INT),
    (VALUE, "-", RARE, R_MINUS),
    (VALUE, "+", MOVE, SIGN),
    (SIGN, "", MOVE, SPOILT),
    (SIGN, "9", DIGIT, INT),
    (INT, "", MOVE, SPOILT),
    (INT, "9", DIGIT, INT),
    (INT, ".", POINT, FRAC),
    (INT, "*", MOVE, UNIT),
    (INT, "hz", LETTER, UNIT),  # some meters leave the `*` out
    (INT, ")", MOVE, DONE),
    (FRAC, "", MOVE, SPOILT),
    (FRAC, "9", DIGIT, FRAC),
    (FRAC, "*", MOVE, UNIT),
    (FRAC, "hz", LETTER, UNIT),
    (FRAC, ")", MOVE, DONE),
    (UNIT, "", MOVE, SPOILT),
    (UNIT, "hz", LETTER, UNIT),
    (UNIT, ")", MOVE, DONE),
    (TEXT, "", MOVE, SPOILT),
    (TEXT, _ANY, APPEND, TEXT),
    (TEXT, "(", MOVE, SPOILT),
    (TEXT, ")", MOVE, DONE),
    (SPOILT, "", MOVE, SPOILT),
    (DONE, "", MOVE, DONE),
    (SLASH, "", RARE, R_BACK),  # no identification holds such a byte: it was a slash in a value
    (SLASH, _ANY, RARE, R_BOTH),
    (SLASH, "()", RARE, R_BACK),
    (SLASH_TEXT, "", RARE, R_BACK),
    (SLASH_TEXT, _ANY, RARE, R_BOTH),
    (SLASH_TEXT, "()", RARE, R_BACK),
)
# The states outside a line of values, where no byte has the meaning that it has inside.
_OUTSIDE = (
    (HUNT, "", RARE, R_GUESS),
    (HUNT, "nr0", MOVE, HUNT),  # line ends and padding between telegrams are no noise
    (HUNT, "/", RARE, R_START),
    (IDENT, "", RARE, R_LOST),  # no identification holds such a byte: noise
    (IDENT, _ANY, APPEND, IDENT),
    (IDENT, "r0", MOVE, IDENT),
    (IDENT, "n", RARE, R_IDENTIFIED),
    (IDENT, "/", RARE, R_START),
    (LINE, "", MOVE, ODD),
    (LINE, "nr", MOVE, LINE),
    (LINE, "0", START, 0),  # right behind the identification it may begin an envelope
    (LINE, "9", DIGIT, CODE_A),
    (LINE, "(", MOVE, OPEN),
    (LINE, ")", RARE, R_BLOCK_END),
    (LINE, "!", RARE, R_BANG),
    (LINE, "/", RARE, R_START),
    (END, "", RARE, R_FINISH),
    (END, "9h", APPEND, END_1),
    (END_1, "", RARE, R_FINISH),
    (END_1, "9h", APPEND, END_2),
    (END_2, "", RARE, R_FINISH),
    (END_2, "9h", APPEND, END_3),
    (END_3, "", RARE, R_FINISH),
    (END_3, "9h", RARE, R_FOURTH),
    (GUESS, "", MOVE, GUESS),
    (GUESS, "n", RARE, R_HEAD),
    (GUESS, "/", RARE, R_START),
    (BLANK, "", RARE, R_DROP),
    (BLANK, "r0", MOVE, BLANK),
    (BLANK, "n", RARE, R_BLANK),
    (BLANK, "/", RARE, R_START),
)


def _worth(state):
    """What a line is worth that ends in this state."""
    if state >= DONE:
        return W_VALUE
    return W_BAD if state >= VALUE else W_ODD if state >= CODE_A else W_NONE


def _transitions():
    """STEPS: action and next state, added, by class << 5 | state."""
    steps = bytearray(len(_CLASSES) * STATES)

    def put(state, classes, action, then):
        for letter in classes or _CLASSES:
            steps[_CLASSES.index(letter) * STATES + state] = action + then

    for row in _ROWS:
        put(*row)
    for state in range(REST, SLASH):
        put(state, "r0", MOVE, state)
        put(state, "n", NEWLINE, _worth(state))
    for state in range(SLASH, END):
        put(state, "r0", RARE, R_BOTH)
        put(state, "n", RARE, R_NEWLINE)
    for state in range(OPEN, END):
        put(state, "!", RARE, R_BANG)
        put(state, "/", RARE, R_ASIDE)
    for row in _OUTSIDE:
        put(*row)
    for state in range(STATES):
        put(state, "s", START, 0)
    return bytes(steps)


def _classes():
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
CLASSES = _classes()  # by byte, in steps of STATES
