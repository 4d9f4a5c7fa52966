"""Push lists without OBIS codes: which value stands where, by maker. Loaded with the first one.

A new list is a new row: the makers of whom it is known, by the three letters of their system title
or logical device name (the list's own name for Kaifa); the types of its values; the fields. Types:
c date-time, d double-long-unsigned, e the same or long64-unsigned, l long-unsigned, x any integer,
t text, behind which its length may stand. shapes.py holds a list against them.
"""

from ...reading.fields import INDEX

_SHORT = {
    "list": "list_id", "id": "meter_id", "type": "meter_type", "time": "time",
    "P+": "active_power_import_w", "P-": "active_power_export_w",
    "Q+": "reactive_power_import_var", "Q-": "reactive_power_export_var",
    "E+": "active_energy_import_kwh", "E-": "active_energy_export_kwh",
    "R+": "reactive_energy_import_kvarh", "R-": "reactive_energy_export_kvarh",
    "T+": "active_energy_import_t1_kwh", "T-": "active_energy_export_t1_kwh",
    "S+": "reactive_energy_import_t1_kvarh", "S-": "reactive_energy_export_t1_kvarh",
    "U": "voltage_l1_v", "I": "current_l1_a",
    "p+": "active_power_import_l1_w", "p-": "active_power_export_l1_w",
}
_KAIFA = "list id type P+ P- Q+ Q- "
_KAIFA_HOURLY = " time E+ E- R+ R-"
_PHASES = "U U1 U2 I I1 I2 "

_ROWS = (
    # Kaifa KFM_001 (NVE; document of 2018): lists 1, 2 and 3, three and one phase. List 1 has no
    # name: its whole head tells it (shapes.py)
    ("", "d", "P+"),
    ("KFM", "t7 t16 t ddddddddd d", _KAIFA + "I I1 I2 U U1 U2"),
    ("KFM", "t7 t16 t dddddd", _KAIFA + "I U"),
    ("KFM", "t7 t16 t dddddddddd c eeee", _KAIFA + "I I1 I2 U U1 U2" + _KAIFA_HOURLY),
    ("KFM", "t7 t16 t dddddd c eeee", _KAIFA + "I U" + _KAIFA_HOURLY),
    # Iskraemeco AM550, Slovenia: each grid company has its own (amsreader issues 615, 869, 956).
    # All begin with the logical device name, ISK and 13 digits
    ("ISK", "t16 t dddd llllll dddddd",
     "id - P+ P- Q+ Q- " + _PHASES + "p+ p+1 p+2 p- p-1 p-2"),
    ("ISK", "t16 t x t dddddddd", "id - - - E+ T+ T+1 E- T- T-1 R+ R-"),
    ("ISK", "t16 t llllll dddd", "id - " + _PHASES + "P+ P- Q+ Q-"),
    ("ISK", "t16 t dddd ll dd", "id - P+ P- Q+ Q- U I - -"),
    ("ISK", "t16 t dddd l dd", "id - P+ P- Q+ Q- U - -"),
    ("ISK", "t16 t dddddddd", "id - T+ T+1 T- T-1 S+ S+1 S- S-1"),
    ("ISK", "t16 t ll dddd", "id - U I P+ P- Q+ Q-"),
    ("ISK", "t16 dddddddd", "id P+ P- E+ T+ T+1 E- T- T-1"),
    ("ISK", "t16 x dd", "id - E+ E-"),
    # AM550 and Siemens IM350, Austria (KELAG, Wels; issue 787): encrypted. The push list's code,
    # the meter's number, time of day and date
    ("ISK SMS", "t6 t13 t4 t5 dddddd t0 t0", "- id - - E+ E- R+ R- P+ P- - -"),
    ("ISK SMS", "t6 t8 t4 t5 dddddd", "- id - - E+ E- R+ R- P+ P-"),
    # Wiener Netze: E450 and AM550 alike, encrypted (Tasmota issue 8790)
    ("LGZ ISK SMS", "c dddddddd", "time E+ E- R+ R- P+ P- Q+ Q-"),
    # Iskraemeco IE.5, Croatia (issue 1072)
    ("ISK", "ttt ddddddddddddlddddddlllllldlllx",
     "id - - E+ T+ T+1 E- T- T-1 - - - - P+ P- - p+ p+1 p+2 p- p-1 p-2 " + _PHASES + "- - - - -"),
    # Landis+Gyr E450, Netz Burgenland (issue 501)
    ("LGZ", "llllll dddd lll t8", _PHASES + "P+ P- E+ E- - - - id"),
    ("LGZ", "llllll dddd t8", _PHASES + "P+ P- E+ E- id"),
)


# (makers' letters as bytes, types, lengths of texts (255: any), field indices (255: no field of
# ours)), all bytes. A digit behind a short name means so many fields further.
ROWS = []
for _maker, _types, _names in _ROWS:
    _letters = bytearray()
    _lengths = bytearray()
    for _word in _types.split():
        _digits = _word.lstrip("cdelxt")
        for _letter in _word[:len(_word) - len(_digits)]:
            _letters.append(ord(_letter))
            _lengths.append(255)
        if _digits:
            _lengths[len(_lengths) - 1] = int(_digits)
    _fields = bytearray()
    for _name in _names.split():
        if _name == "-":
            _fields.append(255)
        elif _name[-1] in "12":
            _fields.append(INDEX[_SHORT[_name[:-1]]] + int(_name[-1]))
        else:
            _fields.append(INDEX[_SHORT[_name]])
    ROWS.append((_maker.replace(" ", "").encode(), bytes(_letters), bytes(_lengths),
                 bytes(_fields)))

# Only ROWS is needed from here on; what they are read from would cost the device 3 kB.
del _ROWS, _SHORT, _KAIFA, _KAIFA_HOURLY, _PHASES, _maker, _types, _names, _name, _fields
del _letters, _lengths, _word, _digits, _letter
