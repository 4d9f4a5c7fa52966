"""Thousands of power cuts, and what flash wears: writes build/powercut.json.

    .venv/bin/python -m powercut [--quick] [--rounds N]

Needs the i386 MicroPython that vm.vm finds: it has the littlefs that the device has.
"""

import argparse
import concurrent.futures
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from build import setup_env
from measure.limits import Row, at_most, conclude, told
from vm import vm

from . import packages

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OUT = Path(setup_env.BUILD) / "powercut.json"
TORN = range(5)  # quarters of the write at which power goes
_APPENDS = 35_040 + 8_760 + 365  # of a year: quarters, hours, days
_BLOCKS = 400  # of 512, at least, take turns: littlefs writes where it is free (docs/store.md)
_RATED = 100_000  # erases that a block stands
# What no cut may do, and the most that it may.
_LIMITS = {"most readings lost": 30}
_TOLD = ("cuts", "writes of a run", "readings handed out again")
_OF_ANOTHER = ("cuts", "ended old", "ended new", "writes of a run")  # told of those


def run(script: str, *arguments: int | str) -> dict[str, int]:
    """What a script prints on the VM."""
    command = vm.command("i386", "12m")
    if not command:
        raise vm.Unavailable("the i386 MicroPython is needed")
    ran = subprocess.run(
        [*command, str(HERE / script), str(ROOT / "firmware"),
         str(ROOT / "host_tests/fixtures/vm/lib"), *map(str, arguments)],
        capture_output=True, text=True, cwd=ROOT)
    if ran.returncode:
        raise RuntimeError(f"{script}: {ran.stderr[-2000:]}")
    return json.loads(ran.stdout.splitlines()[-1])


def cuts(rounds: int, step: int = 1, torn: Iterable[int] = TORN,
         workers: int = 2) -> list[Row]:
    """Rows of cuts at every `step`-th write of a run."""
    total: dict[str, int] = {}
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(run, "vm_cuts.py", 1 + n % step, step, rounds, n) for n in torn]
        for job in jobs:
            for name, count in job.result().items():
                is_most = name in _LIMITS or name == "writes of a run"
                total[name] = max(total.get(name, 0), count) if is_most else (
                    total.get(name, 0) + count)
    out = []
    for name, value in sorted(total.items()):
        words = "power cuts: " + name
        out.append(told(words, value) if name in _TOLD else
                   at_most(words, value, _LIMITS.get(name, 0)))
    return out


def restores(step: int = 1, torn: Iterable[int] = TORN,
             workers: int = 2) -> list[Row]:
    """Rows of cuts at every `step`-th write while a backup is restored."""
    return _all("a restore: ", workers,
                [("vm_restore.py", 1 + n % step, step, n) for n in torn])


def installs(step: int = 1, torn: Iterable[int] = TORN,
             workers: int = 2) -> list[Row]:
    """Rows of cuts at every `step`-th write while copies are installed, refused and given up."""
    command = vm.command("i386", "12m")
    if not command:
        raise vm.Unavailable("the i386 MicroPython is needed")
    with tempfile.TemporaryDirectory() as folder:
        packages.write(Path(folder), command)
        return _all("an install: ", workers,
                    [("vm_install.py", folder, 1 + n % step, step, n) for n in torn])


def _all(what, workers, runs):
    """Rows of what some runs count together."""
    total: dict[str, int] = {}
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(run, *arguments) for arguments in runs]
        for job in jobs:
            for name, count in job.result().items():
                total[name] = total.get(name, 0) + count
    total["writes of a run"] //= len(jobs)
    return [told(what + name, value) if name in _OF_ANOTHER else
            at_most(what + name, value, 0) for name, value in sorted(total.items())]


def wear(quarters: int, readings: int) -> list[Row]:
    """Rows of what the ledger and an outage write."""
    found = run("vm_wear.py", quarters, readings)
    each = 1000 * found["ledger: erases"] // found["ledger: appends"]
    a_year = _APPENDS * each // 1000
    out = [at_most("ledger: erases for 1,000 appends", each, 1100),
           at_most("ledger: erases a year", a_year, 50_000),
           at_most("ledger: erases a year of one block, in the mean", a_year // _BLOCKS, 500),
           at_most("ledger: thousandths of what a block stands, in ten years",
                   10_000 * a_year // _BLOCKS // _RATED, 50),
           told("ledger: most erases of one block in this run",
                found["ledger: most erases of one block"]),
           told("outage: readings", found["outage: readings"]),
           at_most("outage: bytes for 10 readings kept", 10 * found["outage: bytes"] // (
               found["outage: readings"] - found["outage: thinned"]), 300),
           told("outage: erases for 1,000 readings, with their delivery", 1000 * found[
               "outage: erases, with its delivery"] // found["outage: readings"]),
           at_most("outage: readings lost", found["outage: lost"], 0),
           at_most("outage: readings not delivered", found["outage: readings"] - found[
               "outage: thinned"] - found["outage: delivered"], 0)]
    return out + [at_most(name, int(value), 0) for name, value in found.items()
                  if name.startswith(("bad blocks", "full flash"))]


def main() -> int:
    """The exit status: 0 if all is within its limit, 3 without the VM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every seventh write only")
    parser.add_argument("--rounds", type=int, default=12, help="hours of a run")
    arguments = parser.parse_args()
    try:
        rows = cuts(3 if arguments.quick else arguments.rounds, 7 if arguments.quick else 1)
        rows += restores(7 if arguments.quick else 1)
        rows += installs(7 if arguments.quick else 1)
        rows += wear(*((500, 1000) if arguments.quick else (4000, 8640)))
    except vm.Unavailable as error:
        print(f"powercut: {error}", file=sys.stderr)
        return 3
    return conclude(OUT, rows)


if __name__ == "__main__":
    raise SystemExit(main())
