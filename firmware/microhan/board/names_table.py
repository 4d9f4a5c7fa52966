"""Has MicroPython make its next table of names while the heap is empty."""

import gc

_MOST = 310  # names that all tables before it hold together: 10, 20, 40, 80, 160
_TABLE = 2000  # bytes, and less: 7 for each of 320 names


def make() -> None:
    """Use up what is free in the present tables of names."""
    for n in range(_MOST):
        before = gc.mem_alloc()
        hasattr(gc, "~%d" % n)  # to look for a name is to remember it for good
        if gc.mem_alloc() - before > _TABLE:
            return
