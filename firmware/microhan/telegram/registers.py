"""Energy totals of meters that send only their tariff registers."""

from ..reading import I_IDENTIFICATION, I_METER_ID, INDEX

_TOTALS = bytes((
    INDEX["active_energy_import_kwh"], INDEX["active_energy_export_kwh"],
    INDEX["reactive_energy_import_kvarh"], INDEX["reactive_energy_export_kvarh"]))


class Totals:
    """Sums tariffs into an absent total, and remembers which tariffs this meter has."""

    def __init__(self):
        self._meter = None
        self._known = bytearray(len(_TOTALS))  # bit t: tariff t was sent at least once

    def complete(self, values, odd):
        """Fill absent totals in `values` (by field index, Wh and varh) where that is certain.

        `odd(i)` tells whether field i came in a line that could not be read. A total is the sum
        only if none of its lines was odd and every tariff that this meter ever sent is there.
        """
        meter = (values[I_IDENTIFICATION], values[I_METER_ID])
        if meter != self._meter:
            self._meter = meter
            for n in range(len(_TOTALS)):
                self._known[n] = 0
        for n in range(len(_TOTALS)):
            total = _TOTALS[n]
            here = 0
            for i in range(total + 1, total + 5):
                if values[i] is not None:
                    here |= 1 << (i - total)
            self._known[n] |= here
            if values[total] is None and here and here == self._known[n] and not (
                    _any_odd(odd, total)):
                values[total] = sum(values[i] for i in range(total + 1, total + 5)
                                    if values[i] is not None)


def _any_odd(odd, total):
    """Whether a line of this energy, its total's or a tariff's, could not be read."""
    for i in range(total, total + 5):
        if odd(i):
            return True
    return False
