"""Scales that binary lists leave open: what was decided, stored with the meter's number.

Wh per count of the registers, found from power and time (meter/energy_unit.py), and mA per
count of the currents, found by dlms/scalers.py. Loaded with the first list that does not say.
The evidence about registers is loaded while there is no decision, and again once a day to see
whether it still holds: grid companies have switched meters from 10 Wh to 1 Wh overnight
(docs/research/protocol.md, 4.3).
"""

from typing import TYPE_CHECKING

from micropython import const

from ..reading.fields import COUNT
from ..reading.reading import key_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..reading.reading import Reading
    from ..store.files import Folder
    from ..telegram.dlms.message import Messages
    from .energy_unit import EnergyUnit

_CHECK_S = const(86400)  # seconds until the evidence is looked at again
_UNKNOWN = const(101)  # dlms/scalers.py UNKNOWN
_ENERGY_FILE = "energy_unit"
_CURRENT_FILE = "current_unit"
_WATT_HOURS = (b"1", b"10")  # of those that are found out
_MILLIAMPERES = (b"1", b"10", b"100", b"1000")

# What the owner may set, in the order of powers of ten.
_PARTS = ("0.001", "0.01", "0.1", "1", "10", "100", "1000")


def owners_units(config: dict) -> list[int | None]:
    """Powers of ten of volts (to mV), amperes (to mA) and power (to W) as the owner has set them,
    each None if not."""
    return [None if config[key] == "unknown" else _PARTS.index(config[key]) - unit
            for key, unit in (("voltage_unit", 0), ("current_unit", 0), ("power_unit", 3))]


class UnitKeeper:
    """`chosen` is the owner's Wh per count, or None; decisions are stored in `folder`;
    `warn(text)` tells the owner.
    """

    def __init__(self, chosen: int | None, folder: "Folder", warn: "Callable[[str], None]",
                 log: "Callable[[str], None]"):
        self._chosen = chosen
        self._folder = folder
        self._warn = warn
        self._log = log
        self._meter: str | None = None  # whose decisions these are
        self._evidence: "EnergyUnit | None" = None
        self._warned = False
        self._check = 0  # uptime at which to look at the evidence again
        self._left_out = bytearray(COUNT)  # 1: this field's newest value had no scale
        self.unit = chosen  # Wh per count, or None
        # or "evidence", "flash" (evidence from before the restart), "maker"
        self.by = "owner" if chosen else "unknown"
        self.current: int | None = None  # mA per count
        self.current_by = "unknown"

    def reading(self, source: "Messages", now: int) -> "Reading":
        """The Reading of `source` at uptime `now` (s), with its registers if their unit is known.
        """
        lists = source.list()
        assert lists is not None
        meter = lists.meter()
        if meter is not None and meter != self._meter:
            self._begin(meter, lists.scales, now)
        count = lists.energy_count()
        if count is not None and not self.unit and not lists.is_open:
            self.unit = 1
            self.by = "maker"
        reading = source.reading(self.unit)
        if now >= self._check and self._weigh(reading, count, now):
            reading = source.reading(self.unit)
        self._update_current(lists.scales)
        for i in range(COUNT):
            if lists.left_out[i]:
                self._left_out[i] = 1
            elif reading.numbers[i]:
                self._left_out[i] = 0
        return reading

    def left_out(self) -> list[str]:
        """Keys of the fields whose newest value had no known scale."""
        return [key_of(i) for i in range(COUNT) if self._left_out[i]]

    def add_to(self, out: dict) -> None:
        """Add the decisions to the `meter` of `/status.json`; `warnings` become the device's."""
        out["energy_unit"] = {"wh": self.unit, "by": self.by}
        out["current_unit"] = {"ma": self.current, "by": self.current_by}
        keys = out["left_out"] = self.left_out()
        if keys:
            out["warnings"] = [
                "left out, because the meter does not say what its numbers count, and that is not "
                "proven yet: %s. Wait (registers: some hours), or set meter.energy_unit, "
                "current_unit, voltage_unit or power_unit" % ", ".join(keys)]

    def _begin(self, meter, scales, now):
        """Another meter than before: was something decided for it?"""
        self._meter = meter
        self._evidence = None
        self._check = now
        for i in range(COUNT):
            self._left_out[i] = 0
        if not self._chosen:
            self.unit = self._remembered(_ENERGY_FILE, _WATT_HOURS)
            self.by = "flash" if self.unit else "unknown"
        self.current = self._remembered(_CURRENT_FILE, _MILLIAMPERES)
        self.current_by = "flash" if self.current else "unknown"
        if self.current and scales.kept == _UNKNOWN:
            scales.kept = len(str(self.current)) - 1

    def _remembered(self, name, allowed):
        kept = (self._folder.read(name) or b"").split(b" ", 1)
        if len(kept) == 2 and kept[0] in allowed and kept[1] == self._meter.encode():
            return int(kept[0])
        return None

    def _remember(self, name, unit):
        try:
            if self._meter:
                self._folder.write(name, ("%d %s" % (unit, self._meter)).encode())
        except OSError:
            pass  # a full flash: found out again after the next start

    def _update_current(self, scales):
        """Has the scale of the currents been proven, or has it changed?"""
        if scales.owner and scales.owner[1] is not None:
            self.current = 10 ** scales.owner[1]
            self.current_by = "owner"
        elif scales.kept != _UNKNOWN and self.current != 10 ** scales.kept:
            self.current = 10 ** scales.kept
            self.current_by = "evidence"
            self._log("meter: a count of its currents is %d mA" % self.current)
            self._remember(_CURRENT_FILE, self.current)

    def _weigh(self, reading, count, now):
        """Look for evidence in one more Reading. True if it has decided the unit."""
        if not self._evidence:
            from .energy_unit import EnergyUnit
            self._evidence = EnergyUnit()
        found = self._evidence.observe(reading, count)
        if not found:
            return False
        self._evidence = None
        self._check = now + _CHECK_S
        if not self.unit:
            self.unit = found
            self.by = "evidence"
            self._log("meter: a count of its registers is %d Wh" % found)
            self._remember(_ENERGY_FILE, found)
            return True
        if found != self.unit and not self._warned:
            self._warned = True
            self._warn("the meter's registers look like %d Wh a count but are read as %d: compare "
                       "with its display, then set meter.energy_unit" % (found, self.unit))
        return False
