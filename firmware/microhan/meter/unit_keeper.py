"""Scales that binary lists leave open: what was decided, kept with the meter's number.

Wh per count of the registers, found from power and time (meter/energy_unit.py), and mA per
count of the currents, found by dlms/scalers.py. Loaded with the first list that does not say.
The evidence about registers is loaded while there is no decision, and again once a day to see
whether it still holds: grid companies have switched meters from 10 Wh to 1 Wh overnight
(docs/research/protocol.md, 4.3).
"""

from micropython import const

from ..reading.fields import COUNT, I_METER_ID
from ..reading.reading import key_of
from ..store.files import read, write

_CHECK_S = const(86400)
_UNKNOWN = const(101)  # scales.UNKNOWN
_WATT_HOURS = (b"1", b"10")  # of those that are found out
_MILLIAMPERES = (b"1", b"10", b"100", b"1000")

# What the owner may set, in the order of powers of ten.
_PARTS = ("0.001", "0.01", "0.1", "1", "10", "100", "1000")


def owners_units(config):
    """Powers of ten of volts (to mV), amperes (to mA) and power (to W) as the owner has set them,
    each None if not."""
    return [None if config[key] == "unknown" else _PARTS.index(config[key]) - unit
            for key, unit in (("voltage_unit", 0), ("current_unit", 0), ("power_unit", 3))]


class UnitKeeper:
    """`chosen` is the owner's Wh per count, or None; `data` the folder that decisions are kept in;
    `warn(text)` tells the owner.
    """

    def __init__(self, chosen, data, warn, log):
        self._chosen = chosen
        self._energy_path = data + "/energy_unit"
        self._current_path = data + "/current_unit"
        self._warn = warn
        self._log = log
        self._meter = None  # whose decision it is
        self._evidence = None
        self._warned = False
        self._check = 0  # uptime at which to look at the evidence again
        self._left_out = bytearray(COUNT)  # 1: this field's newest value had no scale
        self.unit = chosen  # Wh per count, or None
        # or "evidence", "flash": found out before, "maker"
        self.by = "owner" if chosen else "unknown"
        self.current = None  # mA per count, or None
        self.current_by = "unknown"

    def meet(self, decoder, source, reading, now):
        """A Reading of `source` at uptime `now` (s): the Reading with its registers, once their
        unit is known.
        """
        lists = source.list()
        meter = reading.at(I_METER_ID) or lists.meter()
        if meter is not None and meter != self._meter:
            self._begin(meter, lists.judge, now)
        count = decoder.energy_count()
        if count is not None and not self.unit and not lists.is_open:
            self.unit = 1
            self.by = "maker"
        if now >= self._check:
            self._weigh(reading, count, now)
        if count is not None and lists.is_open and decoder.energy_unit != self.unit:
            decoder.energy_unit = self.unit
            reading = source.reading()
        self._see_current(lists.judge)
        for i in range(COUNT):
            if lists.left_out[i]:
                self._left_out[i] = 1
            elif reading.numbers[i]:
                self._left_out[i] = 0
        return reading

    def left_out(self):
        """Keys of the fields whose newest value had no scale that is known."""
        return [key_of(i) for i in range(COUNT) if self._left_out[i]]

    def tell(self, out):
        """Put what is decided into the `meter` of `/status.json`; `warnings` become the device's.
        """
        out["energy_unit"] = {"wh": self.unit, "by": self.by}
        out["current_unit"] = {"ma": self.current, "by": self.current_by}
        keys = out["left_out"] = self.left_out()
        if keys:
            out["warnings"] = [
                "left out, because the meter does not say what its numbers count, and that is not "
                "proven yet: %s. Wait (registers: some hours), or set meter.energy_unit, "
                "current_unit, voltage_unit or power_unit" % ", ".join(keys)]

    def _begin(self, meter, judge, now):
        """Another meter than before: is there a decision of it?"""
        self._meter = meter
        self._evidence = None
        self._check = now
        for i in range(COUNT):
            self._left_out[i] = 0
        if not self._chosen:
            self.unit = self._remembered(self._energy_path, _WATT_HOURS)
            self.by = "flash" if self.unit else "unknown"
        self.current = self._remembered(self._current_path, _MILLIAMPERES)
        self.current_by = "flash" if self.current else "unknown"
        if self.current and judge.kept == _UNKNOWN:
            judge.kept = len(str(self.current)) - 1

    def _remembered(self, path, allowed):
        kept = (read(path) or b"").split(b" ", 1)
        if len(kept) == 2 and kept[0] in allowed and kept[1] == self._meter.encode():
            return int(kept[0])
        return None

    def _remember(self, path, unit):
        try:
            if self._meter:
                write(path, ("%d %s" % (unit, self._meter)).encode())
        except OSError:
            pass  # a full flash: found out again after the next start

    def _see_current(self, judge):
        """Amperes: has their scale been proven, or another than before?"""
        if judge.owner and judge.owner[1] is not None:
            self.current = 10 ** judge.owner[1]
            self.current_by = "owner"
        elif judge.kept != _UNKNOWN and self.current != 10 ** judge.kept:
            self.current = 10 ** judge.kept
            self.current_by = "evidence"
            self._log("meter: a count of its currents is %d mA" % self.current)
            self._remember(self._current_path, self.current)

    def _weigh(self, reading, count, now):
        if not self._evidence:
            from .energy_unit import EnergyUnit
            self._evidence = EnergyUnit()
        found = self._evidence.take(reading, count)
        if not found:
            return
        self._evidence = None
        self._check = now + _CHECK_S
        if not self.unit:
            self.unit = found
            self.by = "evidence"
            self._log("meter: a count of its registers is %d Wh" % found)
            self._remember(self._energy_path, found)
        elif found != self.unit and not self._warned:
            self._warned = True
            self._warn("the meter's registers look like %d Wh a count but are read as %d: compare "
                       "with its display, then set meter.energy_unit" % (found, self.unit))
