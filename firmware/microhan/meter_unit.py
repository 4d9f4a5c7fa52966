"""Wh or 10 Wh: the decision where a binary list leaves it open, kept with the meter's number.

Loaded with the first such list. The evidence (telegram/energy_unit.py) is loaded while there is no
decision, and again once a day to see whether it still holds: grid companies have switched meters
from 10 Wh to 1 Wh overnight (research/protocol.md, 4.3).
"""

from micropython import const

from .reading import I_METER_ID
from .store.files import read, write

_CHECK_S = const(86400)


class UnitKeeper:
    """`chosen` is the owner's Wh per count, or None; `path` the file; `warn(text)` tells the
    owner.
    """

    def __init__(self, chosen, path, warn, log):
        self._chosen = chosen
        self._path = path
        self._warn = warn
        self._log = log
        self._meter = None  # whose decision it is
        self._evidence = None
        self._warned = False
        self._check = 0  # uptime at which to look at the evidence again
        self.unit = chosen  # 1, 10, or None
        self.by = "owner" if chosen else "unknown"  # or "evidence", "flash": found out before

    def meet(self, decoder, source, reading, now):
        """A Reading of `source` at uptime `now` (s): the Reading with its registers, once their
        unit is known.
        """
        meter = reading.at(I_METER_ID)
        if meter is not None and meter != self._meter:
            self._begin(meter, now)
        count = decoder.energy_count()
        if now >= self._check:
            self._weigh(reading, count, now)
        if count is not None and decoder.energy_unit != self.unit:
            decoder.energy_unit = self.unit
            reading = source.reading()
        return reading

    def _begin(self, meter, now):
        """Another meter than before: is there a decision of it?"""
        self._meter = meter
        self._evidence = None
        self._check = now
        if not self._chosen:
            self.unit = self._remembered(meter)
            self.by = "flash" if self.unit else "unknown"

    def _remembered(self, meter):
        kept = (read(self._path) or b"").split(b" ", 1)
        if len(kept) == 2 and kept[0] in (b"1", b"10") and kept[1] == meter.encode():
            return int(kept[0])
        return None

    def _weigh(self, reading, count, now):
        if not self._evidence:
            from .telegram.energy_unit import EnergyUnit
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
            try:
                write(self._path, ("%d %s" % (found, self._meter)).encode())
            except OSError:
                pass  # a full flash: found out again after the next start
        elif found != self.unit and not self._warned:
            self._warned = True
            self._warn("the meter's registers look like %d Wh a count but are read as %d: compare "
                       "with its display, then set meter.energy_unit" % (found, self.unit))
