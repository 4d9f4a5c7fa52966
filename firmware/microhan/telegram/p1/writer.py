"""A Reading as an ASCII P1 telegram: P1 for programs whose meter speaks something else.

Loaded by the outputs that need it. There are two dialects: the Swedish H1 recommendation v2.0, and
DSMR 5.0.2. Fields that a dialect's own list lacks follow at the end, so that nothing that P1 can
say is lost. writer_extras.py writes what Swedish meters do not send.
"""

from binascii import hexlify
from typing import TYPE_CHECKING

from micropython import const

from ...reading.calendar import civil_from_days
from ...reading.fields import I_IDENTIFICATION, I_METER_ID, I_TIME, INDEX, VAR, VARH, WH, A, V, W
from ...reading.json_text import letters, milli
from ...reading.reading import kind_of
from ..crc import arc
from ..obis import CODE_OF_FIELD

if TYPE_CHECKING:
    from ...reading.reading import Reading

_IDENTIFICATION = "MHN5\\2microhan"  # where the meter has none of its own
_LONGEST_ID = const(64)  # characters; as hex it must still fit a line of every reader
_SPELLED = const(8)  # from this length on a number is written as hex of ASCII, as DSMR does

_ENERGIES = bytes((
    INDEX["active_energy_import_kwh"], INDEX["active_energy_export_kwh"],
    INDEX["reactive_energy_import_kvarh"], INDEX["reactive_energy_export_kvarh"]))
_ACTIVE = bytes((INDEX["active_power_import_w"], INDEX["active_power_export_w"]))
_REACTIVE = bytes((INDEX["reactive_power_import_var"], INDEX["reactive_power_export_var"]))
# The first of three fields, L1 to L3, each.
_ACTIVE_L = bytes((INDEX["active_power_import_l1_w"], INDEX["active_power_export_l1_w"]))
_REACTIVE_L = bytes((INDEX["reactive_power_import_l1_var"], INDEX["reactive_power_export_l1_var"]))
_VOLTS_AMPERES = bytes((INDEX["voltage_l1_v"], INDEX["current_l1_a"]))

_KINDS = (WH, VARH, W, VAR, V, A)


class _Dialect:
    """How a list is written.

    `order`: numbers of the fields, in the order of the lines; `formats`: by kind as in _KINDS,
    each (digits before the point, least decimals, unit); `summer`: the clock keeps summer time.
    """

    def __init__(self, order: bytes, formats: "tuple[tuple[int, int, str], ...]", version: str,
                 summer: bool, tariffs_first: bool):
        self.order = order
        self.version = version
        self.tariffs_first = tariffs_first
        self.base_min = 60  # the zone's normal UTC offset
        self._formats = formats
        self._summer = summer

    def quantity(self, kind: int, value: int, decimals: int = 0) -> str:
        """Value and unit of a field of this kind, in parentheses; `decimals`: as sent."""
        digits, least, unit = self._formats[_KINDS.index(kind)]
        return "(%s*%s)" % (padded(value, digits, max(least, decimals)), unit)

    def stamp(self, seconds: int, utc_offset: int) -> str:
        """YYMMDDhhmmssX of the zone's clock, in parentheses."""
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
        (_ENERGIES + _ACTIVE + _REACTIVE
         + _phases(_ACTIVE_L) + _phases(_REACTIVE_L) + _phases(_VOLTS_AMPERES)),
        ((8, 3, "kWh"), (8, 3, "kVArh"), (4, 3, "kW"), (4, 3, "kVAr"), (3, 1, "V"), (3, 1, "A")),
        "", False, False)


def _dutch():
    """P1 Companion Standard 5.0.2, clause 6.12."""
    return _Dialect(
        (_ACTIVE + _phases(_VOLTS_AMPERES) + _phases(_ACTIVE_L)
         + _ENERGIES + _REACTIVE + _phases(_REACTIVE_L)),
        ((6, 3, "kWh"), (6, 3, "kvarh"), (2, 3, "kW"), (2, 3, "kvar"), (3, 1, "V"), (3, 0, "A")),
        "50", True, True)


def _phases(first):
    """The three fields of each in `first`."""
    return bytes([i + phase for i in first for phase in range(3)])


_DIALECTS = {"se": _swedish, "dsmr": _dutch}


def write(reading: "Reading", dialect: str = "se", base_min: int = 60) -> bytes:
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
        _line(out, code_text(I_TIME) + how.stamp(reading.at(I_TIME), reading.utc_offset))
    number = spelled(reading.at(I_METER_ID))
    if how.tariffs_first:
        if number:
            _line(out, code_text(I_METER_ID) + number)
        _add_tariffs(out, reading, how)
    for i in how.order:
        _add(out, reading, i, how)
    if not how.tariffs_first:
        _add_tariffs(out, reading, how)
        if number:
            _line(out, code_text(I_METER_ID) + number)
    if reading.extras():
        from .writer_extras import lines

        for line in lines(reading, how, code_text, padded, spelled):
            _line(out, line)
    out.extend(b"!")
    out.extend(b"%04X\r\n" % arc(out))
    return bytes(out)


def _line(out, text):
    out.extend(text.encode())
    out.extend(b"\r\n")


def _add_tariffs(out, reading, how):
    for total in _ENERGIES:
        for i in range(total + 1, total + 5):
            _add(out, reading, i, how)


def _add(out, reading, i, how):
    """The line of field i, if it is there."""
    value = reading.at(i)
    if value is not None:
        quantity = how.quantity(kind_of(i), value, reading.decimals(i))
        _line(out, code_text(i) + quantity)


def code_text(i: int) -> str:
    """The OBIS code of field i, as it begins its line."""
    code = CODE_OF_FIELD[i]
    return "%d-0:%d.%d.%d" % (code >> 24, code >> 16 & 0xFF, code >> 8 & 0xFF, code & 0xFF)


def padded(value: int, digits: int, decimals: int) -> str:
    """Thousandths as decimal text with zeros in front."""
    text = milli(abs(value), decimals).decode()
    whole = len(text) - (decimals + 1 if decimals else 0)
    return ("-" if value < 0 else "") + "0" * (digits - whole) + text


def spelled(text: str | None) -> str:
    """A meter's number in parentheses, or "" if P1 cannot say it."""
    if not text or len(text) > _LONGEST_ID:
        return ""
    if len(text) >= _SPELLED:
        return "(%s)" % hexlify(text.encode()).decode().upper()
    for ch in letters(text):
        if ch in "()!/":
            return ""
    return "(%s)" % text
