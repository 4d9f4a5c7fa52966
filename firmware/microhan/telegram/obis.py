"""OBIS codes (IEC 62056-61, `A-B:C.D.E`) as integers, and the one of each field.

The codes stand in the table of reading/fields.py. The device gets CODE_OF_FIELD only (the build
runs this module: tools/build/constants.py).
"""

from array import array

from ..reading.fields import EXTRAS, FIELDS


def pack(a: int, c: int, d: int, e: int) -> int:
    """A, C, D, E of a code (0 to 255 each, A 0 or 1) as one integer below 2^25.

    B is left out. Whoever reads a code checks it: 0 for abstract objects, 0 or 1 for electricity
    (Kamstrup and Luxembourg use 1-1), so that gas on 0-1 never gets in.
    """
    return a << 24 | c << 16 | d << 8 | e


def parse(text: str) -> int:
    """A code like 1-0:1.7.0, packed; 0 for no text."""
    if not text:
        return 0
    channel, numbers = text.split(":")
    return pack(int(channel[0]), *[int(number) for number in numbers.split(".")])


# By number of the field; 0 where it has none.
CODE_OF_FIELD = array("i", [parse(_code) for _, _, _code in FIELDS + EXTRAS])
