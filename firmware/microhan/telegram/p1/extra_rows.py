"""Which OBIS codes of ASCII telegrams fill the fields that Swedish meters do not send, and how
each is read. The device gets `ROWS` and the numbers only (tools/build runs this module).
"""

from micropython import const

from ...reading.fields import INDEX

# What a line is: positions in READERS of extra_values.py.
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

# Where the result is kept: a field's number, or one of these.
TIME_OF_DAY = const(200)
DATE = const(201)
CHANNEL_TYPE = const(210)
CHANNEL_ID = const(211)
CHANNEL_VALUE = const(212)
CHANNEL_VALVE = const(213)

# First of a code what it belongs to: an abstract object (0-0), electricity (1-0, 1-1), a meter on
# channel n of the M-Bus (0-n).
_PREFIXES = ("0-0", "1-0", "0-n")

# Of rows for one field the first that says something counts. 0-n:96.3.10 are relays of the meter
# itself in Belgium, Luxembourg and Czechia, and no valves.
_ROWS = (
    ("0-0:96.14.0", "tariff", TARIFF),
    ("1-0:14.7.0", "frequency_hz", FREQUENCY),
    ("1-0:13.7.0", "power_factor", FACTOR),
    ("1-0:33.7.0", "power_factor_l1", FACTOR),
    ("1-0:53.7.0", "power_factor_l2", FACTOR),
    ("1-0:73.7.0", "power_factor_l3", FACTOR),
    ("1-0:5.8.0", "reactive_energy_q1_kvarh", REACTIVE),
    ("1-0:6.8.0", "reactive_energy_q2_kvarh", REACTIVE),
    ("1-0:7.8.0", "reactive_energy_q3_kvarh", REACTIVE),
    ("1-0:8.8.0", "reactive_energy_q4_kvarh", REACTIVE),
    ("1-0:1.4.0", "demand_import_w", POWER),
    ("1-0:1.6.0", "demand_peak_import_w", PEAK),
    ("0-0:98.1.0", "demand_history", HISTORY),
    ("0-0:17.0.0", "limiter_w", LIMIT),
    ("0-0:96.3.10", "breaker", SWITCH),
    ("0-0:96.50.68", "breaker", SWITCH),  # Sanxing, Hungary
    ("0-0:96.13.0", "message", MESSAGE),
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


def _packed(table):
    """Six bytes a row: the prefix's position, C, D, E, where to, how."""
    rows = bytearray()
    for code, field, how in table:
        prefix, rest = code.split(":")
        rows.append(_PREFIXES.index(prefix))
        rows.extend(bytes([int(part) for part in rest.split(".")]))
        rows.append(INDEX[field] if isinstance(field, str) else field)
        rows.append(how)
    return bytes(rows)


ROWS = _packed(_ROWS)
del _ROWS
