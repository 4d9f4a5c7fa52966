"""What /history.json, /history.csv and /peaks.json are asked for.

Gone before the answer begins: chunks.py, and of the ledger what reads, take memory enough.
"""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from .server import Sources

_MOST = const(400)  # rows of one answer
_CHANNELS = ("1", "2", "3", "4")
_PEAKS = "/peaks.json"
_SECONDS = {"quarter": 900, "hour": 3600, "day": 86400, "month": 28 * 86400}  # the least of each


def wanted(sources: "Sources", path: str, query: str, now: int | None) -> tuple | str:
    """What the ledger's generator takes behind the rings, or the key of a problem.

    query: as sent, without the `?`; now: seconds since 2000, UTC, None if nobody knows.
    """
    if not sources.rings:
        return "404h"
    asked = _asked(query, ("month",) if path == _PEAKS else ("step", "from", "to", "channel"))
    if asked is None or asked.get("step", "day") not in _SECONDS or "channel" in asked and (
            asked["channel"] not in _CHANNELS or asked.get("step") != "day"):
        return "400q"
    try:
        return (_month if path == _PEAKS else _span)(sources.base_min, asked, now)
    except ValueError:
        return "400d"


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


def _span(base_min, asked, now):
    """(step or channel, begin, end, base_min), or a problem. ValueError if a date is none."""
    from ..ledger.civil import parse, usual_span

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
    return (int(asked["channel"]) if "channel" in asked else step), begin, end, base_min


def _boundary(utc, step, base_min):
    """The boundary of a step at or before a moment."""
    from ..ledger.civil import midnight, month_of, month_start

    if step == "month":
        return month_start(*month_of(utc, base_min), base_min)
    return midnight(utc, base_min) if step == "day" else utc - utc % _SECONDS[step]


def _month(base_min, asked, now):
    """(year, month, base_min), or a problem. ValueError if it is none."""
    from ..ledger.civil import month_of, parse

    if "month" in asked:
        if len(asked["month"]) != 7:
            raise ValueError
        now = parse(asked["month"], base_min)
    if now is None:
        return "503c"
    return month_of(now, base_min) + (base_min,)
