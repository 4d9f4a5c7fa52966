"""What MQTT says of an hour: a row of /history.json?step=hour, with names."""

from struct import unpack_from
from typing import TYPE_CHECKING

from micropython import const

from ..reading.json_text import milli
from .records import ABSENT

if TYPE_CHECKING:
    from typing import Any

_HOUR_S = const(3600)
_DAY_S = const(86400)


def row_of(rings: "Any", since: int) -> "tuple[int, bytes] | None":
    """What Ledger.hours() gives: a row of /history.json?step=hour with the names of its columns,
    and the registers at its end."""
    from .history import COLUMNS, time_and_quality, values
    from .reader import hours

    newest = rings.hours.last()
    end = unpack_from("<I", newest, 0)[0] if newest else since
    if end == since:
        return None
    if end < since:  # the meter's clock was set back
        since = end - _HOUR_S
    for span in hours(rings, end - _DAY_S, end):
        if span.start >= since and span.row:
            names = COLUMNS.split(b",")
            cells = list(time_and_quality(span))
            cells += [value or b"null" for value in values(span, "hour")]
            out = b'{%s,"registers":{%s}}' % (
                _members(names, cells),
                _members(names[2:], [_register(span.row, i) for i in range(4)]))
            return span.start, out
    return None


def _members(names, values):
    return b",".join([b'"%s":%s' % (name, value) for name, value in zip(names, values)])


def _register(row, i):
    n = unpack_from("<I", row, 4 + 4 * i)[0]
    return b"null" if n == ABSENT else milli(n, 3)
