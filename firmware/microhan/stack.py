"""Frees what only forgotten words of the stack still point to."""

from micropython import const

_DEEP = const(24)  # calls, each of some 300 bytes: as far down as the start goes


def clear_stack(deep: int = _DEEP) -> None:
    """Write over the stack below the caller. The next collection frees what only that held.

    MicroPython keeps whatever a word of the stack might point to. In the gaps of frames that never
    return, those of the loop that runs everything, it is what stood there before them: the rules
    of the configuration stayed for good, 10 kB. Call it where something large was done with, by a
    function that has returned.
    """
    if deep:
        clear_stack(deep - 1)
