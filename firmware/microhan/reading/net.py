"""Power as one signed number, of a State's newest values: what is told without a password."""

from typing import TYPE_CHECKING

from micropython import const

from .reading import key_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .reading import Reading

STALE_S = const(60)  # what is older is told to nobody who acts on it


def net(reading: "Reading", old: "dict[str, str | None]", seen: "Callable[[int], bool]",
        taken: int, given: int) -> "int | None":
    """Field `taken` minus field `given`; None if it is not known.

    reading, old, seen: State.reading(), as_of() and seen.
    """
    import_ = reading.at(taken)
    export = reading.at(given)
    if import_ is None:
        return None
    # The meter's time of a value, "" for the newest telegram's.
    if export is not None and old.get(key_of(taken), "") == old.get(key_of(given), ""):
        return import_ - export
    # Only one of them is in each telegram: while there is import there is no export.
    if import_ or export is None:
        return None if not import_ and seen(given) else import_
    return -export
