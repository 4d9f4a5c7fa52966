"""What an EcoTracker tells: docs/integrations/ecotracker.md."""

from typing import TYPE_CHECKING

from micropython import const

from ...reading.fields import INDEX

if TYPE_CHECKING:
    from .values import Values

_ENERGY_IN = INDEX["active_energy_import_kwh"]
_ENERGY_OUT = INDEX["active_energy_export_kwh"]
_AVERAGE_S = const(60)
_MOST = const(60)

# (uptime, seq, W) of the telegrams of the last minute, as far as somebody asked.
_powers: "list[tuple[int, int, int]]" = []


def answer(path: str, values: "Values") -> "bytes | str":
    """The body, or the key of a problem."""
    power = values.power()
    if values.problem or power is None:
        return values.problem or "503s"
    at = values.reading.at
    return values.written([
        ("power", power), ("powerAvg", _average(values.now(), values.reading.seq, power)),
        ("agePower", 1000 * values.age()),
        ("powerPhase1", values.power(1)), ("powerPhase2", values.power(2)),
        ("powerPhase3", values.power(3)),
        ("energyCounterIn", at(_ENERGY_IN)), ("energyCounterInT1", at(_ENERGY_IN + 1)),
        ("energyCounterInT2", at(_ENERGY_IN + 2)), ("energyCounterOut", at(_ENERGY_OUT))])


def _average(now, seq, power):
    """The mean over the last minute, whole W, cut."""
    if not _powers or _powers[-1][1] != seq:
        _powers.append((now, seq, power))
    while len(_powers) > _MOST or now - _powers[0][0] > _AVERAGE_S:
        del _powers[0]
    total = sum([one[2] for one in _powers])
    return abs(total) // len(_powers) * (1 if total > 0 else -1)
