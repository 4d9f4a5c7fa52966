"""The first Reading after a start, and of a meter: from where the records go on."""

from binascii import crc32
from struct import unpack_from
from typing import TYPE_CHECKING

from .records import ABSENT, ESTIMATE, HOURLY
from .slots import (
    BOOKED,
    BOOKED_AT,
    FLAW,
    GAP,
    HIGHEST,
    HOUR_S,
    LAST,
    METERED,
    NEXT,
    QUARTER_S,
    REGISTER,
    SEEN,
    SETTLED_S,
    STILL,
    WORK,
)

if TYPE_CHECKING:
    from .ledger import Ledger


def resume(ledger: "Ledger", t: int) -> None:
    """Go on from the newest records; t is the time of the first Reading."""
    from .clocks import compare_clocks

    slots = ledger.slots
    rings = ledger.rings
    quarter = rings.quarters.last()
    hour = rings.hours.last()
    slots[LAST] = t
    slots[NEXT] = t - t % QUARTER_S + QUARTER_S
    slots[FLAW] = GAP
    compare_clocks(ledger, t)
    newest = truth = hour
    if quarter:
        if quarter[-2] & ESTIMATE:
            for i in range(4):
                slots[METERED + i] = _plus_1(quarter, i)
        else:
            if not quarter[-2] & HOURLY:
                ledger.is_live = True
                hour = _catch_up(ledger, rings.hours, quarter, hour)
            truth = _later(quarter, hour)
        newest = _later(quarter, hour)
    if hour:
        _catch_up(ledger, rings.days, hour, rings.days.last())
    if not newest:
        return
    ledger.epoch = newest[-1]
    if truth:
        for i in range(4):
            # one that the newest record lacks is in the one before
            row = hour if hour and not _plus_1(truth, i) else truth
            slots[BOOKED + i] = slots[REGISTER + i] = _plus_1(row, i)
            slots[BOOKED_AT + i] = slots[SEEN + i] = _time_of(row)
    at = slots[LAST] = _time_of(newest)
    waits = not ledger.is_live and at % HOUR_S == 0 and (not hour or _time_of(hour) < at)
    slots[NEXT] = at + (SETTLED_S if waits else QUARTER_S)


def _later(row, other):
    return other if other and _time_of(other) > _time_of(row) else row


def _time_of(row):
    return unpack_from("<I", row, 0)[0]


def _plus_1(row, i):
    n = unpack_from("<I", row, 4 + 4 * i)[0]
    return 0 if n == ABSENT else n + 1


def _catch_up(ledger, ring, row, newest):
    """Write what the power's end kept from being written: the hour, or the day, that ended with
    `row`. Returns the ring's newest record."""
    at = _time_of(row)
    if newest and _time_of(newest) >= at or at % HOUR_S:
        return newest
    if ring is ledger.rings.days:
        from .civil import midnight

        if midnight(at, ledger.base_min) != at:
            return newest
    out = bytes(row[:20]) + bytes(row[-2:])
    try:
        ring.append(out)
    except OSError:
        return newest
    return out


def identify(ledger: "Ledger", meter: str) -> None:
    """The meter says who it is. If it is another one, nothing is booked across."""
    slots = ledger.slots
    mark = crc32(meter.encode()) % 31 + 1
    old = ledger.epoch & 31
    if ledger.meter is not None or old and old != mark:
        ledger.say("another meter, %s: its registers are no continuation of the old "
                   "one's, and nothing is booked between them" % meter)
        ledger.epoch += 32
        ledger.held = None
        ledger.is_live = False
        for start, count in ((REGISTER, 4), (SEEN, 4), (WORK, 4), (METERED, 4), (HIGHEST, 5),
                             (BOOKED, 8), (STILL, 2)):
            for i in range(start, start + count):
                slots[i] = 0
        slots[FLAW] = GAP
    ledger.epoch = ledger.epoch & 0xE0 | mark
    ledger.meter = meter
