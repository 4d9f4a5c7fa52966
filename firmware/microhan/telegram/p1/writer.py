"""A Reading as an ASCII P1 telegram, for whoever speaks P1 and has a meter that does not.

Loaded by the outputs that need it. Two dialects: the Swedish H1 recommendation v2.0, DSMR 5.0.2;
in both, what their lists do not have stands behind, so that nothing that P1 can say is lost;
writer_extras.py has what Swedish meters do not send.
"""

from binascii import hexlify

from micropython import const

from ...reading.calendar import civil_from_days
from ...reading.fields import I_IDENTIFICATION, I_METER_ID, I_TIME, VAR, VARH, WH, A, V, W
from ...reading.json_text import milli
from ...reading.reading import index_of, kind_of
from ..crc import arc

_IDENTIFICATION = "MHN5\\2microhan"  # where the meter has none of its own
_LONGEST_ID = const(64)  # characters; its hex digits must fit a line of every reader
_SPELLED = const(8)  # a number so long is written as hex of ASCII, as DSMR does

# Key of the first field, C and D of its code, how many phases; C rises by 20 a phase.
_ENERGIES = (
    ("active_energy_import_kwh", 1, 8, 1), ("active_energy_export_kwh", 2, 8, 1),
    ("reactive_energy_import_kvarh", 3, 8, 1), ("reactive_energy_export_kvarh", 4, 8, 1))
_POWERS = (
    ("active_power_import_w", 1, 7, 1), ("active_power_export_w", 2, 7, 1),
    ("reactive_power_import_var", 3, 7, 1), ("reactive_power_export_var", 4, 7, 1))
_PHASES = (
    ("active_power_import_l1_w", 21, 7, 3), ("active_power_export_l1_w", 22, 7, 3))
_REACTIVE_PHASES = (
    ("reactive_power_import_l1_var", 23, 7, 3), ("reactive_power_export_l1_var", 24, 7, 3))
_VOLTS = ("voltage_l1_v", 32, 7, 3)
_AMPERES = ("current_l1_a", 31, 7, 3)

_KINDS = (WH, VARH, W, VAR, V, A)


class _Dialect:
    """How a list is written: `formats` by kind as in _KINDS, each (digits before the point,
    decimals at least, unit).
    """

    def __init__(self, order, formats, version, summer, tariffs_first):
        self.order = order
        self.version = version
        self.tariffs_first = tariffs_first
        self.base_min = 60  # the zone's normal UTC offset
        self._formats = formats
        self._summer = summer  # the clock is put forward, and says so

    def quantity(self, kind, value, decimals=0):
        """Value and unit of a field of this kind; `decimals`: as sent."""
        digits, least, unit = self._formats[_KINDS.index(kind)]
        return "(%s*%s)" % (padded(value, digits, max(least, decimals)), unit)

    def stamp(self, seconds, utc_offset):
        """YYMMDDhhmmssX of the zone's clock."""
        letter = "W"
        if self._summer and utc_offset == self.base_min + 60:
            letter = "S"
        else:
            seconds += (self.base_min - utc_offset) * 60
        year, month, day = civil_from_days(seconds // 86400)
        s = seconds % 86400
        return "(%02d%02d%02d%02d%02d%02d%s)" % (
            year % 100, month, day, s // 3600, s // 60 % 60, s % 60, letter)


def _swedish():
    """Branschrekommendation v2.0, 3.1 and 4.3: normal time all year."""
    return _Dialect(
        _ENERGIES + _POWERS + _PHASES + _REACTIVE_PHASES + (_VOLTS, _AMPERES),
        ((8, 3, "kWh"), (8, 3, "kVArh"), (4, 3, "kW"), (4, 3, "kVAr"), (3, 1, "V"), (3, 1, "A")),
        "", False, False)


def _dutch():
    """P1 Companion Standard 5.0.2, clause 6.12."""
    return _Dialect(
        _POWERS[:2] + (_VOLTS, _AMPERES) + _PHASES + _ENERGIES + _POWERS[2:] + _REACTIVE_PHASES,
        ((6, 3, "kWh"), (6, 3, "kvarh"), (2, 3, "kW"), (2, 3, "kvar"), (3, 1, "V"), (3, 0, "A")),
        "50", True, True)


_DIALECTS = {"se": _swedish, "dsmr": _dutch}


def write(reading, dialect="se", base_min=60):
    """`reading` as bytes of a telegram with a right checksum.

    `dialect` is "se" or "dsmr"; `base_min` the zone's normal UTC offset in minutes: a clock that
    runs at another is put right. Raises ValueError for another dialect.
    """
    if dialect not in _DIALECTS:
        raise ValueError("dialect must be se or dsmr, not " + str(dialect))
    how = _DIALECTS[dialect]()
    how.base_min = base_min
    out = bytearray()
    _line(out, "/" + (reading.at(I_IDENTIFICATION) or _IDENTIFICATION) + "\r\n")
    if how.version:
        _line(out, "1-3:0.2.8(%s)" % how.version)
    if reading.at(I_TIME) is not None:
        _line(out, "0-0:1.0.0" + how.stamp(reading.at(I_TIME), reading.utc_offset))
    number = spelled(reading.at(I_METER_ID))
    if how.tariffs_first:
        if number:
            _line(out, "0-0:96.1.1" + number)
        _add_tariffs(out, reading, how)
    for key, c, d, phases in how.order:
        for phase in range(phases):
            _add(out, reading, index_of(key) + phase, c + 20 * phase, d, 0, how)
    if not how.tariffs_first:
        _add_tariffs(out, reading, how)
        if number:
            _line(out, "0-0:96.1.1" + number)
    if reading.extras():
        from .writer_extras import lines

        for line in lines(reading, how, padded, spelled):
            _line(out, line)
    out.extend(b"!")
    out.extend(b"%04X\r\n" % arc(out))
    return bytes(out)


def _line(out, text):
    out.extend(text.encode())
    out.extend(b"\r\n")


def _add_tariffs(out, reading, how):
    for key, c, _, _ in _ENERGIES:
        for tariff in range(1, 5):
            _add(out, reading, index_of(key) + tariff, c, 8, tariff, how)


def _add(out, reading, i, c, d, e, how):
    """The line of field i, whose code ends in C.D.E, if it is there."""
    value = reading.at(i)
    if value is not None:
        told = how.quantity(kind_of(i), value, reading.decimals(i))
        _line(out, "1-0:%d.%d.%d%s" % (c, d, e, told))


def padded(value, digits, decimals):
    """Thousandths as decimal text with zeros in front."""
    text = milli(abs(value), decimals).decode()
    whole = len(text) - (decimals + 1 if decimals else 0)
    return ("-" if value < 0 else "") + "0" * (digits - whole) + text


def spelled(text):
    """A meter's number as it stands in its line, or "" if P1 cannot say it."""
    if not text or len(text) > _LONGEST_ID:
        return ""
    if len(text) >= _SPELLED:
        return "(%s)" % hexlify(text.encode()).decode().upper()
    for ch in text:
        if ch in "()!/":
            return ""
    return "(%s)" % text
