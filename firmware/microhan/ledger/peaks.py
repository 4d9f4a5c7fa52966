"""What /peaks.json says: the highest hours and quarters of a civil month.

Data for tariffs by power, which take the mean of one to five of the highest hours, of different
days or not, within windows. Only what is measured or shaped counts. Pieces of at most 512 bytes.
"""

from typing import TYPE_CHECKING

from micropython import const

from ..reading.json_text import milli
from .records import INTERPOLATED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_UNIX = const(946684800)  # 2000-01-01 in seconds since 1970
_MANY = const(10)


def pieces(rings: "Any", year: int, month: int, base_min: int, hours: "Callable",
           quarters: "Callable") -> "Iterator[bytes]":
    """/peaks.json of a civil month, in pieces. The functions are those of reader.py, which is in
    memory already."""
    from .civil import month_start, next_midnight

    begin = month_start(year, month, base_min)
    end = month_start(year, month + 1, base_min)
    yield b'{"month":"%04d-%02d","days":[' % (year, month)
    highest: list = []
    unknown = 0
    midnight = 0
    best = None  # of the day
    comma = b""
    for span in hours(rings, begin, end):
        n = span.gains[0]
        if n is None or span.quality >= INTERPOLATED:
            unknown += 1
            continue
        _rank(highest, span.start, n)
        if best and span.start < midnight:
            if n > best[1]:
                best = (span.start, n)
            continue
        if best:
            yield comma + _pair(best)
            comma = b","
        best = (span.start, n)
        midnight = next_midnight(span.start, base_min)
    if best:
        yield comma + _pair(best)
    yield b'],"unknown_hours":%d,"hours":[' % unknown
    yield b",".join([_pair(one) for one in highest])
    highest = []
    for span in quarters(rings, begin, end):
        if span.gains[0] is not None and span.quality < INTERPOLATED:
            _rank(highest, span.start, span.gains[0])
    yield b'],"quarters":['
    yield b",".join([_pair(one) for one in highest]) + b"]}\n"


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
