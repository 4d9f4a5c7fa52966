"""Data Request: a P-channel switch and its limiter, loaded as the specification says."""

from dataclasses import dataclass

import table

from . import devices, spice
from .circuits import SIMULATION

_REQUEST = table.board()["request"]
LOADS_MA = (4, 10)
_VTH = (0.5, 1.3)  # AO3401A, data sheet
_RON = 0.06
_WIRE = SIMULATION["cable_ohm_per_m"]


@dataclass(frozen=True)
class Level:
    """One corner: the level at our pin and at the meter's, volts; the current of a short, mA."""

    at_pin: float
    at_meter: float
    short_ma: float


def _deck(temperature, supply, vth, scale, load, cable_m):
    series = _REQUEST["series"] * scale
    wire = _WIRE * cable_m
    return f"""* Data Request
.temp {temperature}
{devices.pmos("sw", vth, _RON)}
{devices.bjt("limit", kind="PNP")}
V5 v5 0 {supply}
Rs v5 s {series:.3f}
M1 pin g s s sw
Qlimit g s v5 limit
Rup g v5 {_REQUEST['gate_pull_up']}
Rg g on {_REQUEST['gate_series']}
Von on 0 0.02
Rwire pin meter {wire:.3f}
{load}
.save v(pin) v(meter) i(V5)
.op
.end
"""


def corners():
    """Levels over temperature, supply, threshold and tolerance, 4 and 10 mA, 15 m of cable."""
    picks = [(t, v, vth, scale)
             for t in SIMULATION["temperature"] for v in SIMULATION["supply"]
             for vth in _VTH
             for scale in (1 - SIMULATION["resistor_tolerance"],
                           1 + SIMULATION["resistor_tolerance"])]
    ground = _WIRE * SIMULATION["cable_m"][1] / 2
    loads = [f"Iload meter 0 {ma}m" for ma in LOADS_MA] + ["Rshort meter 0 0.01"]
    decks = [_deck(*pick, load, 0.1 if "short" in load else SIMULATION["cable_m"][1])
             for pick in picks for load in loads]
    plots = spice.run(decks)
    found = []
    for number in range(len(picks)):
        *loaded, short = plots[number * len(loads):(number + 1) * len(loads)]
        for ma, plot in zip(LOADS_MA, loaded):
            pin = plot["v(pin)"][0]
            found.append(Level(pin, plot["v(meter)"][0] - ma / 1000 * ground,
                               -short["i(v5)"][0] * 1000))
    return found


def simplest(supply, load_ma=10):
    """The breadboard's way, pin 2 on +5 V by a wire: what is left at the meter after 15 m."""
    cable = SIMULATION["cable_m"][1] * _WIRE * 1.5
    return supply - load_ma / 1000 * cable
