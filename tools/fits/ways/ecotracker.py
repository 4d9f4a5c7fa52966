"""EcoTracker, by everHome's own library."""

import logging
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ecotracker import EcoTracker

from microhan.web.open import ecotracker as ours

from ..walk import net, whole

PEER = "ecotracker " + version("ecotracker")
RESOLUTION = "whole W and Wh"
logging.getLogger("ecotracker").setLevel(logging.CRITICAL)  # it tells of each answer that is none


def _read(dongle):
    meter = EcoTracker("127.0.0.1", dongle.port)

    def pairs(case):
        values = case.values()
        ours._powers.clear()  # of the average; on the device they leave with the server
        answered = meter.update()
        power = net(values)
        out = [("answers", answered, power is not None)]
        if not answered:
            return out  # a battery is told nothing without a power
        data = meter.get_data()
        age = meter.get_all_data()["agePower"]
        return out + [
            ("power", data.power, power), ("average", data.power_avg, power),
            *((phase, getattr(data, "power_phase" + phase), net(values, "_l" + phase))
              for phase in "123"),
            *((theirs, getattr(data, "energy_counter_" + theirs),
               whole(values.get(f"active_energy_{key}_kwh"))) for theirs, key in (
                ("in", "import"), ("in_t1", "import_t1"), ("in_t2", "import_t2"),
                ("out", "export"))),
            ("age within a minute", 0 <= age <= 60_000, True)]

    return pairs


def client(folder: Path) -> Any:
    """See walk.py."""
    return nullcontext(({"open": {"ecotracker": True}}, _read))
