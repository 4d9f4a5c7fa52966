"""Figures with limits: what a long run reports, as build/*.json, lines and an exit status."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Row(NamedTuple):
    """One figure. `limit` is what it must not pass, or None."""

    name: str
    value: Any
    limit: Any
    ok: bool


def told(name: str, value: Any) -> Row:
    """A row of what has no limit."""
    return Row(name, value, None, True)


def at_most(name: str, value: float | None, limit: float) -> Row:
    """A row of what is to stay small; a value that is missing is not ok."""
    return Row(name, value, limit, value is not None and value <= limit)


def at_least(name: str, value: float | None, limit: float) -> Row:
    """A row of what is to be large; a value that is missing is not ok."""
    return Row(name, value, limit, value is not None and value >= limit)


def as_json(rows: Sequence[Row]) -> str:
    """A list of {name, value, limit, ok}."""
    return json.dumps([row._asdict() for row in rows], indent=1) + "\n"


def table(rows: Sequence[Row]) -> list[str]:
    """Lines of text."""
    width = max([len(row.name) for row in rows], default=0)
    return [f"{row.name:<{width}}  {_short(row.value):>12}  {_short(row.limit):>12}  "
            f"{'ok' if row.ok else 'NOT OK'}" for row in rows]


def _short(value):
    return "–" if value is None else str(value)


def status(rows: Sequence[Row]) -> int:
    """The exit status: 1 if any limit was missed."""
    return 0 if all(row.ok for row in rows) else 1


def conclude(path: Path, rows: Sequence[Row]) -> int:
    """Write the file, print the table. Returns the exit status."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(as_json(rows))
    print("\n".join(table(rows)))
    return status(rows)
