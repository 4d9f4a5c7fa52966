"""What /peaks.json says: the highest hours and quarters of a civil month.

Data for tariffs by power, which take the mean of one to five of the highest hours, of different
days or not, within windows. Only what is measured or shaped counts. Pieces of at most 512 bytes.
"""

from typing import TYPE_CHECKING

from micropython import const

from ..reading.json_text import milli
from .records import INTERPOLATED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_UNIX = const(946684800)  # 2000-01-01 in seconds since 1970
_MANY = const(10)


def json_pieces(rings: "Any", year: int, month: int, base_min: int) -> "Iterator[bytes]":
    """/peaks.json of a civil month, in pieces. Empty ones say that others may run."""
    from .civil import month_start, next_midnight
    from .reader import hours, quarters

    begin = month_start(year, month, base_min)
    end = month_start(year, month + 1, base_min)
    yield b'{"month":"%04d-%02d","days":[' % (year, month)
    of_hours: list = []
    of_quarters: list = []
    unknown = 0
    comma = b""
    while begin < end:
        midnight = next_midnight(begin, base_min)
        best = None
        for span in hours(rings, begin, midnight):
            n = _proven(span)
            if n is None:
                unknown += 1
                continue
            _rank(of_hours, span.start, n)
            if not best or n > best[1]:
                best = (span.start, n)
        if best:
            yield comma + _pair(best)
            comma = b","
        yield b""
        for span in quarters(rings, begin, midnight):
            n = _proven(span)
            if n is not None:
                _rank(of_quarters, span.start, n)
        yield b""
        begin = midnight
    yield b'],"unknown_hours":%d,"hours":[' % unknown
    yield b",".join([_pair(one) for one in of_hours])
    yield b'],"quarters":['
    yield b",".join([_pair(one) for one in of_quarters])
    yield b"]}\n"


def _proven(span):
    """The import of a span, Wh; None unless it is measured or shaped."""
    return span.gains[0] if span.quality < INTERPOLATED else None


def _rank(highest, start, n):
    """Keep the ten highest, highest first, of the same the earlier one first."""
    i = len(highest)
    while i and highest[i - 1][1] < n:
        i -= 1
    if i < _MANY:
        highest.insert(i, (start, n))
        del highest[_MANY:]


def _pair(one):
    return b"[%d,%s]" % (one[0] + _UNIX, milli(one[1], 3))
