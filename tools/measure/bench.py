"""Measures what the Budgets of docs/performance.md promise, beside what others take, in one run.

    .venv/bin/python -m measure.bench [--quick] [--vm i386|x64] [--out FILE]

Prints a table, writes build/bench.json, build/bench.svg and build/bench-modules.txt. A time is the
shortest of many short rounds, so that other programs on this PC are not in it. --quick leaves out
the twin and takes few rounds. Exit 1 if a `must` is not met.
"""

import argparse
import platform
import sys
from pathlib import Path

from build import setup_env
from measure import history, latency, parsing, report, sizes, ways
from vm import vm

BUILD = Path(setup_env.BUILD)


def say(text: str) -> None:
    """One line on what is being done."""
    print("bench: " + text, file=sys.stderr, flush=True)


def measure(machine: str, quick: bool) -> list[report.Row]:
    """All rows, a list."""
    rounds = 20 if quick else 300
    folder = BUILD / "bench"
    files = parsing.Files(folder)
    found = parsing.runtimes(say)
    out = parsing.rows(files, found, rounds, say)
    out += parsing.memory_rows(files, found)
    out += sizes.flash_rows()
    out += sizes.room_rows()
    out += history.rows(quick, say)
    if quick:
        return out
    out += parsing.binary_rows(files, found, rounds, say)
    out += parsing.growth_rows(files, found, rounds)
    out += parsing.count_rows(files, say)
    out += sizes.heap_rows(folder, say)
    out += latency.rows(machine, 100, 0.5, say)
    out += ways.rows(machine, list(ways.WAYS), say)
    return out


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description="Measure the budgets of docs/performance.md.")
    parser.add_argument("--quick", action="store_true", help="without the twin, few rounds")
    parser.add_argument("--vm", help="the twin's MicroPython (the best that runs here)")
    parser.add_argument("--out", type=Path, default=BUILD / "bench.json")
    options = parser.parse_args()
    machine = options.vm or vm.choose("auto", say=say)[0]
    found = measure(machine, options.quick)
    print(f"microhan's bench: twin on {vm.WORDS.get(machine, machine)}; this PC: "
          f"{platform.machine()}, CPython {platform.python_version()}")
    print("\n".join(report.table(found)))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(report.as_json(found))
    options.out.with_suffix(".svg").write_text(report.as_svg(
        "One P1 telegram of 712 bytes, microseconds",
        [row for row in found if row.name.startswith("P1 ") and row.unit == "µs"]))
    modules = options.out.with_name(options.out.stem + "-modules.txt")
    modules.write_text("\n".join(sizes.module_lines()) + "\n")
    missed = [row.name for row in found if not row.reaches(row.must)]
    for name in missed:
        say(f"not met: {name}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
