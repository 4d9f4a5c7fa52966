"""Which OBIS codes of ASCII telegrams fill the fields that Swedish meters do not send, and which
function of extra_values.py reads each. The device gets `ROWS` and the constants only (the build
runs this module: tools/build/constants.py).
"""

from micropython import const

from ...reading.fields import EXTRAS, INDEX

# How a line is read: positions in extra_values.READERS.
TARIFF = const(0)  # text as sent
FREQUENCY = const(1)
FACTOR = const(2)
REACTIVE = const(3)
POWER = const(4)
LIMIT = const(5)
PEAK = const(6)  # (time)(power)
HISTORY = const(7)  # (n)(code)(code)(time)(time)(power) ...
SWITCH = const(8)
MESSAGE = const(9)
CLOCK = const(10)
DAY = const(11)  # a clock in two lines
CLOCK_TIME = const(12)
TYPE = const(13)
ID = const(14)
VALUE = const(15)  # (time)(value)
OLD_VALUE = const(16)  # DSMR 2.2, 3.0: (time)(status)(period)(1)(code)(unit)(value)

# Where the result goes: a field's number, or one of these.
TIME_OF_DAY = const(200)
DATE = const(201)
CHANNEL_TYPE = const(210)
CHANNEL_ID = const(211)
CHANNEL_VALUE = const(212)
CHANNEL_VALVE = const(213)

# The channel of a code: an abstract object (0-0), electricity (1-0, 1-1), a meter on channel n of
# the M-Bus (0-n).
_PREFIXES = ("0-0", "1-0", "0-n")

# Fields with the code that reading/fields.py gives them.
_FIELDS = (
    ("tariff", TARIFF),
    ("frequency_hz", FREQUENCY),
    ("power_factor", FACTOR),
    ("power_factor_l1", FACTOR),
    ("power_factor_l2", FACTOR),
    ("power_factor_l3", FACTOR),
    ("reactive_energy_q1_kvarh", REACTIVE),
    ("reactive_energy_q2_kvarh", REACTIVE),
    ("reactive_energy_q3_kvarh", REACTIVE),
    ("reactive_energy_q4_kvarh", REACTIVE),
    ("demand_import_w", POWER),
    ("demand_peak_import_w", PEAK),
    ("demand_history", HISTORY),
    ("limiter_w", LIMIT),
    ("breaker", SWITCH),
    ("message", MESSAGE),
)
# Further codes. Of the rows for one field the first that holds something counts. 0-n:96.3.10 are
# relays of the meter itself in Belgium, Luxembourg and Czechia, not valves.
_FURTHER = (
    ("0-0:96.50.68", "breaker", SWITCH),  # Sanxing, Hungary
    ("0-0:96.13.1", "message", MESSAGE),
    ("0-0:96.13.2", "message", MESSAGE),  # Luxembourg has up to six
    ("0-0:96.13.3", "message", MESSAGE),
    ("0-0:96.13.4", "message", MESSAGE),
    ("0-0:96.13.5", "message", MESSAGE),
    ("0-0:1.0.0", "time", CLOCK),
    ("1-0:0.9.1", TIME_OF_DAY, CLOCK_TIME),  # Iskraemeco
    ("0-0:0.9.1", TIME_OF_DAY, CLOCK_TIME),
    ("1-0:0.9.2", DATE, DAY),
    ("0-0:0.9.2", DATE, DAY),
    ("0-n:24.1.0", CHANNEL_TYPE, TYPE),
    ("0-n:96.1.1", CHANNEL_ID, ID),
    ("0-n:96.1.0", CHANNEL_ID, ID),
    ("0-n:24.2.1", CHANNEL_VALUE, VALUE),
    ("0-n:24.2.3", CHANNEL_VALUE, VALUE),  # Belgium's gas, as the meter measures it
    ("0-n:24.3.0", CHANNEL_VALUE, OLD_VALUE),
    ("0-n:24.4.0", CHANNEL_VALVE, SWITCH),
)
WIDTH = const(6)


def _packed():
    """Six bytes a row: the prefix's position, C, D, E, where the result goes, how it is read."""
    codes = {key: code for key, _, code in EXTRAS}
    table = [(codes[key], key, how) for key, how in _FIELDS]
    table.extend(_FURTHER)
    rows = bytearray()
    for code, to, how in table:
        prefix, rest = code.split(":")
        rows.append(_PREFIXES.index(prefix))
        rows.extend(bytes([int(part) for part in rest.split(".")]))
        rows.append(INDEX[to] if isinstance(to, str) else to)
        rows.append(how)
    return bytes(rows)


ROWS = _packed()
