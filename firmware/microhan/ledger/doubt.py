"""What happens seldom: a clock that was set back, registers that cannot be believed."""

from typing import TYPE_CHECKING

from micropython import const

from .slots import (
    BOOKED,
    BOOKED_AT,
    FLAW,
    FRESH_S,
    HIGHEST,
    HOUR,
    LAST,
    NEXT,
    QUARTER_S,
    SEEN,
    SET,
    WORK,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .ledger import Ledger

_KINDS = ("import", "export", "reactive import", "reactive export")
_AGAIN_S = const(900)  # a boundary that comes again within this is not written again


def set_back(ledger: "Ledger", t: int) -> None:
    """The meter's clock shows less than before."""
    slots = ledger.slots
    closed = (slots[NEXT] - 1) // QUARTER_S * QUARTER_S
    if closed - t > _AGAIN_S:
        ledger.say("the meter's clock went back by %d seconds; the later records of a "
                   "time replace the earlier ones" % (slots[LAST] - t))
        slots[NEXT] = t - t % QUARTER_S + QUARTER_S
        for i in range(4):
            slots[BOOKED_AT + i] = min(slots[BOOKED_AT + i], t)
            slots[SEEN + i] = min(slots[SEEN + i], t)
            slots[WORK + i] = 0
        for i in range(5):
            slots[HIGHEST + i] = 0
        slots[HOUR] = 0
    elif slots[LAST] - t > FRESH_S:
        slots[FLAW] |= SET
    slots[LAST] = t


def judge(ledger: "Ledger", boundary: tuple, most_in: "Callable") -> tuple:
    """What is booked of a boundary (of closing.py) whose registers do not follow from the ones
    before. If nothing is, it is to be held: if the next ones follow from it, an epoch begins
    there, and both are booked. most_in(ledger, s): the most that may flow."""
    at, registers = boundary[:2]
    slots = ledger.slots
    held = ledger.held
    old = slots[BOOKED:BOOKED + 4]
    most = [most_in(ledger, at - slots[BOOKED_AT + i]) for i in range(4)]
    bad = [i for i in range(4) if old[i] and registers[i]
           and not 0 <= registers[i] - old[i] <= most[i]]
    rolled = [i for i in bad if _has_rolled(old[i], registers[i], most[i])]
    if rolled == bad:
        ledger.say("a register of the meter began at 0 again")
        return (boundary,)
    if held:
        room = most_in(ledger, at - held[0])
        if all([not (a and b) or 0 <= b - a <= room for a, b in zip(held[1], registers)]):
            ledger.say("the meter's registers go on from there; what lies between is "
                       "booked nowhere")
            ledger.epoch = ledger.epoch + 32 & 0xE0 | ledger.epoch & 31
            # Not if the meter's clock was set back meanwhile: records go by time.
            return (held, boundary) if held[0] < at else (boundary,)
    i = [i for i in bad if i not in rolled][0]
    what = "fell" if registers[i] < old[i] else "rose by more than the main fuse allows:"
    ledger.say("the meter's register of %s %s from %d to %d; not booked"
               % (_KINDS[i], what, old[i] - 1, registers[i] - 1))
    return ()


def _has_rolled(old, new, most):
    from .rollover import modulus

    return new < old and 0 <= new + modulus(old - 1) - old <= most
