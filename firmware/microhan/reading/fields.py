"""The one table of the Reading's fields. Everybody else asks reading.py about them.

On the device it takes a few hundred bytes: the build runs this module and writes out only what
others use of it, an `INDEX["..."]` as its number (tools/build/constants.py).
"""

from micropython import const

# Kinds of field. The number indexes KINDS.
TIME = const(0)
TEXT = const(1)
WH = const(2)
VARH = const(3)
W = const(4)
VAR = const(5)
V = const(6)
A = const(7)
HZ = const(8)
FACTOR = const(9)  # power factor, no unit
LEVEL = const(10)  # W as well, but not momentary: a peak, a limit
HISTORY = const(11)
CHANNELS = const(12)

# kind -> (unit of the JSON key, decimals in JSON; None = as sent, at most 3)
KINDS = (
    ("", 0),
    ("", 0),
    ("kWh", 3),
    ("kvarh", 3),
    ("W", 0),
    ("var", 0),
    ("V", None),
    ("A", None),
    ("Hz", None),
    ("", None),
    ("W", 0),
    ("", 0),
    ("", 0),
)

# One line a field: its key, its kind, and the OBIS code (A-B:C.D.E of IEC 62056-61) that fills it,
# in text telegrams and in binary lists with codes. They are written in this order: FIELDS, then
# EXTRAS. Further codes of a field: telegram/p1/lookup.py, telegram/p1/extra_codes.py.
FIELDS = (
    ("time", TIME, "0-0:1.0.0"),
    ("identification", TEXT, ""),
    ("meter_id", TEXT, "0-0:96.1.1"),
    ("meter_type", TEXT, ""),
    ("list_id", TEXT, ""),
    ("active_power_import_w", W, "1-0:1.7.0"),
    ("active_power_export_w", W, "1-0:2.7.0"),
    ("reactive_power_import_var", VAR, "1-0:3.7.0"),
    ("reactive_power_export_var", VAR, "1-0:4.7.0"),
    ("active_power_import_l1_w", W, "1-0:21.7.0"),
    ("active_power_import_l2_w", W, "1-0:41.7.0"),
    ("active_power_import_l3_w", W, "1-0:61.7.0"),
    ("active_power_export_l1_w", W, "1-0:22.7.0"),
    ("active_power_export_l2_w", W, "1-0:42.7.0"),
    ("active_power_export_l3_w", W, "1-0:62.7.0"),
    ("reactive_power_import_l1_var", VAR, "1-0:23.7.0"),
    ("reactive_power_import_l2_var", VAR, "1-0:43.7.0"),
    ("reactive_power_import_l3_var", VAR, "1-0:63.7.0"),
    ("reactive_power_export_l1_var", VAR, "1-0:24.7.0"),
    ("reactive_power_export_l2_var", VAR, "1-0:44.7.0"),
    ("reactive_power_export_l3_var", VAR, "1-0:64.7.0"),
    ("voltage_l1_v", V, "1-0:32.7.0"),
    ("voltage_l2_v", V, "1-0:52.7.0"),
    ("voltage_l3_v", V, "1-0:72.7.0"),
    ("current_l1_a", A, "1-0:31.7.0"),
    ("current_l2_a", A, "1-0:51.7.0"),
    ("current_l3_a", A, "1-0:71.7.0"),
    # Each total stands right before its four tariffs: telegram/tariffs.py relies on it.
    ("active_energy_import_kwh", WH, "1-0:1.8.0"),
    ("active_energy_import_t1_kwh", WH, "1-0:1.8.1"),
    ("active_energy_import_t2_kwh", WH, "1-0:1.8.2"),
    ("active_energy_import_t3_kwh", WH, "1-0:1.8.3"),
    ("active_energy_import_t4_kwh", WH, "1-0:1.8.4"),
    ("active_energy_export_kwh", WH, "1-0:2.8.0"),
    ("active_energy_export_t1_kwh", WH, "1-0:2.8.1"),
    ("active_energy_export_t2_kwh", WH, "1-0:2.8.2"),
    ("active_energy_export_t3_kwh", WH, "1-0:2.8.3"),
    ("active_energy_export_t4_kwh", WH, "1-0:2.8.4"),
    ("reactive_energy_import_kvarh", VARH, "1-0:3.8.0"),
    ("reactive_energy_import_t1_kvarh", VARH, "1-0:3.8.1"),
    ("reactive_energy_import_t2_kvarh", VARH, "1-0:3.8.2"),
    ("reactive_energy_import_t3_kvarh", VARH, "1-0:3.8.3"),
    ("reactive_energy_import_t4_kvarh", VARH, "1-0:3.8.4"),
    ("reactive_energy_export_kvarh", VARH, "1-0:4.8.0"),
    ("reactive_energy_export_t1_kvarh", VARH, "1-0:4.8.1"),
    ("reactive_energy_export_t2_kvarh", VARH, "1-0:4.8.2"),
    ("reactive_energy_export_t3_kvarh", VARH, "1-0:4.8.3"),
    ("reactive_energy_export_t4_kvarh", VARH, "1-0:4.8.4"),
)

# What Swedish meters do not send. A Reading has no array slots for these, so that they cost it
# nothing: their values are in Reading.wide, see extras.py.
EXTRAS = (
    ("tariff", TEXT, "0-0:96.14.0"),
    ("frequency_hz", HZ, "1-0:14.7.0"),
    ("power_factor", FACTOR, "1-0:13.7.0"),
    ("power_factor_l1", FACTOR, "1-0:33.7.0"),
    ("power_factor_l2", FACTOR, "1-0:53.7.0"),
    ("power_factor_l3", FACTOR, "1-0:73.7.0"),
    ("reactive_energy_q1_kvarh", VARH, "1-0:5.8.0"),
    ("reactive_energy_q2_kvarh", VARH, "1-0:6.8.0"),
    ("reactive_energy_q3_kvarh", VARH, "1-0:7.8.0"),
    ("reactive_energy_q4_kvarh", VARH, "1-0:8.8.0"),
    ("demand_import_w", W, "1-0:1.4.0"),
    ("demand_peak_import_w", LEVEL, "1-0:1.6.0"),
    ("demand_peak_time", TIME, ""),
    ("demand_history", HISTORY, "0-0:98.1.0"),
    ("limiter_w", LEVEL, "0-0:17.0.0"),
    ("breaker", TEXT, "0-0:96.3.10"),
    ("message", TEXT, "0-0:96.13.0"),
    ("channels", CHANNELS, ""),
)

COUNT = const(47)  # of FIELDS
ALL = const(65)  # and EXTRAS
INDEX = {(FIELDS + EXTRAS)[_i][0]: _i for _i in range(ALL)}  # by key

I_TIME = const(0)
I_IDENTIFICATION = const(1)
I_METER_ID = const(2)
I_METER_TYPE = const(3)
I_LIST_ID = const(4)
I_VOLTAGE = const(21)  # the first of six, voltages and currents: their decimals are as sent
I_PEAK = const(58)  # its time is the next field
I_MESSAGE = const(63)
I_CHANNELS = const(64)

# The table as bytes, which take less memory than tuples: the keys as they stand in JSON, one after
# the other, and each field's kind.
KEYS = b"".join([(',"%s":' % _key).encode() for _key, _, _ in FIELDS])
EXTRA_KEYS = b"".join([(',"%s":' % _key).encode() for _key, _, _ in EXTRAS])
KIND = bytes([_kind for _, _kind, _ in FIELDS + EXTRAS])
