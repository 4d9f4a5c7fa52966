"""What came of the scenarios: rows, a table, and a picture of both memories over time."""

import json
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .console import Sample

_WIDTH, _HEIGHT, _LEFT, _TOP = 900, 220, 70, 40
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
    """A picture: for each (title, samples, limit) both memories over the minutes."""
    height = _HEIGHT * len(charts) + 10
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
             'font-family="sans-serif" font-size="12">',
             f'<rect width="{_WIDTH}" height="{height}" fill="white"/>']
    for place, chart in enumerate(charts):
        parts.append(f'<g transform="translate(0 {_HEIGHT * place})">')
        parts += _chart(*chart)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def _chart(title, samples, limit):
    """The elements of one chart; the limit of the system's memory is a dashed line."""
    wide, high = _WIDTH - _LEFT - 20, _HEIGHT - _TOP - 40
    end = max([sample.at for sample in samples], default=0) or 1
    most = max([of(sample) for sample in samples for _, _, of in _LINES], default=0) or 1
    floor = _TOP + high

    def point(at, value):
        return f"{_LEFT + wide * at / end:.1f},{floor - high * value / most:.1f}"

    parts = [f'<text x="10" y="18" font-size="14">{escape(title)}</text>',
             f'<text x="10" y="{_TOP + 10}">{most // 1000} kB</text>',
             f'<text x="10" y="{floor}">0</text>',
             f'<text x="35" y="{floor - high * limit / most:.1f}">{limit // 1024} kB</text>',
             f'<text x="{_LEFT + wide - 50}" y="{floor + 16}">{end / 60:.1f} min</text>',
             f'<polyline fill="none" stroke="#999" points="{point(0, 0)} {point(end, 0)}"/>',
             f'<polyline fill="none" stroke="#999" stroke-dasharray="4" '
             f'points="{point(0, limit)} {point(end, limit)}"/>']
    for number, (words, colour, of) in enumerate(_LINES):
        points = " ".join(point(sample.at, of(sample)) for sample in samples)
        parts.append(f'<polyline fill="none" stroke="{colour}" points="{points}"/>')
        parts.append(f'<text x="{_LEFT + 170 * number}" y="{floor + 16}" '
                     f'fill="{colour}">{words}</text>')
    return parts
