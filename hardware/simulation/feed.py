"""FEED: +5 V through U4, Q6's body diode and then Q6 itself, and F1 to the meter's pin 1."""

import math
from dataclasses import dataclass

from . import spice, waves
from .circuits import SIMULATION
from .protection import PARTS, PIN_1, Build, limit_ma, path

CABLES_M = (3, SIMULATION["cable_m"][1])
_ON_MS = 2


@dataclass(frozen=True)
class Fed:
    """Pin 1 of ours and the module's, volts, at one temperature, F1 and supply."""

    at_pin: float
    at_meter: float


def _wire(cable_m):
    """Ohms there, and back by pins 3 and 6."""
    return SIMULATION["cable_ohm_per_m"] * cable_m * 1.5


def _steady(b, supply, cable_m):
    return f"""* FEED, {PARTS["feed_ma"]} mA
.temp {b.temperature}
V5 v5 0 {supply}
{path(b, feed="on")}
Rwire j1 meter {_wire(cable_m)}
Bmodule meter 0 I = {PARTS["feed_ma"]}m * max(0, min(1, V(meter)))
.save v(j1) v(meter)
.tran 20u 20m 0 50u
.end
"""


def steady(supply=5.0):
    """{cable: Fed}, the least over temperature with F1 new and after a trip."""
    builds = [Build(temperature=t, f1_ohm=f1, q6_vth=PARTS["q6_vth"][1])
              for t in SIMULATION["temperature"] for f1 in PARTS["f1_ohm"]]
    jobs = [(m, b) for m in CABLES_M for b in builds]
    plots = spice.run([_steady(b, supply, m) for m, b in jobs])
    found = {}
    for (m, _), plot in zip(jobs, plots):
        now = Fed(plot["v(j1)"][-1], plot["v(meter)"][-1])
        least = found.get(m, now)
        found[m] = Fed(min(now.at_pin, least.at_pin), min(now.at_meter, least.at_meter))
    return found


_LEAST_MA, _, _MOST_MA = limit_ma()
_SWITCHED_ON = f"PWL(0 0 {_ON_MS}m 0 {_ON_MS}.01m 1)"


def _event(b, load, supply=5.0, limit=_MOST_MA, length_ms=30):
    """FEED is switched on after 2 ms; +5 V from USB, which takes nothing back."""
    return f"""* FEED
.temp {b.temperature}
Vusb usb 0 {supply}
Rusb usb ub 0.3
Busb ub v5 I = max(0, min(3, (V(ub) - V(v5)) * 20))
Rbulk v5 b3 0.01
Cbulk b3 0 8u
Rdraw v5 0 50
{path(b, feed=_SWITCHED_ON, limit=limit)}
{load}
.save v(j1) v(p1) v(in) v(v5) v(sense) v(on) i(Vu4) i(Vq6) i(Vf1)
.tran 2u {length_ms}m 0 10u
.end
"""


@dataclass(frozen=True)
class Short:
    """A short at pin 1 while feeding."""

    peak_a: float
    ma: float
    watt: float
    joule: float  # until FAULT at the latest
    limiting_ms: float
    v5: float


def short():
    """Pin 1 is shorted by 0.05 ohm at 12 ms, while the module draws its current."""
    at = 0.012
    load = (f"Bload j1 0 I = {PARTS['feed_ma']}m * max(0, min(1, V(j1)))\n"
            "Vshort short 0 PWL(0 0 12m 0 12.001m 1)\nBshort j1 0 I = V(j1) * 20 * V(short)")
    b = Build(f1_ohm=PARTS["f1_ohm"][0], u4_ohm=PARTS["u4_ohm"][0])
    plot = spice.run([_event(b, load)])[0]
    drop = waves.minus(plot, "v(v5)", "v(in)")
    lost = waves.times(drop, plot["i(vu4)"])
    told = at + PARTS["u4_blank_ms"][1] / 1000
    span = [watt if at <= t <= told else 0 for t, watt in zip(plot["time"], lost)]
    return Short(
        peak_a=max(waves.after(plot, plot["i(vu4)"], at)), ma=plot["i(vu4)"][-1] * 1000,
        watt=lost[-1], joule=waves.integral(plot, span),
        limiting_ms=waves.longest(plot, drop, lambda v: v > 0.1) * 1000,
        v5=min(waves.after(plot, plot["v(v5)"], at)))


def start(module_uf):
    """{uF of the module: (ms until 4.75 V are at pin 1, lowest +5 V)}, with U4's least limit."""
    b = Build(temperature=-25, q6_vth=PARTS["q6_vth"][1])
    ohm = 5000 / PARTS["feed_ma"]
    decks = [_event(b, f"Rm j1 m 0.66\nCm m 0 {uf}u\nRload m 0 {ohm:.1f}", limit=_LEAST_MA,
                    length_ms=100) for uf in module_uf]
    found, on = {}, _ON_MS / 1000
    for uf, plot in zip(module_uf, spice.run(decks)):
        up = waves.first(plot, plot["v(j1)"], lambda v: v > PARTS["feed_least_v"], on)
        after = math.inf if up is None else (plot["time"][up] - on) * 1000
        found[uf] = (after, min(waves.after(plot, plot["v(v5)"], on)))
    return found


@dataclass(frozen=True)
class Against:
    """A port that gives its own volts while we feed: what flows back, and how high +5 V goes."""

    back_ma: float
    v5: float
    over_v: float  # OUT above IN: below 0.095 V U4 does not notice


def against(port_volts=5.5, supply=4.7):
    """That port's supply begins at 12 ms."""
    load = (f"Vport vs 0 {port_volts}\nVgives gives 0 PWL(0 0 12m 0 12.1m 1)\n"
            f"Bport 0 j1 I = V(gives) * max(0, min({PARTS['ports_a'][0]}, (V(vs) - V(j1)) * 5))\n"
            "Rload j1 0 1000")
    plot = spice.run([_event(Build(), load, supply)])[0]
    return Against(-min(plot["i(vu4)"]) * 1000, max(plot["v(v5)"]),
                   max(waves.minus(plot, "v(in)", "v(v5)")))


def dead_port():
    """Volts at pin 1 and at the ADC with FEED off, 70 °C: U4's and Q6's leaks in the dividers.

    D10, which leaks the other way, is left out.
    """
    hot = Build(temperature=SIMULATION["temperature"][1], u4_leak_ua=PARTS["u4_leak_ua"],
                d10=False)
    deck = f"""* a dead port
.temp {hot.temperature}
V5 v5 0 {SIMULATION["supply"][1]}
{path(hot)}
Iq6 v5 in 1u
.save v(j1) v(sense)
.op
.end
"""
    plot = spice.run([deck])[0]
    return plot["v(j1)"][-1], plot["v(sense)"][-1]


def sense_error():
    """Volts of pin 1 that divider and ADC may be off, at the interlock's 0.5 V and at 5 V."""
    ratio = 1 + PIN_1["sense_top"] / PIN_1["sense_bottom"]
    spread = 2 * 0.015 * (1 - 1 / ratio)
    return tuple(volts * spread + PARTS["adc_mv"] / 1000 * ratio
                 for volts in (PARTS["sense_dead_v"], 5.0))
