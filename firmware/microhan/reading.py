"""The Reading: what one telegram said, and the one table of its fields.

Values are integers in the smallest unit, because the device's floats have 24 bits and a meter
register needs 27 and more (law 1). Decimals are written out by integer arithmetic.
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
)

# Every key that a Reading can hold, in the order in which they are written.
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
    # Each total stands right before its four tariffs: telegram/registers.py counts on it.
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

COUNT = len(FIELDS)
INDEX = {FIELDS[_i][0]: _i for _i in range(COUNT)}

I_TIME = const(0)
I_IDENTIFICATION = const(1)
I_METER_ID = const(2)
I_METER_TYPE = const(3)
I_LIST_ID = const(4)


def kind_of(i):
    """Kind (TIME, TEXT, WH ...) of field number i."""
    return FIELDS[i][1]


def is_register(i):
    """True for an energy register: it stays valid until the meter sends a newer one."""
    kind = FIELDS[i][1]
    return kind == WH or kind == VARH


def is_momentary(i):
    """True for power, voltage and current: old values of these are worth nothing."""
    return FIELDS[i][1] >= W


def days_from_civil(year, month, day):
    """Days from 2000-01-01 to a date of the Gregorian calendar, 2000 to 2099."""
    if month < 3:
        year -= 1
        month += 12
    leaps = year // 4 - year // 100 + year // 400
    return 365 * year + leaps + (153 * month - 457) // 5 + day - 730426


def civil_from_days(days):
    """(year, month, day) of a day number counted from 2000-01-01."""
    n = days + 730425  # days since 0000-03-01
    era = n // 146097
    n %= 146097
    y = (n - n // 1460 + n // 36524 - n // 146096) // 365
    n -= 365 * y + y // 4 - y // 100
    m = (5 * n + 2) // 153
    day = n - (153 * m + 2) // 5 + 1
    month = m + 3 if m < 10 else m - 9
    return era * 400 + y + (1 if month < 3 else 0), month, day


def iso_time(seconds, offset_min):
    """Local seconds since 2000-01-01 and a UTC offset in minutes, as ISO 8601 text."""
    y, mo, d = civil_from_days(seconds // 86400)
    s = seconds % 86400
    sign = "-" if offset_min < 0 else "+"
    o = abs(offset_min)
    return "%04d-%02d-%02dT%02d:%02d:%02d%s%02d:%02d" % (
        y, mo, d, s // 3600, s // 60 % 60, s % 60, sign, o // 60, o % 60)


def milli_text(value, decimals):
    """An integer of thousandths as decimal text, digits past `decimals` (0..3) cut."""
    v = abs(value)
    text = str(v // 1000)
    if decimals:
        text += "." + ("%03d" % (v % 1000))[:decimals]
    return "-" + text if value < 0 else text


def json_text(text):
    """A JSON string, quotes included. Control characters and non-ASCII are escaped."""
    out = '"'
    for ch in text:
        n = ord(ch)
        if ch == '"' or ch == "\\":
            out += "\\" + ch
        elif n < 32 or n > 126:
            out += "\\u%04x" % n if n < 0x10000 else "?"
        else:
            out += ch
    return out + '"'


class Reading:
    """One proven telegram. A field that the meter did not send is None, never 0 (law 2)."""

    def __init__(self):
        self.values = [None] * COUNT  # Wh, varh, W, var, mV, mA; TIME: local s since 2000; text
        self.decimals = bytearray(COUNT)  # V and A: decimals as sent, 0 to 3
        self.utc_offset = 60  # minutes, of TIME
        self.seq = 0  # set by the hub; rises also across restarts

    def get(self, key):
        """Value of a key in the smallest unit (see class), or None if absent."""
        return self.values[INDEX[key]]

    def fields(self):
        """Indices of the fields that are there, in the order of FIELDS."""
        for i in range(COUNT):
            if self.values[i] is not None:
                yield i

    def text(self, i):
        """Field i as exact text in the unit of its key (no quotes), or None if absent."""
        value = self.values[i]
        if value is None:
            return None
        kind = FIELDS[i][1]
        if kind == TEXT:
            return value
        if kind == TIME:
            return iso_time(value, self.utc_offset)
        decimals = KINDS[kind][1]
        if decimals is None:
            return milli_text(value, self.decimals[i])
        return milli_text(value, decimals) if decimals else str(value)

    def json(self, extra=""):
        """The flat JSON object of DESIGN.md. `extra` is spliced in front, like '"seq":7,'."""
        parts = []
        for i in self.fields():
            text = self.text(i)
            if FIELDS[i][1] <= TEXT:
                text = json_text(text)
            parts.append('"' + FIELDS[i][0] + '":' + text)
        return "{" + extra + ",".join(parts) + "}"
