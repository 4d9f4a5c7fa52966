"""Runs the firmware among failing peers, and says what was lost: writes build/chaos.json.

    .venv/bin/python -m chaos [--minutes N] [--seed N] [--quick]

Needs the i386 MicroPython that vm.vm finds, and mosquitto.
"""

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

from build import setup_env
from measure import limits
from twin import broker
from vm import vm

from . import checker
from .record import Record
from .run import Run

OUT = Path(setup_env.BUILD) / "chaos.json"
INTERVAL = 1  # s between telegrams
QUICK_INTERVAL = 0.5


def play(folder: Path, seed: int, minutes: float, quick: bool,
         say: Any = lambda text: None) -> Record:
    """One run in a folder of its own."""
    if not broker.mosquitto():
        raise broker.NoBroker("mosquitto is missing: apt install mosquitto")
    if not vm.command("i386", "140k"):
        raise vm.Unavailable("the i386 MicroPython is needed")
    return Run(folder, seed, QUICK_INTERVAL if quick else INTERVAL, say).play(60 * minutes, quick)


def main() -> int:
    """The exit status: 0 if all is within its limit, 3 without a program."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="of faults (10)")
    parser.add_argument("--seed", type=int, default=1, help="another order of faults (1)")
    parser.add_argument("--quick", action="store_true", help="a minute and a half, a few of them")
    parser.add_argument("--out", type=Path, default=OUT, help="where the report goes")
    arguments = parser.parse_args()
    folder = Path(setup_env.BUILD) / f"chaos-{arguments.seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        record = play(folder, arguments.seed, arguments.minutes, arguments.quick,
                      lambda text: print(text, flush=True))
    except (vm.Unavailable, broker.NoBroker) as error:
        print(f"chaos: {error}", file=sys.stderr)
        return 3
    rows, problems = checker.report(record)
    for words in record.unasked + problems:
        print("  " + words)
    return limits.conclude(arguments.out, rows)


if __name__ == "__main__":
    raise SystemExit(main())
