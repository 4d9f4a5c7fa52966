"""Pin 1 below ground: a rolled cord at a port that supplies, or a source the wrong way round.

D10 carries the current, and F1 ends what a source gives beyond a P1 port's limit.
"""

import math
from dataclasses import dataclass

from . import spice
from .circuits import SIMULATION
from .protection import PARTS, Build, limit_ma, path

VOLTS = (5.5, PARTS["port_volts"])
_TRIP_TEST = (8.0, 0.15)  # F1's data sheet: amperes, seconds


@dataclass(frozen=True)
class Reversed:
    """One source at one temperature: volts, amperes, watts, seconds until F1 trips."""

    volts: float
    amperes: float
    temperature: float
    p1: float
    u4_out: float
    d10_a: float
    d10_watt: float
    d2_watt: float
    trips_s: float
    d10_degrees: float


def trip_seconds(amperes, temperature):
    """When F1 trips: its heat against what it gives away, from its sheet's test."""
    cold, hot = PARTS["f1_ambient"]
    low, high = SIMULATION["temperature"]
    if temperature < 20:
        factor = 1 + (cold - 1) * (20 - temperature) / (20 - low)
    else:
        factor = 1 + (hot - 1) * (temperature - 20) / (high - 20)
    steady = PARTS["f1_trip_a"] ** 2
    excess = (amperes / factor) ** 2 - steady
    test = _TRIP_TEST[1] * (_TRIP_TEST[0] ** 2 - steady)
    return test / excess if excess > 0 else math.inf


def deck(b, volts, amperes, feed="off"):
    """The deck of one source at one temperature."""
    return f"""* {volts} V the wrong way round
.temp {b.temperature}
Vsource vs 0 PWL(0 0 100u -{volts})
Bsource 0 j1 I = max(-{amperes}, min({amperes}, (V(vs) - V(j1)) * 5))
Csource j1 0 1u
{path(b, feed=feed, limit=limit_ma()[2])}
V5 v5 0 5.25
.save v(p1) v(in) v(v5) i(Vf1) i(Vd2) i(Vd10) i(Vu4) i(Vd7)
.tran 5u 20m 0 20u
.end
"""


def _read(b, volts, amperes, plot):
    p1, d10, d2 = (plot[name][-1] for name in ("v(p1)", "i(vd10)", "i(vd2)"))
    watt = -p1 * d10  # its current comes out of ground
    trips = trip_seconds(-plot["i(vf1)"][-1], b.temperature)
    share = 1 - math.exp(-trips / PARTS["schottky_s"])
    return Reversed(volts, amperes, b.temperature, min(plot["v(p1)"]), min(plot["v(in)"]), d10,
                    watt, p1 * d2, trips,
                    b.temperature + watt * PARTS["schottky_k_per_w"] * share)


def run():
    """Every voltage, source and temperature: a list of Reversed."""
    jobs = [(Build(temperature=t), volts, a) for volts in VOLTS for a in PARTS["ports_a"]
            for t in (*SIMULATION["temperature"], 25)]
    plots = spice.run([deck(*job) for job in jobs])
    return [_read(*job, plot) for job, plot in zip(jobs, plots)]


@dataclass(frozen=True)
class FedBackwards:
    """FEED switched on into a rolled cord: what U4 gives and turns into heat."""

    ma: float
    watt: float


def fed():
    """A rolled cord at a port that supplies reads 0 V, so FEED might be tried: on U4 alone."""
    plot = spice.run([deck(Build(), 5.5, PARTS["ports_a"][0], "on")])[0]
    ampere = plot["i(vu4)"][-1]
    return FedBackwards(ampere * 1000, ampere * (plot["v(v5)"][-1] - plot["v(in)"][-1]))
