"""What came of the scenarios: rows, a table, and a picture of both memories over time."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from measure import curves

if TYPE_CHECKING:
    from .console import Sample

_LINES = (("Python's heap", "#9cbfe6", lambda sample: sample.allocated + sample.free),
          ("taken of it", "#3478c6", lambda sample: sample.allocated),
          ("the system's memory, free", "#c6523a", lambda sample: sample.system),
          ("its largest piece", "#e0a890", lambda sample: sample.block))


class Row(NamedTuple):
    """One figure of build/device.json. `limit` is what it must not pass, or None."""

    name: str
    value: Any
    limit: Any
    ok: bool


Outcome = tuple[list[Row], "list[Sample]"]  # of a scenario
Chart = tuple[str, "Sequence[Sample]", int]  # title, samples, limit


def at_most(name: str, value: float | None, limit: float) -> Row:
    """A row of what is to stay small; a value that is missing is not ok."""
    return Row(name, value, limit, value is not None and value <= limit)


def at_least(name: str, value: float | None, limit: float) -> Row:
    """A row of what is to be large; a value that is missing is not ok."""
    return Row(name, value, limit, value is not None and value >= limit)


def as_json(rows: Sequence[Row]) -> str:
    """The text of device.json."""
    return json.dumps([row._asdict() for row in rows], indent=1) + "\n"


def table(rows: Sequence[Row]) -> list[str]:
    """Lines of text."""
    width = max([len(row.name) for row in rows], default=0)
    return [f"{row.name:<{width}}  {_short(row.value):>12}  {_short(row.limit):>12}  "
            f"{'ok' if row.ok else 'NOT OK'}" for row in rows]


def _short(value):
    return "–" if value is None else str(value)


def as_svg(charts: Sequence[Chart]) -> str:
    """A picture: for each (title, samples, limit) both memories over the minutes; the limit of the
    system's memory is a dashed line."""
    return curves.as_svg([_chart(*chart) for chart in charts])


def _chart(title, samples, limit):
    end = max([sample.at for sample in samples], default=0)
    return curves.Chart(title, "kB", 1000, f"{end / 60:.1f} min", [
        curves.Curve(words, colour, [(sample.at, of(sample)) for sample in samples])
        for words, colour, of in _LINES], [(f"{limit // 1024} kB", limit)])
