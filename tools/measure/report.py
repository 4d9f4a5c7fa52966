"""The bench's rows: one measured figure each, as table, JSON and picture."""

import json
from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

AT_LEAST = ("times",)  # units of which more is better; of all others less is


class Row(NamedTuple):
    """One figure. `must` and `aims` are limits in the same unit, or None where there is none."""

    name: str
    value: float
    unit: str
    must: float | None = None
    aims: float | None = None
    note: str = ""

    def reaches(self, limit: float | None) -> bool:
        """Whether the value keeps to this limit."""
        return limit is None or (self.value >= limit if self.unit in AT_LEAST
                                 else self.value <= limit)

    def entry(self) -> dict[str, Any]:
        """The row of bench.json."""
        return {"name": self.name, "value": self.value, "unit": self.unit, "must": self.must,
                "aims": self.aims, "met": self.reaches(self.must)}


def number(value: float | None) -> str:
    """A figure with as many digits as it is worth."""
    if value is None:
        return "–"
    if isinstance(value, int) or value == int(value) or abs(value) >= 1000:
        return f"{round(value):,}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(rows: Sequence[Row]) -> list[str]:
    """Lines of text."""
    width = max(len(row.name) for row in rows)
    lines = [f"{'':<{width}} {'measured':>10} {'must':>9} {'aims':>9}"]
    for row in rows:
        told = "" if row.must is None and row.aims is None else (
            "aim reached" if row.reaches(row.aims) and row.reaches(row.must)
            else "met" if row.reaches(row.must) else "NOT MET")
        lines.append(f"{row.name:<{width}} {number(row.value):>10} {number(row.must):>9} "
                     f"{number(row.aims):>9} {row.unit}  {told}  {row.note}".rstrip())
    return lines


def as_json(rows: Sequence[Row]) -> str:
    """The text of bench.json."""
    return json.dumps([row.entry() for row in rows], indent=1) + "\n"


def as_svg(title: str, rows: Sequence[Row]) -> str:
    """A picture: a bar for each row of this unit, as long as its value."""
    most = max((row.value for row in rows), default=1) or 1
    height = 26 * len(rows) + 50
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{height}" '
             'font-family="sans-serif" font-size="13">',
             f'<rect width="760" height="{height}" fill="white"/>',
             f'<text x="10" y="24" font-size="15">{escape(title)}</text>']
    for place, row in enumerate(rows):
        y = 40 + 26 * place
        length = max(1, round(300 * row.value / most))
        parts.append(f'<text x="10" y="{y + 14}">{escape(row.name)}</text>'
                     f'<rect x="370" y="{y}" width="{length}" height="18" fill="#3478c6"/>'
                     f'<text x="{378 + length}" y="{y + 14}">{number(row.value)} '
                     f'{row.unit}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
