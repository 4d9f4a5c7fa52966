"""Closes quarters, hours and days: loaded when one is over, and forgotten again.

A meter whose registers are live gives a quarter's registers at its boundary. One whose registers
change once an hour gives them after the hour: its quarters are recorded as power integrated until
then (ESTIMATE), and shaped.py makes registers of them when somebody asks.
"""

from typing import TYPE_CHECKING

from micropython import const

from .records import ESTIMATE, HOURLY, INTERPOLATED, MEASURED, SHAPED, record
from .slots import (
    BOOKED,
    BOOKED_AT,
    BRIDGED_S,
    ENERGY,
    FLAW,
    FRESH_S,
    GAP,
    HIGHEST,
    HOUR,
    HOUR_S,
    LAST,
    METERED,
    NEXT,
    POWER,
    QUARTER_S,
    REGISTER,
    SEEN,
    SET,
    SETTLED_S,
    STILL,
    TARIFFS,
    UNWRITTEN,
    WORK,
)

if TYPE_CHECKING:
    from ..reading.reading import Reading
    from .ledger import Ledger

# The boundary of an hour, or of a day, is interpolated if the Readings before and behind it are no
# further apart than this, twice as long as it is; of a quarter: BRIDGED_S.
_HOUR_WAITS = const(7200)
_DAY_WAITS = const(172800)
_ENOUGH_WH = const(10)  # by then the register would have moved
_TOO_MUCH_WH = const(3000)  # even one of whole kWh
_DAY_S = const(86400)
_LATE_S = const(240)  # the hour's registers, if they come so long after it


def close(ledger: "Ledger", reading: "Reading", t: int, meter: str | None) -> bool:
    """Close what is over by a Reading of time t. True if it came at a boundary, and so has been
    added to what ends there."""
    slots = ledger.slots
    if not slots[LAST] or meter is not None and meter != ledger.meter:
        from .opening import identify, resume

        if not slots[LAST]:
            resume(ledger, t)
        if meter is not None and meter != ledger.meter:
            identify(ledger, meter)
    if t < slots[LAST]:
        from .doubt import set_back

        set_back(ledger, t)
    before = slots[LAST]
    at = 0
    while t >= slots[NEXT]:
        at = slots[NEXT]
        if at % QUARTER_S:  # SETTLED_S after an hour
            slots[NEXT] = at - SETTLED_S + QUARTER_S
            if t < at + _LATE_S:
                ledger.note_registers(reading, t)
            _settle(ledger, at - SETTLED_S)
            continue
        if t == at:
            ledger.add(reading, t)
        elif t - before <= BRIDGED_S:
            if t - before > FRESH_S:
                slots[FLAW] |= GAP
            ledger.add_work(reading, at - slots[LAST])
            slots[LAST] = at
        is_hour = at % HOUR_S == 0
        _close_quarter(ledger, reading, t, at, at - before <= BRIDGED_S)
        if is_hour:
            slots[HOUR] = 0
            if at % _DAY_S == 0:
                from .clocks import compare_clocks

                compare_clocks(ledger, t)
        if t - at > _DAY_WAITS:
            slots[NEXT] = t - t % QUARTER_S
        else:
            slots[NEXT] = at + (SETTLED_S if is_hour and not ledger.is_live else QUARTER_S)
    return slots[LAST] == t == at


def _close_quarter(ledger, reading, t, at, is_bridged):
    """`is_bridged`: the powers until then are known, or bridged."""
    slots = ledger.slots
    for i in range(4):
        wh = slots[WORK + i] // 3600
        slots[WORK + i] %= 3600
        if not slots[METERED + i]:
            if reading.at(POWER + i) is None:
                continue
            slots[METERED + i] = 1
        slots[METERED + i] = (slots[METERED + i] - 1 + wh) % 0xFFFFFFFF + 1
        slots[HOUR] += wh
        if not slots[FLAW] & GAP:
            slots[STILL] += wh
    if slots[STILL] >= _TOO_MUCH_WH:
        ledger.is_live = False
    newest = max(slots[SEEN:SEEN + 4])
    if ledger.is_live or at - newest <= FRESH_S and slots[HOUR] < _ENOUGH_WH:
        registers, quality, wait = _registers_at(slots, reading, t, at)
        _book(ledger, at, registers, quality, wait, slots[HIGHEST:HIGHEST + 5])
    elif is_bridged and max(slots[METERED:METERED + 4]):
        quality = INTERPOLATED if slots[FLAW] else SHAPED
        _write(ledger, ledger.rings.quarters, record(
            at, slots[METERED:METERED + 4], quality | ESTIMATE, ledger.epoch,
            slots[HIGHEST:HIGHEST + 5]))
    slots[FLAW] = 0
    for i in range(5):
        slots[HIGHEST + i] = 0
    if ledger.rings.channels and reading.at(64):  # I_CHANNELS
        from .channels import keep

        keep(ledger, reading, t)


def _registers_at(slots, reading, t, at):
    """(registers + 1, quality, seconds between the Readings that they are from) of a boundary."""
    registers = [0, 0, 0, 0]
    quality = INTERPOLATED if slots[FLAW] & SET else MEASURED
    wait = 0
    # One that alone is missing is absent: the others stand for the boundary.
    most = BRIDGED_S if at - max(slots[SEEN:SEEN + 4]) <= FRESH_S else _DAY_WAITS
    for i in range(4):
        old = slots[REGISTER + i]
        seen = slots[SEEN + i]
        new = reading.at(ENERGY + TARIFFS * i)
        if new is not None:
            new = new % 0xFFFFFFFF + 1
        if old and at - seen <= FRESH_S:
            registers[i] = old
        elif old and new and new >= old and t - seen <= most:
            registers[i] = old + (new - old) * (at - seen) // (t - seen)
            quality = INTERPOLATED
            wait = max(wait, t - seen)
    return registers, quality, wait


def _settle(ledger, at):
    """The hour that ended at `at`, of a meter whose registers come after it."""
    slots = ledger.slots
    registers = [slots[REGISTER + i] if slots[SEEN + i] >= at else 0 for i in range(4)]
    if not max(registers):
        return  # they were lost: the next ones tell what the hours took together
    begin = max(slots[BOOKED_AT:BOOKED_AT + 4])
    wait = at - begin
    if begin and HOUR_S < wait <= _DAY_WAITS and _follow(ledger, at, registers):
        old = slots[BOOKED:BOOKED + 4]
        for between in range(begin - begin % HOUR_S + HOUR_S, at, HOUR_S):
            _book(ledger, between, [
                a + (b - a) * (between - begin) // wait if a and b >= a else 0
                for a, b in zip(old, registers)], INTERPOLATED, wait, ())
    _book(ledger, at, registers, MEASURED, 0, ())


def _follow(ledger, at, registers):
    """Whether registers follow from those that were booked last."""
    slots = ledger.slots
    for i in range(4):
        old = slots[BOOKED + i]
        if old and registers[i] and not (
                0 <= registers[i] - old <= _most(ledger, at - slots[BOOKED_AT + i])):
            return False
    return True


def _most(ledger, passed):
    """What may flow in that time: 3 phases, 250 V, and half as much again for a while; 1 kWh where
    that is the last digit."""
    return (ledger.fuse or 80) * max(0, passed) * 5 // 16 + 1000


def _book(ledger, at, registers, quality, wait, highest):
    """Book a boundary, unless its registers are doubtful. highest: of a quarter's only."""
    if wait > _DAY_WAITS or not max(registers):
        return
    boundary = (at, registers, quality, wait, highest)
    believed: tuple = (boundary,)
    if not _follow(ledger, at, registers):
        from .doubt import judge

        believed = judge(ledger, boundary, _most)
    ledger.held = None if believed else boundary
    for one in believed:
        _record(ledger, *one)


def _record(ledger, at, registers, quality, wait, highest):
    """Write the records of a boundary."""
    slots = ledger.slots
    rings = ledger.rings
    is_written = False
    if highest and wait <= BRIDGED_S:
        _write(ledger, rings.quarters, record(
            at, registers, quality if ledger.is_live else quality | HOURLY, ledger.epoch,
            highest))
        is_written = True
    if at % HOUR_S == 0 and (ledger.is_live or not highest):
        from .civil import midnight

        row = record(at, registers, quality, ledger.epoch)
        if wait <= _HOUR_WAITS:
            _write(ledger, rings.hours, row)
            ledger.last = at
            is_written = True
        if midnight(at, ledger.base_min) == at:
            _write(ledger, rings.days, row)
            is_written = True
    if is_written:
        for i in range(4):
            if registers[i]:
                slots[BOOKED + i] = registers[i]
                slots[BOOKED_AT + i] = at


def _write(ledger, ring, row):
    """A record that cannot be written costs resolution and no energy."""
    try:
        ring.append(row)
    except OSError as error:
        ledger.say("a record could not be written (%s)" % error, UNWRITTEN)
