"""Random builds at random places: tolerances, temperature, supply, cable, meter, clocks.

Each run's draws come from its own number, so that run 37 is the same in a short and a long series
and for every circuit.
"""

import random
from dataclasses import dataclass

from . import signals, spice
from .circuits import FRONT_END, SIMULATION, Conditions, transient

_PARTS = [part for part, value in FRONT_END.items()
          if isinstance(value, int) and not isinstance(value, bool)]
# The slow meter: a saturating phototransistor, photo-current uA, hFE, tau us. Its upper end is the
# slowest that a receiver with the standard's own thresholds (1 V and 4 V) and a 1k pull-up would
# still read: hot, 4 V is reached 2.9 us after turn-off; half a bit less the clocks is 3.0 us.
OPTO = ((60, 150), (100, 200), (0.0, 0.02))
HFE = (80, 300)
TS_FACTOR = (0.5, 1.5)  # of the data sheet's limit at 25 °C: it grows in the heat


@dataclass(frozen=True)
class Outcome:
    """One run: what was drawn, and what came out."""

    conditions: Conditions
    margin_us: float
    current_ma: float


def draw(number, ts_us, slow=False, seed=1):
    """The conditions of run `number`."""
    source = random.Random(f"{seed}/{number}")
    spread = SIMULATION["resistor_tolerance"]

    def between(pair):
        return source.uniform(*pair)

    return Conditions(
        scale={part: source.uniform(1 - spread, 1 + spread) for part in _PARTS},
        temperature=round(between(SIMULATION["temperature"]), 1),
        supply=round(between(SIMULATION["supply"]), 3),
        vdd=round(between(SIMULATION["vdd"]), 3),
        low=round(between(SIMULATION["low"]), 3),
        cable_m=round(between(SIMULATION["cable_m"]), 2),
        ground_ma=round(between(SIMULATION["ground_ma"]), 1),
        hfe=between(HFE), ts_us=ts_us * between(TS_FACTOR),
        baud_error=between((-SIMULATION["baud_error"], SIMULATION["baud_error"])),
        granularity_us=signals.GRANULARITY_US,
        opto=tuple(round(between(pair), 4) for pair in OPTO) if slow else ())


def judge(circuit, conditions, plot):
    """The Outcome of one transient."""
    margin = signals.margin(plot["time"], plot["v(rx)"], conditions.vdd, conditions.baud_error,
                            circuit.inverted, conditions.granularity_us)
    # At rest in MARK, before the first edge: what flows into the meter's pin, and stays.
    rest = next(i for i, t in enumerate(plot["time"]) if t > (signals.LEAD_US - 1) * 1e-6)
    return Outcome(conditions, margin, plot["i(vprobe)"][rest] * 1e3)


def run(circuit, conditions):
    """The Outcomes of a list of conditions."""
    plots = spice.run([transient(circuit, c) for c in conditions])
    return [judge(circuit, c, plot) for c, plot in zip(conditions, plots)]


def corners(circuit, slow=False):
    """Every combination of the extremes; resistors at the ends that move the threshold most."""
    spread = SIMULATION["resistor_tolerance"]
    up = {"pull_up": 1 + spread, "base_series": 1 + spread, "base_ground": 1 - spread,
          "collector": 1 + spread}
    down = {part: 2 - value for part, value in up.items()}
    opto = tuple(pair[1] for pair in OPTO) if slow else ()
    found = []
    for number in range(2 ** 7):
        pick = [number >> n & 1 for n in range(7)]
        found.append(Conditions(
            temperature=SIMULATION["temperature"][pick[0]], supply=SIMULATION["supply"][pick[1]],
            low=SIMULATION["low"][pick[2]], cable_m=SIMULATION["cable_m"][pick[3]],
            hfe=HFE[pick[4]], scale=(down, up)[pick[5]],
            baud_error=(-1, 1)[pick[6]] * SIMULATION["baud_error"],
            ground_ma=SIMULATION["ground_ma"][1], vdd=SIMULATION["vdd"][pick[4]],
            ts_us=circuit.ts_us * TS_FACTOR[pick[4]],
            granularity_us=signals.GRANULARITY_US, opto=opto))
    return found
