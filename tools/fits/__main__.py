"""Proves the ways out with the programs that owners run; writes build/fits.json.

    .venv/bin/python -m fits [--only home-assistant] [--pictures]

Each peer is a module with `prepare()`, which fetches the program (the only step that may use the
internet), and `prove(folder)`, a list of measure.limits.Row; some have `draw(folder)`, pictures
for the documents. Through each of WAYS all Readings of the corpus go as well, and back through its
client (walk.py). After the fetching this process has no network but 127.0.0.1. Exit status: 1 if
a row is not ok, 3 if a peer cannot be had.
"""

import argparse
import importlib
import shutil
import sys
import time
from pathlib import Path

from build import setup_env
from measure.limits import Row, conclude, told
from twin import runtime
from vm.vm import Unavailable

from . import walk
from .alone import stay_alone

OUT = Path(setup_env.BUILD) / "fits.json"
WORK = Path(setup_env.BUILD) / "fits"
# The name that --only takes, and the module: a row for each program.
PEERS = {"home-assistant": "home_assistant", "modbus": "modbus"}


def main() -> int:
    """See above."""
    parser = argparse.ArgumentParser(prog="make fits", description=__doc__.splitlines()[0])
    names = sorted({*PEERS, *walk.WAYS})
    parser.add_argument("--only", choices=names, action="append",
                        help="this peer only; may be given more than once")
    parser.add_argument("--pictures", action="store_true",
                        help="renew what docs/pictures/ has of a program, and prove nothing")
    given = parser.parse_args()
    chosen = given.only or names
    try:
        peers = {name: importlib.import_module("fits." + PEERS[name])
                 for name in chosen if name in PEERS}
        runtime.find(None, print)  # what each twin needs
        for peer in peers.values():
            peer.prepare()
        ways = {name: walk.way(name) for name in chosen if name in walk.WAYS}
    except Unavailable as error:
        print(f"fits: {error}", file=sys.stderr)
        return setup_env.MISSING_TOOL
    if not stay_alone():
        print("fits: this system gives no network of its own: the programs see the PC's")
    rows: list[Row] = []
    for name in chosen:
        began = time.monotonic()
        shutil.rmtree(WORK / name, ignore_errors=True)
        (WORK / name).mkdir(parents=True)
        if given.pictures:
            draw = getattr(peers.get(name), "draw", None)
            print("\n".join(map(str, draw(WORK / name) if draw else [])))
            continue
        found = walk.rows(name, ways[name], WORK / name) if name in ways else []
        found += peers[name].prove(WORK / name) if name in peers else []
        rows += [row._replace(name=f"{name}: {row.name}") for row in found]
        rows.append(told(f"{name}: seconds", round(time.monotonic() - began)))
    return 0 if given.pictures else conclude(OUT, rows)


if __name__ == "__main__":
    sys.exit(main())
