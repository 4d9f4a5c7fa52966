#!/usr/bin/env python3
"""Simulates the level shifter, Data Request and the supply, and judges them by their limits.

    python3 hardware/simulate.py                 1,000 random builds, two to five minutes
    python3 hardware/simulate.py --runs 100      what CI does, under a minute
    python3 hardware/simulate.py --pictures      draws hardware/pictures/ anew as well

Writes build/hardware/simulation.json: a list of {name, value, limit, ok}. Needs ngspice, and
nothing of Python's but the standard library.
"""

import argparse
import sys
from dataclasses import replace

from simulation import (
    devices,
    limits,
    montecarlo,
    plots,
    points,
    request,
    signals,
    spice,
    threshold,
)
from simulation.circuits import CIRCUITS, SIMULATION, transient
from table import Checks, missing

POPULAR_RUNS = 120
LEAST_MARGIN_US = 2.0
MOST_MA = 5.0
REQUEST_V = (4.0, 5.5)


def cards(checks):
    """The cards are as slow as they claim: storage time, and the slow meter's rise."""
    for name, ts in (("MMBT3904", devices.TS_MMBT3904_US), ("BC547", devices.TS_BC547_US)):
        found = devices.check_storage(ts)
        checks.add(f"{name}: storage time of its card in the data sheet's test, off by, ns",
                   abs(found - ts) * 1000, "<=", 20)
    slowest = tuple(pair[1] for pair in montecarlo.OPTO)
    rise = devices.slow_rise_us(slowest, SIMULATION["temperature"][1])
    budget = signals.BIT_US * (0.5 - 9.5 * SIMULATION["baud_error"]) - signals.GRANULARITY_US
    checks.add("slowest opto-coupler, hot: as slow as the standard lets it be, us short of it",
               budget - rise, "<=", 0.3)


def series(checks, name, outcomes, least):
    """One Monte Carlo series or set of corners: failures, worst margin, current."""
    failed = sum(o.margin_us <= 0 for o in outcomes)
    checks.add(f"{name}: failures in {len(outcomes)} runs", failed, "=", 0)
    worst = min(o.margin_us for o in outcomes)
    checks.add(f"{name}: worst sampling margin, us", worst, *least)
    checks.add(f"{name}: most current into the meter's pin, mA",
               max(o.current_ma for o in outcomes), "<=", MOST_MA)


def front_end(checks, runs):
    """Our level shifter: random builds and corners, with a quick and with a slow meter.

    Returns the conditions of the quick meter's worst builds.
    """
    ours = CIRCUITS["ours"]
    worst = []
    least = (">=", LEAST_MARGIN_US)
    for slow, name, limit in ((False, "open collector", least), (True, "slow opto-coupler", ())):
        draws = [montecarlo.draw(n, ours.ts_us, slow) for n in range(runs)]
        outcomes = montecarlo.run(ours, draws)
        worst = worst or sorted(outcomes, key=lambda o: o.margin_us)[:8]
        series(checks, f"Monte Carlo, {name}", outcomes, limit)
        outcomes = montecarlo.run(ours, montecarlo.corners(ours, slow))
        near = [o for o in outcomes if o.conditions.cable_m < 3]
        if slow:
            series(checks, f"every corner, {name}, short cable", near, limit)
            far = [o for o in outcomes if o.conditions.cable_m > 3]
            checks.add(f"every corner, {name}, 15 m: failures in {len(far)} runs",
                       sum(o.margin_us <= 0 for o in far))
        else:
            series(checks, f"every corner, {name}", outcomes, limit and (">=", 1.0))
    return [o.conditions for o in worst]


def popular(checks, runs):
    """The popular circuits through the same draws; outcomes and plots for the eye diagram."""
    outcomes, found = {}, {}
    for key, circuit in CIRCUITS.items():
        draws = [montecarlo.draw(n, circuit.ts_us) for n in range(runs)]
        found[key] = spice.run([transient(circuit, c) for c in draws])
        outcomes[key] = [montecarlo.judge(circuit, c, p) for c, p in zip(draws, found[key])]
        found[key] = found[key][:20]
        if key != "ours":
            slow = [montecarlo.draw(n, circuit.ts_us, True) for n in range(runs)]
            for name, found_here in (("", outcomes[key]),
                                     (", slow opto-coupler", montecarlo.run(circuit, slow))):
                failed = sum(o.margin_us <= 0 for o in found_here)
                checks.add(f"for comparison, {circuit.title}{name}: failures in {runs} runs",
                           failed)
    return outcomes, found


def thresholds(checks):
    """Nominal bands of all circuits, and ours at the tolerances' ends."""
    spread = SIMULATION["resistor_tolerance"]
    wrong = {"base_series": 1 - spread, "base_ground": 1 + spread}
    lowest = min(t.mark for t in threshold.over_temperature(("ours",), scale=wrong)["ours"])
    wire = SIMULATION["cable_ohm_per_m"] * SIMULATION["cable_m"][1]
    # The standard's LOW, what FEED's current adds on the ground, and the data wire itself.
    shifted = (SIMULATION["low"][1] + SIMULATION["ground_ma"][1] / 1000 * wire / 2
               + MOST_MA / 1000 * wire)
    checks.add("threshold, lowest of all corners: still MARK, V", lowest, ">=",
               round(shifted + 0.2, 2))
    nominal = threshold.over_temperature()
    highest = max(t.space for t in threshold.over_temperature(
        ("ours",), scale={part: 2 - value for part, value in wrong.items()})["ours"])
    checks.add("threshold, highest of all corners: surely SPACE, V", highest, "<=", 3.5)
    return nominal


def data_request(checks):
    """Level and short-circuit current of pin 2."""
    levels = request.corners()
    checks.add("Data Request: lowest level at our pin, 4 to 10 mA, V",
               min(level.at_pin for level in levels), ">=", REQUEST_V[0])
    checks.add("Data Request: lowest level at the meter after 15 m, V",
               min(level.at_meter for level in levels), ">=", REQUEST_V[0])
    checks.add("Data Request: highest level, V",
               max(level.at_pin for level in levels), "<=", REQUEST_V[1])
    checks.add("Data Request: most current into a short, mA",
               max(level.short_ma for level in levels), "<=", 30)
    checks.add("breadboard, pin 2 on +5 V by a wire: lowest level after 15 m, V",
               request.simplest(SIMULATION["supply"][0]), ">=", REQUEST_V[0])


def test_points(checks):
    """What bring-up.md says a multimeter must show."""
    found = points.run()
    for load, volts in found.items():
        for name, value in volts.items():
            checks.add(f"test point {name} at 5.0 V, DATA to GND by {load}, V", float(value))
    checks.add("LOW of 1.0 V is still read as LOW: RX, V", found["390 ohm"]["rx"], ">=", 2.48)


def cords(checks):
    """What 15 m are worth when the cord is a transmission line rather than three lumps."""
    ours = CIRCUITS["ours"]
    far = [c for c in montecarlo.corners(ours) if c.cable_m > 3]
    worst = sorted(montecarlo.run(ours, far), key=lambda o: o.margin_us)[:8]
    fine = montecarlo.run(ours, [replace(o.conditions, sections=24) for o in worst])
    checks.add("every corner, open collector, 15 m of 24 sections: worst sampling margin, us",
               min(o.margin_us for o in fine), ">=", 1.0)
    checks.add("every corner, open collector, 15 m: 24 sections differ from 3 by, us",
               max(abs(a.margin_us - b.margin_us) for a, b in zip(worst, fine)), "<=", 0.1)


def another_d1(checks, worst):
    """D1's alternates, in the worst random builds: the most that is allowed, and one refused."""
    ours = CIRCUITS["ours"]
    for key, word, how in (("d1_pf", "allowed", (">=", LEAST_MARGIN_US)),
                           ("d1_refused_pf", "refused", ())):
        found = montecarlo.run(ours, [replace(c, d1_pf=SIMULATION[key]) for c in worst])
        checks.add(f"D1 of {SIMULATION[key]} pF ({word}), worst builds: sampling margin, us",
                   min(o.margin_us for o in found), *how)


def main(argv=None):
    """Runs all; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000, help="random builds (%(default)s)")
    parser.add_argument("--pictures", action="store_true", help="draw hardware/pictures/ anew")
    options = parser.parse_args(argv)
    if not spice.available():
        missing("simulate: " + spice.HOW_TO_GET)
    checks = Checks("simulation")
    cards(checks)
    worst = front_end(checks, options.runs)
    outcomes, eyes = popular(checks, min(POPULAR_RUNS, max(12, options.runs // 5)))
    nominal = thresholds(checks)
    data_request(checks)
    test_points(checks)
    cords(checks)
    another_d1(checks, worst)
    limits.threshold(checks, max(20, options.runs // 5))
    events = limits.overvoltages(checks)
    limits.cords(checks)
    limits.fast_pulses(checks)
    limits.feeding(checks)
    sags = limits.supplies(checks)
    if options.pictures:
        shown = {key: CIRCUITS[key] for key in ("ours", "base", "pull_up", "pnp")}
        plots.eye(outcomes, eyes, shown, None)
        plots.thresholds(nominal)
        plots.supply(sags)
        plots.overvoltage(events)
    return checks.write()


if __name__ == "__main__":
    sys.exit(main())
