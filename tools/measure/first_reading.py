#!/usr/bin/env python3
"""How long from plugging in to the first Reading, on the twin, for each kind of meter.

    .venv/bin/python -m measure.first_reading                     the usual meters
    .venv/bin/python -m measure.first_reading kamstrup-hdlc fi    these
    .venv/bin/python -m measure.first_reading --stay 6 kaifa-mbus and whether six more come

Each is plugged in in the middle of a telegram, sends at its own interval, and is tried on both
polarities, with a dongle that is new and with one that remembers another line; the worst counts.
Issue 3 promises three intervals and a minute. Writes build/first_reading.json.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import meter_model
from build import setup_env
from twin.fleet import Fleet, first_reading

from . import limits

if TYPE_CHECKING:
    from twin.fleet import Member

AT_ONCE = 28  # twins side by side
USUAL = ("kamstrup-p1", "nl-dsmr5", "nl-dsmr22", "de-q3d", "si-iskra", "dk-nes", *(
    name for name, dialect in meter_model.DIALECTS.items()
    if dialect.secret or not isinstance(dialect, meter_model.Dialect)))


class _Joined:
    """The first telegram begins in its middle; looks like meter_model.play.Faults."""

    def __init__(self) -> None:
        self._first = True

    def spoil(self, data: bytes) -> bytes:
        """The bytes that arrive."""
        cut = len(data) // 2 if self._first else 0
        self._first = False
        return data[cut:]


def trials(name: str) -> list[dict[str, Any]]:
    """How a meter of that name is tried: options of Fleet.add."""
    line = meter_model.find(name).line
    other = "115200 8 even 1" if line.baud < 115200 else "2400 7 even 1"
    return [{"inverted": inverted, "line": memory}
            for inverted in (False, True) for memory in ("", other)]


def scene(stay: int) -> "Callable[[Member], Iterator[None]]":
    """The first Reading, and so many more: a generator function of a Member."""
    def played(member):
        yield from first_reading(member)
        yield from member.next_readings(stay, (stay + 6) * member.twin.options.interval)
    return played


def measure(work: list[tuple[str, dict[str, Any]]], stay: int,
            say: Callable[[str], None]) -> dict[str, list[float]]:
    """{name: [seconds or None]} of (name, trial) pairs."""
    times: dict = {}
    for at in range(0, len(work), AT_ONCE):
        with tempfile.TemporaryDirectory() as folder, Fleet(Path(folder)) as fleet:
            for name, trial in work[at:at + AT_ONCE]:
                member = fleet.add(name, scene(stay), meter=name,
                                   interval=meter_model.find(name).interval, **trial)
                member.twin.faults = _Joined()
            fleet.play()
            for member in fleet.members.values():
                times.setdefault(member.name, []).append(member.found)
                if member.error or member.starved:
                    say(f"{member.name}: out of memory {member.starved} times; "
                        f"{member.error or 'read all the same'}")
        say(f"{min(at + AT_ONCE, len(work))} of {len(work)}")
    return times


def main(argv: list[str]) -> int:
    """Entry; exit status 1 if a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stay", type=int, default=0, metavar="N", help="wait for N more, too")
    parser.add_argument("meters", nargs="*")
    options = parser.parse_args(argv)
    names = options.meters or USUAL
    work = [(name, trial) for name in names for trial in trials(name)]
    times = measure(work, options.stay, lambda text: print(text, file=sys.stderr, flush=True))
    rows = []
    print(f"{'meter':26}{'line':16}{'interval':>9}{'worst':>9}{'intervals':>10}{'promise':>9}")
    for name in names:
        dialect = meter_model.find(name)
        limit = 3 * dialect.interval + 60
        worst = None if None in times[name] else max(times[name])
        rows.append(limits.Row(name, worst, limit, worst is not None))
        shown = "never" if worst is None else f"{worst:.1f} s"
        units = "" if worst is None else f"{worst / dialect.interval:.1f}"
        print(f"{name:26}{dialect.line!s:16}{dialect.interval:>7g} s{shown:>9}{units:>10}"
              f"{limit:>7g} s")
    (Path(setup_env.BUILD) / "first_reading.json").write_text(limits.as_json(rows))
    return limits.status(rows)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except meter_model.UnknownMeter as error:
        sys.exit(str(error))
