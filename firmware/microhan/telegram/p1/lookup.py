"""The tables by which an ASCII telegram's OBIS codes and units are found.

Each code and each unit has a slot of its own, worked out from its bits (a perfect hash). The
device gets the two finished tables only (the build runs this module: tools/build/constants.py).
"""

from array import array

from ...reading.fields import COUNT, I_METER_ID, KIND, VAR, VARH, WH, A, V, W
from ..obis import CODE_OF_FIELD, pack
from .layout import (
    ID_FIELDS,
    KINDS_AT,
    S_LOWS,
    S_METAS,
    S_OTHER_CODES,
    S_VALUES,
    UNITS_AT,
)
from .values import code_slot

# Unit, kind, power of ten that turns the number into the kind's smallest unit.
_UNITS = (
    ("W", W, 0), ("kW", W, 3), ("MW", W, 6),
    ("var", VAR, 0), ("kvar", VAR, 3), ("Mvar", VAR, 6),
    ("Wh", WH, 0), ("kWh", WH, 3), ("MWh", WH, 6),
    ("varh", VARH, 0), ("kvarh", VARH, 3), ("Mvarh", VARH, 6),
    ("V", V, 3), ("kV", V, 6),
    ("mA", A, 0), ("A", A, 3), ("kA", A, 6),
)


def _codes():
    """{code: number of the field}."""
    codes = {CODE_OF_FIELD[i]: i for i in range(COUNT) if CODE_OF_FIELD[i]}
    # the meter's device id 1, and id 2, which counts where the first is missing
    codes[CODE_OF_FIELD[I_METER_ID]] = ID_FIELDS
    codes[pack(0, 96, 1, 0)] = ID_FIELDS + 1
    return codes


def pack_unit(text: str) -> int:
    """A unit's letters, case folded, five bits each: what the state machine gathers."""
    n = 0
    for ch in text:
        n = n << 5 | ord(ch) & 31
    return n


def unit_slot(unit: int) -> int:
    """The slot of a packed unit. values.store_lines() must compute the same."""
    slot = unit ^ unit >> 6
    return UNITS_AT + ((slot ^ slot >> 10) & 63)


def _tables():
    """(CODE_OF_SLOT, FIELD_OF_SLOT): in the slots of codes the code and its field's number, in
    those of units the packed unit and kind << 4 | power of ten; then each field's kind << 4.
    """
    if S_LOWS != S_VALUES + COUNT or S_OTHER_CODES != S_METAS + COUNT:
        raise ValueError("layout.py counts other fields")
    code_of_slot = array("i", bytes(4 * KINDS_AT))
    field_of_slot = bytearray(KINDS_AT + COUNT)
    for slot in range(KINDS_AT):
        code_of_slot[slot] = -1
    found = [(code_slot(code), code, i) for code, i in _codes().items()]
    for text, kind, exponent in _UNITS:
        unit = pack_unit(text)
        found.append((unit_slot(unit), unit, kind << 4 | exponent))
    for slot, code, value in found:
        if code_of_slot[slot] >= 0:
            raise ValueError("two in one slot")
        code_of_slot[slot] = code
        field_of_slot[slot] = value
    for i in range(COUNT):
        field_of_slot[KINDS_AT + i] = KIND[i] << 4
    return code_of_slot, bytes(field_of_slot)


CODE_OF_SLOT, FIELD_OF_SLOT = _tables()
