"""The one table of the hardware, board.toml, and the list of checks that every part writes."""

import json
import sys
import tomllib
from pathlib import Path

HARDWARE = Path(__file__).resolve().parent
ROOT = HARDWARE.parent
BUILD = ROOT / "build" / "hardware"
PICTURES = HARDWARE / "pictures"
MISSING_TOOL = 3  # the exit code of every command of this project that lacks a program

_COMPARE = {
    ">=": lambda value, limit: value >= limit,
    "<=": lambda value, limit: value <= limit,
    "=": lambda value, limit: value == limit,
    "none": lambda value, limit: None,  # a figure to read, not to judge
}
_MARKS = {True: "ok", False: "FAIL", None: "-"}


def board():
    """board.toml as a dict."""
    return tomllib.loads((HARDWARE / "board.toml").read_text())


class Checks:
    """A list of `{name, value, limit, ok}`, written as build/hardware/<part>.json.

    `ok` is null where there is no limit: such a row is information, it has passed nothing.
    """

    def __init__(self, part):
        self.part = part
        self.rows = []

    def add(self, name, value, how="none", limit=None):
        """`value` against `limit`; `how` is one of >=, <=, =, none."""
        if isinstance(value, float):
            value = round(value, 3)
        text = "none" if how == "none" else f"{how} {limit}"
        ok = _COMPARE[how](value, limit)
        self.rows.append({"name": name, "value": value, "limit": text, "ok": ok})
        return ok

    def write(self):
        """Writes the file and prints the table; returns the exit code, 1 if anything failed."""
        BUILD.mkdir(parents=True, exist_ok=True)
        path = BUILD / f"{self.part}.json"
        path.write_text(json.dumps(self.rows, indent=1, ensure_ascii=False) + "\n")
        width = max([len(row["name"]) for row in self.rows] + [0])
        for row in self.rows:
            print(f"{_MARKS[row['ok']]:4} {row['name']:{width}}  {row['value']}  ({row['limit']})")
        return 1 if any(row["ok"] is False for row in self.rows) else 0


def missing(what):
    """Ends the program with one sentence on stderr and the exit code for a missing tool."""
    print(what, file=sys.stderr)
    raise SystemExit(MISSING_TOOL)
