"""The records of the rings: what is in them (rows.py unpacks them). Little-endian, unsigned:

* bytes 0 to 3: the time of the boundary, UTC, seconds since 2000;
* 4 to 19: import, export, reactive import, reactive export: Wh and varh as the meter's registers
  stood then, 0xFFFFFFFF if not known. With ESTIMATE they are power integrated, from any start;
* quarters only, 20 to 31: the highest power of import and export since the boundary before, W,
  3 bytes each; the highest current of each phase, 10 mA, 2 bytes each; all ones if not known;
* last but one: quality, ESTIMATE, HOURLY; last: the epoch.

Two records may be subtracted if they are of one epoch. Its upper 3 bits count; its lower 5 are of
the meter's number, 0 if that is not known.
"""

from struct import pack_into
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Sequence

QUARTER_SIZE = const(34)
SIZE = const(22)  # of hours and days
CHANNEL_SIZE = const(12)

MEASURED = const(0)
SHAPED = const(1)
INTERPOLATED = const(2)
MISSING = const(3)
QUALITY = const(3)  # the bits of these
ESTIMATE = const(0x80)
HOURLY = const(0x40)  # no register had been seen to move within an hour
ABSENT = const(0xFFFFFFFF)


def record(time: int, registers: "Sequence[int]", quality: int, epoch: int,
           highest: "Sequence[int]" = ()) -> bytearray:
    """One record. `registers` and `highest` (of a quarter: two powers in W, three currents in mA)
    are each more by 1; 0: not known."""
    out = bytearray(QUARTER_SIZE if highest else SIZE)
    pack_into("<I", out, 0, time)
    for i in range(4):
        pack_into("<I", out, 4 + 4 * i, registers[i] - 1 if registers[i] else ABSENT)
    if highest:
        for i in range(2):
            n = highest[i]
            n = min(n - 1, 0xFFFFFE) if n else 0xFFFFFF
            out[20 + 3 * i:23 + 3 * i] = n.to_bytes(3, "little")
        for i in range(3):
            n = highest[2 + i]
            pack_into("<H", out, 26 + 2 * i, min((n - 1) // 10, 0xFFFE) if n else 0xFFFF)
    out[-2] = quality
    out[-1] = epoch
    return out
