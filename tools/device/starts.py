"""Devices that are switched on: how long it takes; power cuts; broken configurations."""

import random
from functools import partial
from typing import TYPE_CHECKING

from measure.limits import Row, at_least, at_most, told

from . import scenarios
from .bench import Bench, Setting
from .loads import health

if TYPE_CHECKING:
    from .report import Outcome
    from .scenarios import Cuts, Other, Start

_PAGE_S = 4 * scenarios.PAGE_S
_READING_S = 4 * scenarios.SEARCH_S
_SEED = 1
_AT_START_S = 15  # cuts of the first start come within so many seconds
_IN_USE_S = 30
_SAID_S = 30  # for a sentence on the console


def run_start(setting: Setting, start: "Start") -> "Outcome":
    """The rows of a Start, and its samples."""
    with Bench(setting, start.name) as bench:
        bench.broker.start()
        bench.switch_on()
        bench.plug_in(start.meter, scenarios.INTERVAL_S)
        assert bench.meter
        bench.until(lambda: bench.broker.arrived, _READING_S)
        arrived = bench.broker.arrived
        rows = [at_most("from power to the first reading, s",
                        round(arrived[0].at, 1) if arrived else None, start.limit_s)]
        bench.answers()
        rows.append(told("settings of the line that were tried", len(bench.meter.lines)))
        return rows + health(bench, None), bench.console.samples


def run_cuts(setting: Setting, cuts: "Cuts") -> "Outcome":
    """The rows of Cuts, and the samples of all starts."""
    chance = random.Random(_SEED)
    with Bench(setting, cuts.name) as bench:
        bench.broker.start()
        bench.switch_on()
        bench.plug_in(scenarios.TEXT, scenarios.INTERVAL_S)
        back = 0
        for number in range(cuts.times):
            first = number < cuts.in_first_start
            bench.rest(chance.uniform(0, _AT_START_S if first else _IN_USE_S))
            bench.emulator.cut()
            bench.switch_on()
            # Those of the first start follow each other: it never comes to an end before.
            back += first and number < cuts.in_first_start - 1 or _is_back(bench)
        came = [(reading.get("boot", 0), reading["seq"]) for _, reading, _ in bench.broker.arrived]
        again = sum(later < earlier for earlier, later in zip(came, came[1:]))
        wanted = cuts.times
        rows = [at_least("cuts after which readings came again", back, wanted),
                at_most("numbers of readings that were used twice", again, 0),
                at_most("warnings afterwards", len((bench.status or {}).get("warnings", "?")), 0)]
        return rows + health(bench, None, cuts.times + 1), bench.console.samples


def _is_back(bench):
    """Whether page and readings come again."""
    known = len(bench.broker.arrived)
    return (bench.seconds_to_page(_PAGE_S) is not None
            and bench.until(lambda: len(bench.broker.arrived) > known, scenarios.SEARCH_S))


def run_broken(setting: Setting, scenario: "Other") -> "Outcome":
    """The rows of all broken configurations."""
    rows = []
    with Bench(setting, f"{scenario.name}-template") as bench:
        good = bench.config
    for broken in scenarios.broken(good):
        folder = f"{scenario.name}-{broken.name.replace(' ', '-')}"
        with Bench(setting, folder, config=broken.config) as bench:
            bench.switch_on()
            said = bench.until(partial(bench.console.says, broken.says), _SAID_S)
            page = bench.seconds_to_page(scenarios.PAGE_S if broken.serves else 5)
            rows += [Row(f"{broken.name}: told in words", said, True, said),
                     Row(f"{broken.name}: page", page is not None, broken.serves,
                         (page is not None) == broken.serves)]
            rows += [row._replace(name=f"{broken.name}: {row.name}")
                     for row in health(bench, None)]
    return rows, []
