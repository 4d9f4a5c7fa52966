"""The meter's clock beside the network's: at each start, and once a day."""

from typing import TYPE_CHECKING

from micropython import const

from .slots import APART

if TYPE_CHECKING:
    from .ledger import Ledger

_APART_S = const(120)  # the owner is told


def compare_clocks(ledger: "Ledger", t: int) -> None:
    """Tell if the meter's clock, which counts, is not the network's."""
    now = ledger.utc_now()
    if now is not None and abs(now - t) > _APART_S:
        ledger.say("the meter's clock is %d seconds %s the network's; the records go by "
                   "the meter's" % (abs(now - t), "behind" if now > t else "ahead of"), APART)
