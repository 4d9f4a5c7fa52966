"""`make device QEMU=path [FIRMWARE=file] [ARGS="…"]`: the image on an emulated ESP32, under load.

    make device QEMU=qemu-system-xtensa
    make device QEMU=… ARGS="--minutes 2 --only hdlc-pages tls"
    make device ARGS=--list

Prints a table, writes build/device.json and build/device.svg. Each device's console and the logs
around it stay in build/device/. Exit status: 0 when all limits are kept, 1 when one is not,
2 for a wrong option, 3 when a tool is missing. (`make` itself ends with 2 whatever it was.)
"""

import argparse
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from build import setup_env
from measure import limits

from . import (
    broker,
    cable,
    crash,
    emulator,
    first_light,
    images,
    loads,
    outage_cuts,
    port_feed,
    report,
    scenarios,
    starts,
    update,
)
from .bench import Setting
from .counts import run_counts

if TYPE_CHECKING:
    from .report import Chart, Outcome
    from .scenarios import Scenario

OTHERS = {
    "broken": starts.run_broken, "cable": cable.run_cable, "crash": crash.run_crash,
    "feed": port_feed.run_feed, "first-light": first_light.run_first_light,
    "instructions": run_counts, "outage-cuts": outage_cuts.run_outage_cuts,
    "set-up": first_light.run_set_up, "update": update.run_update}
BUILD = Path(setup_env.BUILD)


def say(text: str) -> None:
    """One line on what is being done."""
    print("device: " + text, file=sys.stderr, flush=True)


def arguments(argv: list[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="make device", description=__doc__.splitlines()[0],
                                     formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add("--qemu", default="", help="qemu-system-xtensa with the machine esp32 and its radio")
    add("--firmware", help="MicroPython's own .bin (default: the newest release)")
    add("--only", nargs="+", metavar="NAME", help="these scenarios (default: all)")
    add("--minutes", type=float, help="of the guest's time for each load (default: the table's)")
    add("--ssid", default="PICSimLabWifi", help="the open network that the emulator plays\n"
                                                "(default %(default)s)")
    add("--shift", type=int, default=3, metavar="N",
        help="an instruction takes the guest 2^N ns (default %(default)s)")
    add("--list", action="store_true", help="show the scenarios and end")
    given = parser.parse_args(argv)
    unknown = set(given.only or ()) - set(scenarios.all_of_them())
    if unknown:
        parser.error(f"no scenario is called {', '.join(sorted(unknown))}; --list shows all")
    if given.minutes is not None and not 0 < given.minutes < 10_000:
        parser.error("--minutes is above 0")
    if not 0 <= given.shift <= 10:
        parser.error("--shift is from 0 to 10")
    return given


def run(setting: Setting, scenario: "Scenario", minutes: float | None) -> "Outcome":
    """(rows, samples) of a scenario of any kind; the rows' names begin with its own."""
    if isinstance(scenario, scenarios.Load):
        rows, samples = loads.run(setting, scenario, minutes or scenario.minutes)
    elif isinstance(scenario, scenarios.Start):
        rows, samples = starts.run_start(setting, scenario)
    elif isinstance(scenario, scenarios.Cuts):
        rows, samples = starts.run_cuts(setting, scenario)
    else:
        rows, samples = OTHERS[scenario.name](setting, scenario)
    prefix = f"{setting.version} {scenario.name}: "
    return [row._replace(name=prefix + row.name) for row in rows], samples


def run_all(setting: Setting, given: argparse.Namespace) -> list[limits.Row]:
    """The rows of all that was asked for; the files are written after each scenario."""
    known = scenarios.all_of_them()
    rows: list[limits.Row] = []
    charts: "list[Chart]" = []
    for name in given.only or known:
        say(f"{name}: {known[name].words}")
        began = time.monotonic()
        found, samples = run(setting, known[name], given.minutes)
        rows += found
        print("\n".join(limits.table(found)), flush=True)
        say(f"{name}: took {time.monotonic() - began:.0f} s")
        if samples:
            limit = getattr(known[name], "low", scenarios.PLAIN_LOW)
            charts.append((f"MicroPython {setting.version}, {known[name].words}", samples, limit))
        BUILD.joinpath("device.json").write_text(limits.as_json(rows))
        BUILD.joinpath("device.svg").write_text(report.as_svg(charts))
    return rows


def main(argv: list[str] | None = None) -> int:
    """Entry; `argv` as sys.argv[1:]."""
    given = arguments(sys.argv[1:] if argv is None else argv)
    if given.list:
        for name, scenario in scenarios.all_of_them().items():
            print(f"{name:<16} {scenario.words}")
        return 0
    try:
        program = emulator.find(given.qemu)
        broker.program()
    except (emulator.NoEmulator, broker.NoBroker) as error:
        say(str(error))
        return setup_env.MISSING_TOOL
    folder = BUILD / "device"
    try:
        stocked = images.firmware(given.firmware, say)
        with setup_env.lock("device"):  # one emulator at a time: they take a core each
            shutil.rmtree(folder, ignore_errors=True)
            rows = run_all(Setting(program, stocked, given.ssid, given.shift, folder), given)
    except (*images.ERRORS, broker.NoBroker) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 1
    for row in rows:
        if not row.ok:
            say(f"not kept: {row.name}: {row.value}, limit {row.limit}")
    return limits.status(rows)


if __name__ == "__main__":
    sys.exit(main())
