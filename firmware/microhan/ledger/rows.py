"""Unpacks the records of records.py, and subtracts them."""

from struct import unpack_from
from typing import TYPE_CHECKING

from .records import ABSENT

if TYPE_CHECKING:
    from typing import Any


def time_of(row: "Any") -> int:
    """The time of the boundary."""
    return unpack_from("<I", row, 0)[0]


def is_same_epoch(a: int, b: int) -> bool:
    """Whether records of these epochs may be subtracted."""
    return a == b or (a ^ b) < 32 and not (a & 31 and b & 31)


def gain(before: "Any", after: "Any", i: int) -> int | None:
    """What register i gained between two records of one epoch; None if that is not known. It falls
    only by beginning at 0 again: any other fall begins an epoch (doubt.py)."""
    a = unpack_from("<I", before, 4 + 4 * i)[0]
    b = unpack_from("<I", after, 4 + 4 * i)[0]
    if a == ABSENT or b == ABSENT:
        return None
    if b < a:
        from .rollover import modulus

        end = modulus(a)
        return None if 10 * a < 9 * end else b - a + end
    return b - a
