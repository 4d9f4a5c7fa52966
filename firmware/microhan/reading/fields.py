"""The one table of the Reading's fields. reading.py is its face.

On the device it is a few hundred bytes: the build writes out what is used of it, an `INDEX["..."]`
as its number (tools/build/compact.py).
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
LEVEL = const(10)  # W as well, but no momentary value: a peak, a limit
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

# Every key that a Reading can hold, in the order in which they are written: FIELDS, then EXTRAS.
# OBIS codes and positions in binary lists point here by index: see telegram/obis.py.
FIELDS = (
    ("time", TIME),
    ("identification", TEXT),
    ("meter_id", TEXT),
    ("meter_type", TEXT),
    ("list_id", TEXT),
    ("active_power_import_w", W),
    ("active_power_export_w", W),
    ("reactive_power_import_var", VAR),
    ("reactive_power_export_var", VAR),
    ("active_power_import_l1_w", W),
    ("active_power_import_l2_w", W),
    ("active_power_import_l3_w", W),
    ("active_power_export_l1_w", W),
    ("active_power_export_l2_w", W),
    ("active_power_export_l3_w", W),
    ("reactive_power_import_l1_var", VAR),
    ("reactive_power_import_l2_var", VAR),
    ("reactive_power_import_l3_var", VAR),
    ("reactive_power_export_l1_var", VAR),
    ("reactive_power_export_l2_var", VAR),
    ("reactive_power_export_l3_var", VAR),
    ("voltage_l1_v", V),
    ("voltage_l2_v", V),
    ("voltage_l3_v", V),
    ("current_l1_a", A),
    ("current_l2_a", A),
    ("current_l3_a", A),
    # Each total stands right before its four tariffs: telegram/tariffs.py counts on it.
    ("active_energy_import_kwh", WH),
    ("active_energy_import_t1_kwh", WH),
    ("active_energy_import_t2_kwh", WH),
    ("active_energy_import_t3_kwh", WH),
    ("active_energy_import_t4_kwh", WH),
    ("active_energy_export_kwh", WH),
    ("active_energy_export_t1_kwh", WH),
    ("active_energy_export_t2_kwh", WH),
    ("active_energy_export_t3_kwh", WH),
    ("active_energy_export_t4_kwh", WH),
    ("reactive_energy_import_kvarh", VARH),
    ("reactive_energy_import_t1_kvarh", VARH),
    ("reactive_energy_import_t2_kvarh", VARH),
    ("reactive_energy_import_t3_kvarh", VARH),
    ("reactive_energy_import_t4_kvarh", VARH),
    ("reactive_energy_export_kvarh", VARH),
    ("reactive_energy_export_t1_kvarh", VARH),
    ("reactive_energy_export_t2_kvarh", VARH),
    ("reactive_energy_export_t3_kvarh", VARH),
    ("reactive_energy_export_t4_kvarh", VARH),
)

# What Swedish meters do not send. A Reading has no place of its own for these, so that they cost
# nothing where they are absent: their values are in Reading.more, see extras.py.
EXTRAS = (
    ("tariff", TEXT),
    ("frequency_hz", HZ),
    ("power_factor", FACTOR),
    ("power_factor_l1", FACTOR),
    ("power_factor_l2", FACTOR),
    ("power_factor_l3", FACTOR),
    ("reactive_energy_q1_kvarh", VARH),
    ("reactive_energy_q2_kvarh", VARH),
    ("reactive_energy_q3_kvarh", VARH),
    ("reactive_energy_q4_kvarh", VARH),
    ("demand_import_w", W),
    ("demand_peak_import_w", LEVEL),
    ("demand_peak_time", TIME),
    ("demand_history", HISTORY),
    ("limiter_w", LEVEL),
    ("breaker", TEXT),
    ("message", TEXT),
    ("channels", CHANNELS),
)

COUNT = const(47)  # of FIELDS
ALL = const(65)  # and EXTRAS
INDEX = {(FIELDS + EXTRAS)[_i][0]: _i for _i in range(ALL)}

I_TIME = const(0)
I_IDENTIFICATION = const(1)
I_METER_ID = const(2)
I_METER_TYPE = const(3)
I_LIST_ID = const(4)
I_VOLTAGE = const(21)  # voltages and currents, six in a row, are those with decimals as sent
I_PEAK = const(58)  # its time stands right behind it
I_MESSAGE = const(63)
I_CHANNELS = const(64)

# The same as bytes, which the device reads in place: the keys as they stand in JSON, one after
# the other, and each field's kind.
KEYS = b"".join([(',"%s":' % _key).encode() for _key, _ in FIELDS])
EXTRA_KEYS = b"".join([(',"%s":' % _key).encode() for _key, _ in EXTRAS])
KIND = bytes([_kind for _, _kind in FIELDS + EXTRAS])
