"""Push lists without OBIS codes: which value stands where, by maker. Loaded with the first one.

A new list is a new row: whose scales hold, the types of its values, the fields. Types: t text,
c date-time, d double-long-unsigned, e the same or long64-unsigned, l long-unsigned, x any integer.
"""

from ..reading import INDEX
from .scales import ISKRA, KAIFA, LANDIS

_SHORT = {
    "list": "list_id", "id": "meter_id", "type": "meter_type", "time": "time",
    "P+": "active_power_import_w", "P-": "active_power_export_w",
    "Q+": "reactive_power_import_var", "Q-": "reactive_power_export_var",
    "E+": "active_energy_import_kwh", "E-": "active_energy_export_kwh",
    "R+": "reactive_energy_import_kvarh", "R-": "reactive_energy_export_kvarh",
    "T+": "active_energy_import_t1_kwh", "T-": "active_energy_export_t1_kwh",
    "U": "voltage_l1_v", "I": "current_l1_a",
    "p+": "active_power_import_l1_w", "p-": "active_power_export_l1_w",
}
_KAIFA = "list id type P+ P- Q+ Q- "
_KAIFA_HOURLY = " time E+ E- R+ R-"
_PHASES = "U U1 U2 I I1 I2 "

_ROWS = (
    # Kaifa KFM_001 (NVE; document of 2018): lists 1, 2 and 3, three and one phase
    (KAIFA, "d", "P+"),
    (KAIFA, "tttddddddddd" "d", _KAIFA + "I I1 I2 U U1 U2"),
    (KAIFA, "tttdddddd", _KAIFA + "I U"),
    (KAIFA, "tttddddddddddceeee", _KAIFA + "I I1 I2 U U1 U2" + _KAIFA_HOURLY),
    (KAIFA, "tttddddddceeee", _KAIFA + "I U" + _KAIFA_HOURLY),
    # Iskraemeco AM550, Slovenia: each grid company has its own (amsreader issues 615, 869, 956)
    (ISKRA, "ttddddlllllldddddd", "id - P+ P- Q+ Q- " + _PHASES + "p+ p+1 p+2 p- p-1 p-2"),
    (ISKRA, "ttxtdddddddd", "id - - - E+ T+ T+1 E- T- T-1 R+ R-"),
    (ISKRA, "ttlllllldddd", "id - " + _PHASES + "P+ P- Q+ Q-"),
    (ISKRA, "ttddddlldd", "id - P+ P- Q+ Q- U I - -"),
    (ISKRA, "ttddddldd", "id - P+ P- Q+ Q- U - -"),
    (ISKRA, "tdddddddd", "id P+ P- E+ T+ T+1 E- T- T-1"),
    (ISKRA, "txdd", "id - E+ E-"),
    # AM550 of KELAG, Austria: encrypted (issue 787)
    (ISKRA, "ttttddddddtt", "- id - - E+ E- R+ R- P+ P- - -"),
    # Iskraemeco IE.5, Croatia (issue 1072)
    (ISKRA, "tttddddddddddddlddddddlllllldlllx",
     "id - - E+ T+ T+1 E- T- T-1 - - - - P+ P- - p+ p+1 p+2 p- p-1 p-2 " + _PHASES + "- - - - -"),
    # Landis+Gyr E450, Netz Burgenland (issue 501)
    (LANDIS, "llllllddddlllt", _PHASES + "P+ P- E+ E- - - - id"),
    (LANDIS, "llllllddddt", _PHASES + "P+ P- E+ E- id"),
)


# (maker, types as bytes, field indices as bytes; 255: no field of ours). A digit behind a short
# name means so many fields further.
ROWS = []
for _maker, _types, _names in _ROWS:
    _fields = bytearray()
    for _name in _names.split():
        if _name == "-":
            _fields.append(255)
        elif _name[-1] in "12":
            _fields.append(INDEX[_SHORT[_name[:-1]]] + int(_name[-1]))
        else:
            _fields.append(INDEX[_SHORT[_name]])
    ROWS.append((_maker, _types.encode(), bytes(_fields)))

# Only ROWS is needed from here on; what they are read from would cost the device 3 kB.
del _ROWS, _SHORT, _KAIFA, _KAIFA_HOURLY, _PHASES, _maker, _types, _names, _name, _fields
