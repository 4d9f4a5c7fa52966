"""Which OBIS code fills which field, and which unit text means what.

A new code is a new row here; nothing else changes. The device gets the finished tables only
(tools/compact.py runs this module). Codes are IEC 62056-61 `A-B:C.D.E`, packed by
`pack(A, C, D, E)` into 25 bits so that they stay small integers on a 32-bit VM.
"""

from ..reading import INDEX, VAR, VARH, WH, A, V, W


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
    return table


FIELD_OF = _fields()

# Device id 1 and id 2 of the meter itself; the first is preferred (DESIGN.md, meter_id).
ID_CODES = (pack(0, 96, 1, 1), pack(0, 96, 1, 0))


def pack_unit(text):
    """A unit's letters, case folded, 5 bits each: what the state machine gathers."""
    n = 0
    for ch in text:
        n = n << 5 | ord(ch) & 31
    return n


# folded unit -> kind << 4 | power of ten that turns the number into the kind's smallest unit
UNITS = {pack_unit(_text): _kind << 4 | _exponent for _text, _kind, _exponent in (
    ("W", W, 0), ("kW", W, 3), ("MW", W, 6),
    ("var", VAR, 0), ("kvar", VAR, 3), ("Mvar", VAR, 6),
    ("Wh", WH, 0), ("kWh", WH, 3), ("MWh", WH, 6),
    ("varh", VARH, 0), ("kvarh", VARH, 3), ("Mvarh", VARH, 6),
    ("V", V, 3), ("kV", V, 6),
    ("mA", A, 0), ("A", A, 3), ("kA", A, 6),
)}

# Where a telegram leaves the unit out, the H1 list's own holds (recommendation v2.0): kW, kvar,
# kWh, kvarh, V, A. All six are 10^3 of the smallest unit.
UNITLESS_EXPONENT = 3
