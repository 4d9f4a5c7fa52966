"""Import minus export, also where a meter tells them in turn."""

from typing import TYPE_CHECKING

from micropython import const

from .fields import INDEX
from .reading import key_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .reading import Reading

STALE_S = const(60)  # what is older is told to nobody who acts on it
_IMPORT = INDEX["active_power_import_w"]
_EXPORT = INDEX["active_power_export_w"]
_IMPORT_L = INDEX["active_power_import_l1_w"]
_EXPORT_L = INDEX["active_power_export_l1_w"]


def net_power(reading: "Reading", old: "dict[str, str | None]", seen: "Callable[[int], bool]",
              phase: int = 0) -> "int | None":
    """Import minus export, W, of all phases (0) or one (1 to 3); None if it is not known.

    reading, old and seen: of the State; its reading(), as_of() and seen().
    """
    i, e = (_IMPORT_L + phase - 1, _EXPORT_L + phase - 1) if phase else (_IMPORT, _EXPORT)
    return net(reading, old, seen, i, e)


def net(reading: "Reading", old: "dict[str, str | None]", seen: "Callable[[int], bool]",
        i: int, e: int) -> "int | None":
    """As net_power(): field `i` minus field `e`."""
    taken = reading.at(i)
    given = reading.at(e)
    if taken is None:
        return None
    # The meter's time of a value, "" for the newest telegram's.
    if given is not None and old.get(key_of(i), "") == old.get(key_of(e), ""):
        return taken - given
    # Only one of them is in each telegram: while there is import there is no export.
    if taken or given is None:
        return None if not taken and seen(e) else taken
    return -given
