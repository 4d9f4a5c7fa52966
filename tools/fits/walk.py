"""Every Reading of the corpus through one way out and back through that way's own client.

A way is a module with

* PEER, the client and its version; RESOLUTION, what a value may lose on this way, in words;
* client(folder), a context that gives (config, read): {section: {key: value}} of the dongle, and
  what is called with that once it runs, and gives pairs(case). pairs(case) is called with each
  Reading that has just come: [(what, told, wanted)]; None: there is no such value.
"""

import contextlib
import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from measure.limits import Row, at_least, told

from .corpus import Case, cases
from .dongle import Dongle

# The name that --only takes: the module in ways/, and of how many Readings of our own telegrams
# there is something to compare. (Some have no power, or no current of each phase.)
WAYS = {
    "mqtt": ("mqtt", 70), "http": ("reading_json", 70), "push-json": ("push_json", 70),
    "influxdb": ("influxdb", 70), "webhook": ("webhook", 65), "homewizard": ("homewizard", 70),
    "ecotracker": ("ecotracker", 70), "shelly": ("shelly", 70), "shelly-udp": ("shelly_udp", 65),
    "raw-p1": ("raw_p1", 70), "websocket": ("websocket", 70), "prometheus": ("prometheus", 70),
    "modbus": ("modbus", 65),
    "chargers": ("chargers", 60)}


class Outcome(NamedTuple):
    """What was compared: Readings of which something was, values, and those that differ, in
    words."""

    readings: int
    values: int
    wrong: list[str]


def walk(way: ModuleType, folder: Path, chosen: list[Case]) -> Outcome:
    """These Readings, one after the other."""
    readings = values = 0
    wrong = []
    with (open(folder / "log", "w") as log, contextlib.redirect_stdout(log),
          way.client(folder) as (config, read), Dongle(folder / "dongle", config) as dongle):
        pairs_of: Callable[[Case], list[tuple[str, Any, Any]]] = read(dongle)
        for case in chosen:
            dongle.publish(case)
            pairs = pairs_of(case)
            count = sum(wanted is not None for _, _, wanted in pairs)
            readings += count > 0
            values += count
            wrong += [f"{case.name}: {what}: {got!r} for {wanted!r}"
                      for what, got, wanted in pairs if got != wanted]
    return Outcome(readings, values, wrong)


def way(name: str) -> ModuleType:
    """The module of one of WAYS. Raises vm.Unavailable."""
    return importlib.import_module("fits.ways." + WAYS[name][0])


def rows(name: str, module: ModuleType, folder: Path) -> list[Row]:
    """Rows of all Readings."""
    found = walk(module, folder, cases())
    for words in found.wrong[:20]:
        print(f"fits: {name}: {words}")
    return [told("client", module.PEER), told("resolution", module.RESOLUTION),
            at_least("Readings", found.readings, WAYS[name][1]),
            told("values compared", found.values),
            Row("values that differ", len(found.wrong), 0, not found.wrong)]


def net(values: dict, phase: str = "") -> Any:
    """Import minus export, W, of our JSON; None where there is none. phase: like "_l1"."""
    taken = values.get(f"active_power_import{phase}_w")
    return None if taken is None else taken - values.get(f"active_power_export{phase}_w", 0)


def whole(kilowatt_hours: Any) -> int | None:
    """Wh, what is beyond is cut."""
    return None if kilowatt_hours is None else int(1000 * kilowatt_hours)
