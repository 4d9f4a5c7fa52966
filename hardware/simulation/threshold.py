"""Where on the data line each circuit turns, over temperature."""

from dataclasses import dataclass, replace

from . import signals, spice
from .circuits import CIRCUITS, Conditions, sweep

TEMPERATURES = (-25, -5, 15, 25, 45, 70)


@dataclass(frozen=True)
class Threshold:
    """`mark`: up to here it surely still reads MARK. `space`: from here on surely SPACE."""

    mark: float
    space: float


def read(plot, vdd, inverted):
    """The Threshold in a sweep's plot."""
    high, low = signals.VIH * vdd, signals.VIL * vdd
    mark, space = 0.0, 5.0
    for line, rx in zip(plot["v(data)"], plot["v(rx)"]):
        is_mark = rx <= low if inverted else rx >= high
        is_space = rx >= high if inverted else rx <= low
        if is_mark:
            mark = max(mark, line)
        if is_space:
            space = min(space, line)
    return Threshold(mark, space)


def over_temperature(keys=tuple(CIRCUITS), **conditions):
    """{circuit: [Threshold at each of TEMPERATURES]}."""
    base = replace(Conditions(), **conditions)
    jobs = [(key, replace(base, temperature=t, ts_us=CIRCUITS[key].ts_us))
            for key in keys for t in TEMPERATURES]
    plots = spice.run([sweep(CIRCUITS[key], c) for key, c in jobs])
    found = {key: [] for key in keys}
    for (key, c), plot in zip(jobs, plots):
        found[key].append(read(plot, c.vdd, CIRCUITS[key].inverted))
    return found
