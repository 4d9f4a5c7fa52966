"""/history.json, /history.csv and /peaks.json: what is asked for, and their bodies.

Loaded for one answer, and gone behind it. The ledger's generators write what is said.
"""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .server import Sources

_MOST = const(400)  # rows of one answer
_PIECE = const(1024)  # bytes that are written at once, as in routes.py
_PEAKS = "/peaks.json"
_SECONDS = {"quarter": 900, "hour": 3600, "day": 86400, "month": 28 * 86400}  # the least of each


def body(sources: "Sources", path: str, query: str, now: int | None) -> tuple | str:
    """(None, an iterator over the pieces of the body), or the key of a problem.

    query: as sent, without the `?`; now: seconds since 2000, UTC, None if nobody knows.
    """
    if not sources.rings:
        return "404h"
    asked = _asked(query, ("month",) if path == _PEAKS else ("step", "from", "to"))
    if asked is None or asked.get("step", "day") not in _SECONDS:
        return "400q"
    try:
        if path == _PEAKS:
            pieces = _peaks(sources, asked, now)
        else:
            pieces = _rows(sources, asked, now, path.endswith(".csv"))
    except ValueError:
        return "400d"
    if isinstance(pieces, str):
        return pieces
    pieces = _gathered(pieces)
    # The first one now: what fails here can still be told.
    return None, _behind(next(pieces), pieces)


def _asked(query, names):
    """{name: value} of a query; None if it has others than `names`."""
    asked = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if part and (name not in names or name in asked):
            return None
        if part:
            asked[name] = value.replace("%3A", ":").replace("%3a", ":")
    return asked


def _rows(sources, asked, now, is_csv):
    """The rows of a span: pieces, or a problem. ValueError if a date is none."""
    from ..ledger.civil import parse, usual_span

    base_min = sources.base_min
    step = asked.get("step", "quarter")
    if "from" not in asked or "to" not in asked:
        if now is None:
            return "503c"
        begin, end = usual_span(step, now, base_min)
    if "from" in asked:
        begin = _boundary(parse(asked["from"], base_min), step, base_min)
    if "to" in asked:
        end = _boundary(parse(asked["to"], base_min), step, base_min)
    if not 0 < end - begin <= _MOST * _SECONDS[step]:
        return "422h"
    from ..ledger.history import csv_pieces, json_pieces

    return (csv_pieces if is_csv else json_pieces)(sources.rings, step, begin, end, base_min)


def _boundary(utc, step, base_min):
    """The boundary of a step at or before a moment."""
    from ..ledger.civil import midnight, month_of, month_start

    if step == "month":
        return month_start(*month_of(utc, base_min), base_min)
    return midnight(utc, base_min) if step == "day" else utc - utc % _SECONDS[step]


def _peaks(sources, asked, now):
    """The peaks of a month: pieces, or a problem. ValueError if it is none."""
    from ..ledger.civil import month_of, parse

    base_min = sources.base_min
    if "month" in asked:
        if len(asked["month"]) != 7:
            raise ValueError
        now = parse(asked["month"], base_min)
    if now is None:
        return "503c"
    from ..ledger.peaks import json_pieces

    return json_pieces(sources.rings, *month_of(now, base_min), base_min)


def _gathered(pieces: "Iterator[bytes]") -> "Iterator[memoryview]":
    """The same in larger pieces, each valid until the next. Empty ones, by which the ledger says
    that others may run, stay as they are."""
    out = memoryview(bytearray(_PIECE))
    count = 0
    for piece in pieces:
        if not piece:
            yield out[:0]
        elif count + len(piece) > _PIECE:
            yield out[:count]
            count = 0
        out[count : count + len(piece)] = piece
        count += len(piece)
    yield out[:count]


def _behind(first, others):
    yield first
    yield from others
