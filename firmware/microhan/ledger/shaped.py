"""Quarters of a meter whose registers change once an hour: registers out of integrated power.

The hour's energy is the difference of the meter's registers. Within it each quarter gets its share
by the power that was integrated, so that the four add up to the hour exactly.
"""

from struct import pack_into, unpack_from
from typing import TYPE_CHECKING

from micropython import const

from .records import ABSENT, ESTIMATE, MISSING, QUALITY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_HELD = const(16)  # quarters: four hours whose registers did not come


def shaped(rows: "Iterator[tuple[int, Any, bool]]",
           hours: "Iterator[tuple[int, Any, bool]]", gain: "Callable",
           is_same_epoch: "Callable") -> "Iterator[tuple[int, Any, bool]]":
    """The rows of reader.ordered(), with registers in those that had integrated power. `hours`:
    those of the hours. Rows of an hour that is not over yet are left out. The functions are
    those of rows.py, which is in memory already."""
    base = None  # (integrated, registers) as rows, of the last hour whose registers are known
    waiting: list = []
    hour = next(hours, None)
    for t, row, counts in rows:
        if not row[-2] & ESTIMATE:
            yield from _unknown(waiting)
            waiting = []
            base = None
            yield t, row, counts
            continue
        row = bytearray(row)
        while hour and (hour[0] < t or not hour[2]):
            hour = next(hours, None)
        if not counts or t % 3600 or not hour or hour[0] != t:
            waiting.append((t, row, counts))
            if len(waiting) > _HELD:
                yield from _unknown(waiting)
                waiting = []
                base = None
            continue
        end = (row, bytes(hour[1]))
        if base and (is_same_epoch(base[0][-1], row[-1])
                     and is_same_epoch(base[1][-1], end[1][-1])):
            for at, one, one_counts in waiting:
                _shape(one, base, end, gain)
                yield at, one, one_counts
        else:
            yield from _unknown(waiting)
        waiting = []
        base = (bytes(row), end[1])
        known = bytearray(row)
        known[4:20] = end[1][4:20]
        known[-2] = end[1][-2] & QUALITY
        known[-1] = end[1][-1]
        yield t, known, counts


def _unknown(waiting):
    for t, row, counts in waiting:
        for i in range(4):
            pack_into("<I", row, 4 + 4 * i, ABSENT)
        row[-2] = MISSING
        yield t, row, counts


def _shape(row, base, end, gain):
    """Give a row its registers: between those of the hours before and behind it."""
    for i in range(4):
        energy = gain(base[1], end[1], i)
        metered = gain(base[0], end[0], i)
        part = gain(base[0], row, i)
        n = ABSENT
        if energy is not None and metered is not None and part is not None:
            first = unpack_from("<I", base[1], 4 + 4 * i)[0]
            n = first + (energy * part // metered if metered else 0)
            if first + energy != unpack_from("<I", end[1], 4 + 4 * i)[0]:
                from .rollover import modulus

                n %= modulus(first)
        pack_into("<I", row, 4 + 4 * i, n)
    row[-2] &= QUALITY
    row[-1] = end[1][-1]
