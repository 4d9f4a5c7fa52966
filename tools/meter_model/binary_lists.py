"""Lists of binary meters, written from the facts of the formats.

A line of a list is a text (`1-1:0.0.5 visible {gs1}`), the clock (`0-1:1.0.0 clock`), or numbers:
``1-1: 1.7.0 2.7.0 | u32 W`` has one value for each code, ``| i16 A-1`` with the scaler -1, so that
12.3 A are sent as 123. `-` in place of a code: there is none on the wire.

Sources: Kamstrup 5512-2584 and HAN-NVE rev 3.1 (Kamstrup_V0001), Aidon's HAN interface
descriptions 1.1A (Norway) and 1.7A (Sweden), KFM_001 (Kaifa), Netz NÖ 218_9 (Austria), Landis+Gyr
E450 and Iskraemeco AM550 as readers of theirs have published them.
"""

# Kamstrup_V0001: code and value; no scaler on the wire, A in hundredths, energy as the grid
# company has set it. List 1 every 10 s, list 2 once an hour.
KAMSTRUP_1 = """
- visible Kamstrup_V0001
1-1:0.0.5 visible {gs1}
1-1:96.1.1 visible 6841131BN245101092
1-1: 1.7.0 2.7.0 | u32 W
1-1: 3.7.0 4.7.0 | u32 var
1-1: 31.7.0 51.7.0 71.7.0 | u32 A-2
1-1: 32.7.0 52.7.0 72.7.0 | u16 V
"""
_KAMSTRUP_HOUR = """
0-1:1.0.0 clock
1-1: 1.8.0 2.8.0 | u32 Wh{0}
1-1: 3.8.0 4.8.0 | u32 varh{0}
"""
KAMSTRUP_2 = KAMSTRUP_1 + _KAMSTRUP_HOUR.format("")
KAMSTRUP_2_TENS = KAMSTRUP_1 + _KAMSTRUP_HOUR.format("+1")
# A Danish firmware of 2025: volts in hundredths.
KAMSTRUP_1_DK = KAMSTRUP_1.replace("u16 V", "u16 V-2")
KAMSTRUP_2_DK = KAMSTRUP_1_DK + _KAMSTRUP_HOUR.format("+1")

_MOMENT = """
1-0: 1.7.0 2.7.0 | u32 W
1-0: 3.7.0 4.7.0 | u32 var
"""
_PHASES = """
1-0: 21.7.0 22.7.0 | u32 W
1-0: 23.7.0 24.7.0 | u32 var
1-0: 41.7.0 42.7.0 | u32 W
1-0: 43.7.0 44.7.0 | u32 var
1-0: 61.7.0 62.7.0 | u32 W
1-0: 63.7.0 64.7.0 | u32 var
"""
_ENERGY = """
1-0: 1.8.0 2.8.0 | u32 Wh{0}
1-0: 3.8.0 4.8.0 | u32 varh{0}
"""

# Aidon, Sweden ("EFS"): the recommendation's 27 lines, each with scaler and unit.
AIDON_EFS = ("0-0:1.0.0 clock" + _MOMENT + "1-0: 31.7.0 51.7.0 71.7.0 | i16 A-1\n"
             "1-0: 32.7.0 52.7.0 72.7.0 | u16 V-1" + _PHASES + _ENERGY.format(""))

# Norway (HAN-NVE): lists 1 (2.5 s), 2 (10 s) and 3 (an hour).
NVE_POWER = "1-0: 1.7.0 | u32 W"
_AIDON_NAME = """
1-1:0.2.129 visible AIDON_V0001
0-0:96.1.0 visible 73599928{serial}
0-0:96.1.7 visible 6525
"""
AIDON_2 = (_AIDON_NAME + _MOMENT + "1-0: 31.7.0 51.7.0 71.7.0 | i16 A-1\n"
           "1-0: 32.7.0 52.7.0 72.7.0 | u16 V-1\n")
AIDON_3 = AIDON_2 + "0-0:1.0.0 clock" + _ENERGY.format("+1")
_EMBRIQ_NAME = """
1-1:0.2.129 visible EMBRIQ_V1_1
0-0:96.1.0 nuls16 {serial}
0-0:96.1.7 visible ZFF1
"""
EMBRIQ_2 = (_EMBRIQ_NAME + _MOMENT + "1-0: 31.7.0 51.7.0 71.7.0 | i16 A-2\n"
            "1-0: 32.7.0 52.7.0 72.7.0 | u16 V-1\n")
EMBRIQ_3 = EMBRIQ_2 + "0-0:1.0.0 clock" + _ENERGY.format("+1")

# Kaifa: Norway by position, Sweden with codes; mA, tenths of a volt, Wh, and no scaler.
_KAIFA_VALUES = _MOMENT + """
1-0: 31.7.0 51.7.0 71.7.0 | u32 A-3
1-0: 32.7.0 52.7.0 72.7.0 | u32 V-1
"""
KAIFA_2 = """
- octets KFM_001
- octets 69706314{serial}
- octets MA304H3E
""" + _KAIFA_VALUES
KAIFA_3 = KAIFA_2 + "- clock" + _ENERGY.format("")
KAIFA_SE = """
1-0:0.2.129 octets KFM_001
0-0:96.1.0 octets 73401570{serial}
0-0:96.1.7 octets MA304H4
""" + _KAIFA_VALUES + "0-0:1.0.0 clock" + _ENERGY.format("")
# Behind current transformers: energies of 64 bits.
KAIFA_SE_CT = KAIFA_SE.replace("MA304H4", "MA304T4").replace("u32 Wh", "u64 Wh").replace(
    "u32 varh", "u64 varh")

# Austria, Netz NÖ: code, value, scaler and unit, one after the other; the id without a code.
KAIFA_AT = """
- clock
1-0: 1.8.0 2.8.0 | u32 Wh
1-0: 1.7.0 2.7.0 | u32 W
1-0: 32.7.0 52.7.0 72.7.0 | u16 V-1
1-0: 31.7.0 51.7.0 71.7.0 | u16 A-2
1-0: 13.7.0 | u16 1-3
- octets 1812{serial}
"""

# Landis+Gyr E450, Switzerland: descriptions of the columns, then the values.
E450 = """
0-0:96.1.0 octets {serial}
1-0: 1.7.0 2.7.0 | u32 W
1-0: 1.8.0 2.8.0 | u32 Wh
1-0: 3.8.0 4.8.0 | u32 varh
1-0: 31.7.0 51.7.0 71.7.0 | u16 A-2
1-0: 32.7.0 52.7.0 72.7.0 | u16 V
"""

# Iskraemeco AM550, Slovenia: by position. Logical device name, ISK and 13 digits, and device id.
AM550 = """
- octets ISK10307{serial}
- octets {serial}
1-0: 1.7.0 2.7.0 | u32 W
1-0: 3.7.0 4.7.0 | u32 var
1-0: 32.7.0 52.7.0 72.7.0 | u16 V-1
1-0: 31.7.0 51.7.0 71.7.0 | u16 A-2
1-0: 21.7.0 41.7.0 61.7.0 22.7.0 42.7.0 62.7.0 | u32 W
"""
