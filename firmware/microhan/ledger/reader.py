"""Reads the rings: what each span between two boundaries took. Streams; holds few rows."""

from typing import TYPE_CHECKING

from micropython import const

from .records import ESTIMATE, MISSING, QUALITY
from .rows import gain, is_same_epoch, time_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_HOUR_S = const(3600)


def scan(ring: "Any", begin: int, end: int) -> "tuple[list, int]":
    """(falls, flags) of the rows with begin <= time < end. falls: (number of a row, its time) of
    those that are not later than all before; flags: what any of them has in its quality."""
    falls: list = []
    flags = 0
    newest = -1
    n = 0
    for row in ring.rows(begin, end):
        t = time_of(row)
        if t <= newest:
            while falls and falls[-1][1] >= t:
                falls.pop()
            falls.append((n, t))
        newest = t
        flags |= row[-2]
        n += 1
    return falls, flags


def ordered(ring: "Any", begin: int, end: int, falls: list) -> "Iterator[tuple[int, Any, bool]]":
    """(time, row, whether it counts) of the rows with begin <= time < end, oldest first.

    Where a meter's clock was set back, some times come twice. The later row of a time counts; the
    earlier one only says what the one behind it is to be subtracted from. falls: of scan().
    """
    n = 0
    for row in ring.rows(begin, end):
        while falls and falls[0][0] <= n:
            falls.pop(0)
        t = time_of(row)
        yield t, row, not (falls and t >= falls[0][1])
        n += 1


class Span:
    """What lies between two boundaries. gains: of the four registers, None where not known.

    A `missing` span with gains has those of all missing ones before it as well. row: the record
    that ends it, or None.
    """

    def __init__(self, start: int, end: int, quality: int = MISSING, gains: "Any" = None,
                 row: "Any" = None):
        self.start = start
        self.end = end
        self.quality = quality
        self.gains = gains or (None, None, None, None)
        self.row = row


def spans(rows: "Iterator[tuple[int, Any, bool]]", begin: int, end: int,
          following: "Callable[[int], int]", newest: "Any") -> "Iterator[Span]":
    """The Spans from begin to end, but not beyond the row `newest`; following(t) is the boundary
    after t. A span is as bad as the worse of its ends."""
    before = None
    older = None
    at = begin  # where the next span begins
    upper = following(at)
    for t, row, counts in rows:
        if t > end:
            break
        if before and time_of(before) == t:  # written twice
            before = older
        if counts and t > at:
            while upper < t:
                yield Span(at, upper)
                at = upper
                upper = following(at)
            if upper == t:
                yield _span(at, t, before, row)
                at = t
                upper = following(at)
        if row[-2] & QUALITY != MISSING:
            older = before
            before = bytes(row)
    if newest:
        end = min(end, time_of(newest))
        while upper <= end:
            yield Span(at, upper)
            at = upper
            upper = following(at)


def _span(start, end, before, row):
    if not before or not is_same_epoch(before[-1], row[-1]):
        return Span(start, end, MISSING, None, row)
    since = time_of(before)
    gains = [gain(before, row, i) for i in range(4)] if since <= start else []
    if gains == [None] * 4:
        gains = []
    quality = max(before[-2] & QUALITY, row[-2] & QUALITY) if gains and since == start else MISSING
    return Span(start, end, quality, gains, row)


def quarters(rings: "Any", begin: int, end: int) -> "Iterator[Span]":
    """The quarters from begin to end."""
    first = begin - begin % _HOUR_S
    last = end + _HOUR_S
    newest = rings.quarters.last()
    falls, flags = scan(rings.quarters, first, last)
    rows = ordered(rings.quarters, first, last, falls)
    if flags & ESTIMATE:
        from .shaped import shaped

        rows = shaped(rows, _plain(rings.hours, first, last + 1), gain, is_same_epoch)
    if newest and newest[-2] & ESTIMATE:
        newest = rings.hours.last()
    return spans(rows, begin, end, lambda t: t + 900, newest)


def _plain(ring, begin, end):
    return ordered(ring, begin, end, scan(ring, begin, end)[0])


def hours(rings: "Any", begin: int, end: int) -> "Iterator[Span]":
    """The hours from begin to end."""
    return spans(_plain(rings.hours, begin, end + 1), begin, end, lambda t: t + _HOUR_S,
                 rings.hours.last())


def days(rings: "Any", begin: int, end: int, base_min: int) -> "Iterator[Span]":
    """The civil days from begin to end."""
    from .civil import next_midnight

    return _days(rings, begin, end, lambda t: next_midnight(t, base_min))


def _days(rings, begin, end, following):
    return spans(_plain(rings.days, begin, end + 1), begin, end, following, rings.days.last())


def months(rings: "Any", begin: int, end: int, base_min: int) -> "Iterator[Span]":
    """The civil months from begin to end, each from its days: the running one as far as it is."""
    from .civil import month_of, month_start, next_midnight  # once: each import is a copy

    month: Span | None = None
    for day in _days(rings, begin, end, lambda t: next_midnight(t, base_min)):
        if not month or day.start >= month.end:
            if month:
                yield month
            year, number = month_of(day.start, base_min)
            month = Span(day.start, month_start(year, number + 1, base_min), 0)
        month.quality = max(month.quality, day.quality)
        month.gains = [a if b is None else b + (a or 0) for a, b in zip(month.gains, day.gains)]
    if month:
        yield month
