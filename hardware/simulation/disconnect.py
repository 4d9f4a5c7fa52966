"""Where Q6 opens and closes again: random builds over temperature, on a slow ramp."""

import math
import random
from dataclasses import dataclass

from . import spice, waves
from .circuits import SIMULATION
from .protection import PARTS, Build, path

RESISTORS = ("ovp_top", "ovp_bottom", "ovp_hysteresis", "ovp_base_series", "ovp_base_emitter",
             "gate_pull_down", "sense_top", "sense_bottom")
_SPREAD = 0.015  # 1 %, and what temperature and years add
_LOW, _HIGH = 4.4, 7.0
_RAMP_MS = 20


@dataclass(frozen=True)
class Threshold:
    """Volts at PIN1 where Q6 opens (inf: never) and closes (0: never); its gate at 5.5 V."""

    opens: float
    closes: float
    gate: float


def draw(number):
    """The build of run `number`."""
    source = random.Random(f"disconnect/{number}")

    def between(pair):
        return source.uniform(*pair)

    temperature = round(between(SIMULATION["temperature"]), 1)
    drift = between((-1, 1)) * PARTS["u5_drift"] * abs(temperature - 25) / 60
    return Build(
        temperature=temperature, f1_ohm=between(PARTS["f1_ohm"]),
        d2_volts=between(PARTS["d2_volts"]), d7_volts=between(PARTS["d7_volts"]),
        q6_vth=between(PARTS["q6_vth"]), q7_hfe=between(PARTS["q7_hfe"]),
        u5_volts=between(PARTS["u5_volts"]) + drift, u5_per_volt=between(PARTS["u5_per_volt"]),
        u5_ref_ua=between(PARTS["u5_ref_ua"]), u5_idle_ua=between(PARTS["u5_idle_ua"]),
        u5_us=between(PARTS["u5_us"]),
        scale={name: between((1 - _SPREAD, 1 + _SPREAD)) for name in RESISTORS})


def extremes():
    """The builds whose tolerances all pull the threshold one way, cold and hot."""
    found = []
    for way in (-1, 1):
        pick = (way + 1) // 2
        for temperature in SIMULATION["temperature"]:
            found.append(Build(
                temperature=temperature, q7_hfe=PARTS["q7_hfe"][1 - pick],
                u5_volts=PARTS["u5_volts"][pick] + way * PARTS["u5_drift"],
                u5_per_volt=PARTS["u5_per_volt"][pick], u5_ref_ua=PARTS["u5_ref_ua"][pick],
                u5_idle_ua=PARTS["u5_idle_ua"][1 - pick],
                scale={"ovp_top": 1 + way * _SPREAD, "ovp_bottom": 1 - way * _SPREAD,
                       "ovp_base_emitter": 1 - way * _SPREAD}))
    return found


_UP_AND_DOWN = f"PWL(0 {_LOW} {_RAMP_MS}m {_HIGH} {2 * _RAMP_MS}m {_LOW})"
_UP = f"PWL(0 0 {2 * _RAMP_MS}m 5)"


def _deck(b, ramp=_UP_AND_DOWN):
    return f"""* a slow ramp
.temp {b.temperature}
Vport j1 0 {ramp}
{path(b)}
V5 v5 0 0
Rload in 0 50
.save v(p1) v(in) v(g) i(Vq6)
.tran 20u {2 * _RAMP_MS}m 0 40u
.end
"""


def _read(plot):
    """At the moments when Q6's current ends and begins again: its ends move apart at once."""
    current, middle = plot["i(vq6)"], _RAMP_MS / 1000
    opened = waves.first(plot, current, lambda ampere: ampere < 0.01)
    closed = waves.first(plot, current, lambda ampere: ampere > 0.01, middle)
    legal = waves.first(plot, plot["v(p1)"], lambda v: v > 5.5)
    return Threshold(math.inf if opened is None else plot["v(in)"][opened],
                     0.0 if closed is None else plot["v(p1)"][closed - 1], plot["v(g)"][legal])


def run(builds):
    """The Thresholds of a list of builds."""
    return [_read(plot) for plot in spice.run([_deck(b) for b in builds])]


@dataclass(frozen=True)
class Low:
    """From where on Q6 conducts, and the watts in it on the way there."""

    on_from: float
    watt: float


def low():
    """A port that comes up slowly into 50 ohm: the worst of Q6's thresholds, cold and hot."""
    builds = [Build(temperature=t, q6_vth=vth) for t in SIMULATION["temperature"]
              for vth in PARTS["q6_vth"]]
    found = []
    for plot in spice.run([_deck(b, _UP) for b in builds]):
        drop = waves.minus(plot, "v(p1)", "v(in)")
        last = max(i for i, v in enumerate(drop) if v > 0.1)
        found.append(Low(plot["v(p1)"][last], max(waves.times(drop, plot["i(vq6)"]))))
    return Low(max(f.on_from for f in found), max(f.watt for f in found))
