"""What the decoder's counters say about a line that gives no Readings.

Used for the diagnosis of the meter's line, and by tools/decode.py.
"""

from micropython import const

from ..telegram.counters import (
    C_CRC,
    C_CUT_SHORT,
    C_FCS,
    C_IDENTIFIED,
    C_MALFORMED,
    C_NO_KEY,
    C_REPEATED,
    C_TOO_LONG,
    C_UNKNOWN_LIST,
    C_WRONG_KEY,
)

# How far a counter that has risen proves the line's settings right.
NONE = const(0)
HINT = const(1)  # noise, or wrong settings, may do that, too
LIKELY = const(2)  # certain if the bytes look like a telegram
CERTAIN = const(3)  # an envelope, or a whole telegram

# The most telling first: (counter, code of the diagnosis or "", proof, whether the code is
# believed only if the bytes look like a telegram).
EVIDENCE = (
    (C_NO_KEY, "no_key", CERTAIN, False),
    (C_WRONG_KEY, "wrong_key", CERTAIN, False),
    (C_UNKNOWN_LIST, "unknown_list", CERTAIN, False),
    (C_REPEATED, "silent", CERTAIN, False),  # it says nothing new
    (C_FCS, "checksum", LIKELY, False),
    (C_CRC, "checksum", LIKELY, True),
    (C_MALFORMED, "", NONE, False),
    (C_CUT_SHORT, "cut_short", HINT, False),
    (C_TOO_LONG, "", NONE, False),
    (C_IDENTIFIED, "ident_only", HINT, True),
)
