"""Which OBIS code fills which field, and which unit text means what.

A new code is a new row here; nothing else changes. The device gets the finished tables only
(tools/build/compact.py runs this module). Codes are IEC 62056-61 `A-B:C.D.E`, packed by
`pack(A, C, D, E)` into 25 bits so that they stay small integers on a 32-bit VM.
"""

from array import array

from ..reading.fields import COUNT, INDEX, VAR, VARH, WH, A, V, W
from ..reading.reading import kind_of
from .p1.layout import (
    ID_FIELDS,
    KINDS_AT,
    S_LOWS,
    S_METAS,
    S_MORE,
    S_VALUES,
    UNITS_AT,
)
from .p1.values import code_slot


def pack(a, c, d, e):
    """A, C, D, E of an OBIS code (0..255 each, A 0 or 1) as one integer below 2^25."""
    return a << 24 | c << 16 | d << 8 | e


# Key of the field, then A, C, D, E. Channel B is checked by the reader: 0 or 1 for electricity
# (Kamstrup and Luxembourg use 1-1), 0 for abstract objects, so that gas on 0-1 never gets in.
_ROWS = (
    ("time", 0, 1, 0, 0),
    ("active_power_import_w", 1, 1, 7, 0),
    ("active_power_export_w", 1, 2, 7, 0),
    ("reactive_power_import_var", 1, 3, 7, 0),
    ("reactive_power_export_var", 1, 4, 7, 0),
    ("active_energy_import_kwh", 1, 1, 8, 0),
    ("active_energy_export_kwh", 1, 2, 8, 0),
    ("reactive_energy_import_kvarh", 1, 3, 8, 0),
    ("reactive_energy_export_kvarh", 1, 4, 8, 0),
)
# Three consecutive fields, L1 to L3, whose C rises by 20 from phase to phase.
_PHASES = (
    ("active_power_import_l1_w", 21),
    ("active_power_export_l1_w", 22),
    ("reactive_power_import_l1_var", 23),
    ("reactive_power_export_l1_var", 24),
    ("current_l1_a", 31),
    ("voltage_l1_v", 32),
)


def _fields():
    table = {}
    for key, a, c, d, e in _ROWS:
        first = INDEX[key]
        table[pack(a, c, d, e)] = first
        if d == 8:  # tariff registers E = 1..4 follow their total
            for tariff in range(1, 5):
                table[pack(a, c, d, tariff)] = first + tariff
    for key, c in _PHASES:
        for phase in range(3):
            table[pack(1, c + 20 * phase, 7, 0)] = INDEX[key] + phase
    # Device id 1 and id 2 of the meter itself; the first is preferred.
    table[pack(0, 96, 1, 1)] = ID_FIELDS
    table[pack(0, 96, 1, 0)] = ID_FIELDS + 1
    return table


def pack_unit(text):
    """A unit's letters, case folded, 5 bits each: what the state machine gathers."""
    n = 0
    for ch in text:
        n = n << 5 | ord(ch) & 31
    return n


# Unit, kind, power of ten that turns the number into the kind's smallest unit.
_UNITS = (
    ("W", W, 0), ("kW", W, 3), ("MW", W, 6),
    ("var", VAR, 0), ("kvar", VAR, 3), ("Mvar", VAR, 6),
    ("Wh", WH, 0), ("kWh", WH, 3), ("MWh", WH, 6),
    ("varh", VARH, 0), ("kvarh", VARH, 3), ("Mvarh", VARH, 6),
    ("V", V, 3), ("kV", V, 6),
    ("mA", A, 0), ("A", A, 3), ("kA", A, 6),
)


def _tables():
    """(CODES, FIELDS), as machine.judge() looks them up: each code and each unit has a slot of its
    own, found by its bits alone.
    """
    if S_LOWS != S_VALUES + COUNT or S_MORE != S_METAS + COUNT:
        raise ValueError("layout.py counts other fields")
    codes = array("i", bytes(4 * KINDS_AT))
    fields = bytearray(KINDS_AT + COUNT)
    for slot in range(KINDS_AT):
        codes[slot] = -1
    found = [(code_slot(code), code, i) for code, i in _fields().items()]
    for text, kind, exponent in _UNITS:
        unit = pack_unit(text)
        slot = unit ^ unit >> 6
        found.append((UNITS_AT + ((slot ^ slot >> 10) & 63), unit, kind << 4 | exponent))
    for slot, key, value in found:
        if codes[slot] >= 0:
            raise ValueError("two in one slot")
        codes[slot] = key
        fields[slot] = value
    for i in range(COUNT):
        fields[KINDS_AT + i] = kind_of(i) << 4
    return codes, bytes(fields)


CODES, FIELDS = _tables()
