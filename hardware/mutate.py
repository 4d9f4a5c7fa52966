#!/usr/bin/env python3
"""Makes one error at a time in drawings, rules and tables, and asks whether any check notices.

    python3 hardware/mutate.py               all of them; writes build/hardware/mutations.json
    python3 hardware/mutate.py --each 0      without those that KiCad must judge, in seconds

An error that nothing notices is a check that is missing: the text says which error it was.
"""

import argparse
import collections
import sys
import time

import golden
import kicad_mutations
import kicadcli
import mutations
from table import BUILD, Checks, missing

EACH = 2  # of every kind that KiCad must judge; a DRC takes seconds


def by_python(design):
    """(group, what, whether noticed) of all mutations that the parsed files suffice for."""
    for one in mutations.every(design):
        yield one.group, one.what, next(golden.problems(one.design), None) is not None


def by_kicad(design, each):
    """The same of those that ERC, DRC or KiCad's netlist must notice, `each` of every kind."""
    for one in kicad_mutations.made(each):
        noticed = kicad_mutations.caught(one, design, golden.problems, BUILD / "mutation")
        yield one.group, one.what, bool(noticed)


def count(checks, results):
    """Rows for each group; every error that went unnoticed is printed."""
    groups, missed = collections.Counter(), collections.Counter()
    for group, what, noticed in results:
        groups[group] += 1
        if not noticed:
            missed[group] += 1
            print(f"     not noticed: {group}: {what}", file=sys.stderr)
    for group, made in groups.items():
        checks.add(f"{group}: of {made}, not noticed", missed[group], "=", 0)
    return groups.total(), missed.total()


def main(argv=None):
    """Runs all; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--each", type=int, default=EACH, metavar="N",
                        help="how many of each kind that KiCad must judge (%(default)s)")
    options = parser.parse_args(argv)
    if not kicadcli.available():
        missing("mutations: " + kicadcli.HOW_TO_GET)
    checks, design = Checks("mutations"), golden.read()
    found = list(golden.problems(design))
    checks.add("before any error: what the checks find", len(found), "=", 0)
    made = caught = 0
    for results in (by_python(design), by_kicad(design, options.each)):
        started = time.monotonic()
        total, missed = count(checks, results)
        made, caught = made + total, caught + total - missed
        print(f"     {total} in {time.monotonic() - started:.0f} s", flush=True)
    checks.add("errors made", made)
    checks.add("errors caught", caught, "=", made)
    return checks.write()


if __name__ == "__main__":
    sys.exit(main())
