"""What came of a soak: rows for build/soak.json, and curves."""

import collections
import re
import statistics
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from measure import curves
from measure.limits import Row, at_least, at_most, told

from .plan import DAY

if TYPE_CHECKING:
    from .tally import Tally

_BLOCK = 16  # bytes that a block of the 32-bit VM's heap has
_WEEK = 7  # days
_CREEP = 1024  # bytes by which a mark may fall
_LEAST = 8192  # bytes that shall always be there
_TURN_MS = 500  # of this PC's processor; far from what a device may take
# What soak_main.py prints, and what MicroPython prints behind it.
_SAID = re.compile(r"^soak: \[(\d+), (\d+), (\d+)\]$.*?max free sz: (\d+)$.*?n_qstr=(\d+), "
                   r".*?n_total_bytes=(\d+)$", re.MULTILINE | re.DOTALL)
# Words of a line in the log that says that something went wrong in the device itself.
_TROUBLE = re.compile(r"Traceback|MemoryError|no memory|hung|could not|cannot be|watchdog|ended")


class Sample(NamedTuple):
    """An hour. Bytes of the heap: the least free after a collection, the least free as it stood,
    the longest free piece at the hour's end; names that the VM knows; processor time of the
    longest turn of the loop, ms; bytes on flash."""

    at: float
    free: int
    standing: int
    piece: int
    names: int
    turn_ms: float
    ledger: int
    backlog: int


def samples_of(text: str, turn_ms: float, ledger: int, backlog: int) -> list[Sample]:
    """The Samples in what the device said: of an hour, so one, or none."""
    return [Sample(int(at), int(free), int(standing), int(piece) * _BLOCK, int(names), turn_ms,
                   ledger, backlog)
            for at, free, standing, piece, names, _ in _SAID.findall(text)]


def trouble_of(text: str) -> list[str]:
    """Lines of the log that nobody should see."""
    return [line for line in text.splitlines() if _TROUBLE.search(line)]


# What may not creep, of an hour.
_MARKS: tuple[tuple[str, Callable[[Sample], int]], ...] = (
    ("least free heap", lambda hour: hour.free),
    ("longest free piece", lambda hour: hour.piece))


def _weeks(samples):
    """(first, middle, last) week, or half of what there is if that is less than two of them: days,
    each its hours. The first hour is the start's, in the first day the log fills: of more than two
    days it does not count, and a day that has begun only where there is no whole one."""
    later = samples[1:]
    whole = max(24, len(later) // 24 * 24)
    days = [later[at:at + 24] for at in range(0, min(whole, len(later)), 24)]
    if len(days) > 2:
        del days[0]
    count = max(1, min(_WEEK, len(days) // 2))
    middle = (len(days) - count) // 2
    return days[:count], days[middle:middle + count], days[-count:]


def _creep_rows(first, last):
    """Each day is loaded alike at the same hour, and when two loads meet is chance: so each hour
    is compared with itself, and the one in the middle counts. What creeps takes from all."""
    rows = []
    apart = round((last[0][0].at - first[0][0].at) / 3600)
    if apart:
        rows.append(told("creep that would be seen, bytes an hour", -(-_CREEP // apart)))
    for words, of in _MARKS:
        changes = [statistics.median_low(map(of, after)) - statistics.median_low(map(of, before))
                   for before, after in zip(zip(*first, strict=True), zip(*last, strict=True),
                                            strict=True)]
        rows.append(at_least(f"{words} at the same hour, last week against the first, bytes",
                             statistics.median_low(changes), -_CREEP))
    return rows


def _low_water_rows(weeks):
    """The low-water marks of the weeks. Days of one week differ by chance: by so much the last one
    may be lower than the first, and of less than two weeks nothing can be said."""
    lows = [[min(hour.free for hour in day) for day in week] for week in weeks]
    first, middle, last = map(min, lows)
    words = "low-water mark of the last week"
    scatter = max(lows[0]) - first
    return [told("low-water mark of the first week, bytes", first),
            told("low-water mark of the week in the middle", middle),
            at_least(words, last, first - scatter - _CREEP) if len(lows[0]) == _WEEK
            else told(words, last)]


def memory_rows(samples: Sequence[Sample]) -> list[Row]:
    """Whether memory stayed as it was, from the first week to the last."""
    if len(samples) < 2:
        return [Row("hours with a look at memory", len(samples), 2, False)]
    weeks = first, _, last = _weeks(samples)
    rows = _low_water_rows(weeks) + _creep_rows(first, last)
    at_rest = [max(hour.free for day in week for hour in day) for week in (first, last)]
    rows.append(at_least("free at rest in the last week", at_rest[1], at_rest[0] - _CREEP))
    rows.append(at_least("least free heap of all, garbage counted", min(
        hour.standing for hour in samples), _LEAST))
    names = [max(hour.names for day in week for hour in day) for week in (first, last)]
    rows.append(at_most("names in memory, most of the last week", names[1], names[0]))
    rows.append(at_most("longest turn of the loop, ms of this PC's processor",
                        round(max(s.turn_ms for s in samples), 1), _TURN_MS))
    rows.append(told("history on flash, bytes", samples[-1].ledger))
    rows.append(told("backlog on flash at its most, bytes", max(s.backlog for s in samples)))
    return rows


def delivery_rows(name: str, tally: "Tally", status: dict, wrong: int) -> list[Row]:
    """What came out of an output, and what it says of itself."""
    counts = tally.counts
    rows = [at_most(f"{name}: readings lost", tally.missing(), 0),
            told(f"{name}: readings delivered", counts["delivered"]),
            told(f"{name}: of these later than a minute", counts["late"]),
            at_most(f"{name}: readings repeated", counts["repeated"],
                    max(100, counts["delivered"] // 100)),
            at_most(f"{name}: readings that were never sent", counts["unknown"], 0),
            at_most(f"{name}: messages that nobody understands", wrong, 0)]
    return rows + [at_most(f"{name}: {key}, by /status.json", status.get(key), 0)
                   for key in ("kept", "thinned", "lost", "dropped")]


def page_rows(outcomes: "collections.Counter[int]", heard: int) -> list[Row]:
    """How requests were answered."""
    words = ", ".join(f"{status or 'none'} {count}" for status, count in sorted(outcomes.items()))
    answered = sum(count for status, count in outcomes.items() if status in (200, 204))
    return [at_least(f"requests answered as they should be ({words})", answered,
                     sum(outcomes.values())),
            told("readings on /events", heard)]


def charts(samples: Sequence[Sample], heap: int) -> list[curves.Chart]:
    """Pictures of heap, latency and flash over the run."""
    days = samples[-1].at / DAY if samples else 0
    end = f"{days:.1f} days"

    def curve(words: str, colour: str, of: Callable[[Sample], float]) -> curves.Curve:
        return curves.Curve(words, colour, [(one.at, of(one)) for one in samples])

    return [
        curves.Chart(f"Heap, of {heap} bytes: the least of each hour", "kB", 1000, end, (
            curve("free after a collection", "#3478c6", lambda one: one.free),
            curve("free as it stood", "#9cbfe6", lambda one: one.standing),
            curve("longest free piece", "#c6523a", lambda one: one.piece))),
        curves.Chart("Loop: its longest turn of each hour, by this PC's processor", "ms", 1, end, (
            curve("longest turn", "#3478c6", lambda one: one.turn_ms),)),
        curves.Chart("Flash", "kB", 1000, end, (
            curve("history", "#3478c6", lambda one: one.ledger),
            curve("backlog", "#c6523a", lambda one: one.backlog)))]
