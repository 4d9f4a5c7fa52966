"""Energy totals of meters that send only their tariff registers."""

from ..reading.fields import I_IDENTIFICATION, I_METER_ID, INDEX

_TOTALS = bytes((
    INDEX["active_energy_import_kwh"], INDEX["active_energy_export_kwh"],
    INDEX["reactive_energy_import_kvarh"], INDEX["reactive_energy_export_kvarh"]))


class Totals:
    """Sums tariffs into an absent total, and remembers which tariffs this meter has."""

    def __init__(self):
        self._meter = None
        self._known = bytearray(len(_TOTALS))  # bit t: tariff t was sent at least once

    def meet(self, more):
        """A telegram of the meter that these texts (Reading.more) name: another than the last?"""
        meter = (more.get(I_IDENTIFICATION), more.get(I_METER_ID))
        if meter != self._meter:
            self._meter = meter
            for n in range(len(_TOTALS)):
                self._known[n] = 0

    def complete(self, reading, odd):
        """Fill absent totals where that is certain.

        `odd(i)` tells whether field i came in a line that could not be read. A total is the sum
        only if none of its lines was odd and every tariff that this meter ever sent is there.
        """
        numbers = reading.numbers
        for n in range(len(_TOTALS)):
            total = _TOTALS[n]
            here = 0
            for i in range(total + 1, total + 5):
                if numbers[i]:
                    here |= 1 << (i - total)
            self._known[n] |= here
            if not numbers[total] and here and here == self._known[n] and not (
                    _any_odd(odd, total)):
                reading.put(total, sum([reading.at(i) for i in range(total + 1, total + 5)
                                        if numbers[i]]))


def _any_odd(odd, total):
    """Whether a line of this energy, its total's or a tariff's, could not be read."""
    for i in range(total, total + 5):
        if odd(i):
            return True
    return False
