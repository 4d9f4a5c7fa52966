#!/usr/bin/env python3
"""`make hardware`: simulation, board, case, price; one report of all.

Each part is a program of its own that writes build/hardware/<part>.json, a list of
{name, value, limit, ok}; they are joined in build/hardware/report.json. `ok` is null where there
is no limit: a figure to read, no check. Exit code 1: something is outside its limit. 3: a program
is missing, and the text says how to get it.
"""

import argparse
import json
import subprocess
import sys
import time

import case
import kicadcli
from simulation import spice
from table import BUILD, HARDWARE, MISSING_TOOL, missing

# part: words of its program
PARTS = {
    "simulation": ("simulate.py",),
    "parts": ("golden.py",),
    "board": ("board.py",),
    "case": ("case.py",),
    "price": ("price.py", "--check"),
    "mutations": ("mutate.py",),
}
TOOLS = ((kicadcli.available, kicadcli.HOW_TO_GET), (spice.available, spice.HOW_TO_GET),
         (case.available, case.HOW_TO_GET))


def tools():
    """Ends the program, naming every missing tool at once."""
    lacking = [how for available, how in TOOLS if not available()]
    if lacking:
        missing("hardware: " + "\n          ".join(lacking))


def run(part, words):
    """Runs one part; returns its rows and its exit code."""
    path = BUILD / f"{part}.json"
    path.unlink(missing_ok=True)
    started = time.monotonic()
    print(f"== {part}", flush=True)
    code = subprocess.run([sys.executable, HARDWARE / words[0], *words[1:]],
                          stdin=subprocess.DEVNULL).returncode
    print(f"== {part}: {time.monotonic() - started:.0f} s\n", flush=True)
    rows = json.loads(path.read_text()) if path.exists() else []
    if not rows:
        rows = [{"name": "ran to its end", "value": False, "limit": "= True", "ok": False}]
    return [{**row, "name": f"{part}: {row['name']}"} for row in rows], code


def main(argv=None):
    """Runs all; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000,
                        help="random builds in the simulation (%(default)s)")
    options = parser.parse_args(argv)
    tools()
    BUILD.mkdir(parents=True, exist_ok=True)
    report, codes = [], []
    for part, words in PARTS.items():
        extra = ("--runs", str(options.runs)) if part == "simulation" else ()
        rows, code = run(part, (*words, *extra))
        report += rows
        codes.append(code)
    (BUILD / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    failed = [row for row in report if row["ok"] is False]
    figures = [row for row in report if row["ok"] is None]
    for row in failed:
        print(f"FAIL {row['name']}: {row['value']} ({row['limit']})")
    print(f"build/hardware/report.json: {len(report) - len(figures)} checks, "
          f"{len(failed)} failed; figures without a limit: {len(figures)}")
    if MISSING_TOOL in codes:
        return MISSING_TOOL
    return 1 if failed or any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
