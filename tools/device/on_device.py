"""The device's boot.py while it is measured: prints the time and both memories for console.py.

    @ MS                                          each second, ticks_ms
    @ MS ALLOCATED FREE SYSTEM BLOCK LEAST        each four seconds, in bytes

Before the latter micropython.mem_info() says what the largest free piece of Python's heap is.

ALLOCATED and FREE are of Python's heap; SYSTEM is what the system has free, BLOCK the largest
piece of it, LEAST the least that each of its heaps ever had free, summed up.
A timer's callback runs between two bytecodes of the application. It takes 1.2 kB of its heap.
"""

from micropython import kbd_intr, mem_info

kbd_intr(-1)  # as main.py does: this file takes longer than an empty one

import gc  # noqa: E402
import time  # noqa: E402

import esp32  # noqa: E402
from machine import Timer  # noqa: E402

BALLAST = 0  # images.py writes another number here
_BALLAST_AT = 28  # s: everything has been loaded by then
_ballast: list = []


def _sample(timer, count=[0]):  # noqa: B006 - the count is to stay
    count[0] += 1
    if count[0] & 3:  # at first nothing else: the application is arranging its memory
        print("@", time.ticks_ms())
        return
    if count[0] == _BALLAST_AT and BALLAST:
        _fill()
    heaps = esp32.idf_heap_info(esp32.HEAP_DATA)
    system = block = least = 0
    for heap in heaps:
        system += heap[1]
        block = max(block, heap[2])
        least += heap[3]
    mem_info()
    # mem_free() also counts what the heap might still take from the system
    print("@", time.ticks_ms(), gc.mem_alloc(), gc.mem_free() - block, system, block, least)


def _fill():
    """Hold BALLAST bytes of the heap from now on, in pieces as a program has them."""
    for _ in range(BALLAST // 160):
        _ballast.append(bytearray(144))  # and its head, and its place in the list
    print("@ ballast", BALLAST)


Timer(3).init(period=1000, callback=_sample)
