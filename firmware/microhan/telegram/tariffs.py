"""Energy totals of meters that send their tariff registers only."""

from typing import TYPE_CHECKING

from ..reading.fields import I_IDENTIFICATION, I_METER_ID, INDEX

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..reading.reading import Reading

_TOTALS = bytes((
    INDEX["active_energy_import_kwh"], INDEX["active_energy_export_kwh"],
    INDEX["reactive_energy_import_kvarh"], INDEX["reactive_energy_export_kvarh"]))


class Totals:
    """Fills in an absent total as the sum of its tariffs; remembers which tariffs a meter has."""

    def __init__(self) -> None:
        self._meter: "tuple[Any, Any] | None" = None
        self._known = bytearray(len(_TOTALS))  # bit t: tariff t was sent at least once

    def observe(self, wide: "dict[int, Any]") -> None:
        """Forget the tariffs if these texts (Reading.wide) name another meter than the last."""
        meter = (wide.get(I_IDENTIFICATION), wide.get(I_METER_ID))
        if meter != self._meter:
            self._meter = meter
            for n in range(len(_TOTALS)):
                self._known[n] = 0

    def complete(self, reading: "Reading", is_malformed: "Callable[[int], object]") -> None:
        """Fill in absent totals where that is certain.

        `is_malformed(i)`: whether field i came in a malformed line. A total is the sum only if
        none of its own or its tariffs' lines was malformed, and every tariff that this meter ever
        sent is there.
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
                    _any_malformed(is_malformed, total)):
                reading.put(total, sum([reading.at(i) for i in range(total + 1, total + 5)
                                        if numbers[i]]))


def _any_malformed(is_malformed, total):
    """Whether a line of this energy, its total's or a tariff's, was malformed."""
    for i in range(total, total + 5):
        if is_malformed(i):
            return True
    return False
