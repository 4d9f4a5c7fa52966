"""Wh or 10 Wh? Found from evidence, where the meter does not say.

Kamstrup_V0001 sends its registers without a scaler; Norwegian and Danish ones count 10 Wh, Swedish
ones 10 Wh or 1 Wh, as the grid company chose (docs/research/protocol.md, 4.3). Between registers,
which come once an hour, power times time tells how much they should have risen. Needed only until
that is known.
"""

from micropython import const

from ..reading.fields import I_METER_ID, I_TIME, INDEX

_POWER = INDEX["active_power_import_w"]
_LONGEST_GAP = const(60)  # seconds between telegrams; over more, power is not known well enough
_ENOUGH = const(300)  # Wh; in 10 Wh 30 counts, one more or less of which changes nothing
_MOST = const(1_000_000_000)  # watt-seconds, below 2^30


class EnergyUnit:
    """Give `take` every Reading of a meter; once the evidence suffices it returns 1 or 10."""

    def __init__(self):
        self._meter = None
        self._forget()

    def _forget(self):
        self._time = None
        self._power = 0
        self._moved = 0  # watt-seconds since the register
        self._count = None

    def take(self, reading, count):
        """`count` is the import register as sent (Decoder.energy_count()), or None. Returns Wh
        per count, 1 or 10, or None while unknown.
        """
        time, power = reading.at(I_TIME), reading.at(_POWER)
        meter = reading.at(I_METER_ID)
        if meter != self._meter or time is None or power is None:
            self._meter = meter
            self._forget()
        if time is None or power is None:
            return None
        if self._time is not None and 0 <= time - self._time <= _LONGEST_GAP:
            # the mean of both ends: in the long run the steps between them even out
            self._moved += (time - self._time) * (self._power + power) // 2
        elif self._time is not None:
            self._forget()
        self._time = time
        self._power = power
        if count is None or self._count is None or self._moved > _MOST:
            if count is not None:
                self._count = count
                self._moved = 0
            return None
        return self._compare(count)

    def _compare(self, count):
        moved = self._moved // 3600
        if moved < _ENOUGH:
            return None  # go on: the next hour adds to it
        risen = count - self._count
        self._count = count
        self._moved = 0
        for unit in (1, 10):
            if moved < 2 * risen * unit < 4 * moved:
                return unit
        return None
