"""Remembers, between two quarters, what a record needs. All else is loaded at the boundary."""

from array import array
from typing import TYPE_CHECKING

from micropython import const

from ..reading.fields import I_METER_ID, I_TIME
from .slots import (
    BRIDGED_S,
    COUNT,
    CURRENT,
    ENERGY,
    FLAW,
    FRESH_S,
    GAP,
    HIGHEST,
    HOUR_S,
    LAST,
    NEXT,
    POWER,
    REGISTER,
    SEEN,
    STILL,
    TARIFFS,
    TIMELESS,
    WORK,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..reading.reading import Reading

# A register that changes later in the hour than this does not change once an hour only.
_IN_HOUR_S = const(60)
_MOST_W = const(4_000_000)  # more is no meter's; and a quarter of it still fits a slot
_MOST = const(16_777_214)  # W, mA: what a record holds, or more
_TELLS = const(30)  # of one start: the owner's warnings are kept in memory
_WRAP = const(0xFFFFFFFF)  # a record's register is modulo this, which itself means absent


class Ledger:
    """Writes a record into `rings` at each quarter, hour and day.

    rings: an object with the rings quarters, hours, days and channels (append, rows, last).
    base_min: the civil UTC offset in winter, minutes. fuse: the main fuse in A, 0 if not known.
    carried(): UTC by the meter's clock as far as it has been heard, utc_now(): by the network's;
    both in seconds since 2000, None if not known. tell(text): for the owner to see.
    """

    def __init__(self, rings: "Any", base_min: int, fuse: int,
                 carried: "Callable[[], int | None]", utc_now: "Callable[[], int | None]",
                 tell: "Callable[[str], object]"):
        self.rings = rings
        self.base_min = base_min
        self.fuse = fuse
        self._carried = carried
        self.utc_now = utc_now
        self._tell = tell
        self.slots = array("I", bytes(4 * COUNT))
        self.meter: str | None = None  # the number that the meter sends
        self.epoch = 0  # see records.py
        self.is_live = False  # whether a register was seen to move within an hour
        self.held: "tuple | None" = None  # the boundary (closing.py) that was not believed
        self.last = 0  # when the hour ended that was recorded last since the start
        self._left = _TELLS
        self._told = 0  # what is told once: bits

    def take(self, reading: "Reading") -> None:
        """Take in a proven Reading. Writes to flash if a boundary has passed."""
        t = reading.at(I_TIME)
        if t is None:
            t = self._carried()
            if t is None:
                t = self.utc_now()
                if t is None:
                    self.say("the meter sends no time, and no time server has answered: "
                             "nothing is recorded until then", TIMELESS)
                    return
        else:
            t -= 60 * reading.utc_offset
        slots = self.slots
        meter = reading.at(I_METER_ID)
        if t >= slots[NEXT] or t < slots[LAST] or meter is not None and meter != self.meter:
            from .closing import close

            if close(self, reading, t, meter):
                return
        self.add(reading, t)

    def hours(self, since: int) -> "tuple[int, bytes] | None":
        """The first recorded hour that begins then or later, of the newest 24: when it begins, and
        what it took, JSON. None if there is no such hour."""
        from .hourly import row_of

        return row_of(self.rings, since)

    def say(self, text: str, once: int = 0) -> None:
        """Tell the owner. `once`: a bit of what is told once only."""
        if self._left and not self._told & once:
            self._left -= 1
            self._told |= once
            self._tell("history: " + text)

    def add(self, reading: "Reading", t: int) -> None:
        """Add a Reading of time t to the quarter."""
        slots = self.slots
        passed = t - slots[LAST]
        slots[LAST] = t
        if passed > FRESH_S:
            slots[FLAW] |= GAP
        if passed <= BRIDGED_S:
            self.add_work(reading, passed)
        for i in range(5):
            n = reading.at(POWER + i if i < 2 else CURRENT - 2 + i)
            if n is not None:
                if i >= 2 and n < 0:
                    n = -n
                if n > _MOST:
                    n = _MOST
                if n >= slots[HIGHEST + i]:
                    slots[HIGHEST + i] = n + 1
        self.note_registers(reading, t)

    def add_work(self, reading: "Reading", passed: int) -> None:
        """Add so many seconds of a Reading's powers."""
        for i in range(4):
            n = reading.at(POWER + i)
            if n is not None and 0 < n < _MOST_W:
                self.slots[WORK + i] += n * passed

    def note_registers(self, reading: "Reading", t: int) -> None:
        """Remember the registers of a Reading of time t."""
        slots = self.slots
        for i in range(4):
            n = reading.at(ENERGY + TARIFFS * i)
            if n is None or n < 0:
                continue
            if n >= _WRAP:
                n %= _WRAP
            n += 1
            if n != slots[REGISTER + i]:
                seen = slots[SEEN + i]
                if (slots[REGISTER + i] and seen % HOUR_S >= _IN_HOUR_S
                        and t // HOUR_S == seen // HOUR_S):
                    self.is_live = True
                    slots[STILL] = 0
                slots[REGISTER + i] = n
            slots[SEEN + i] = t
