"""The end of boot.py of a device that is to crash (crash.py): prints what the start before has
left in RTC memory, and later does to the chip what is next in /faults. "30 raise hang" there is
an exception 30 s after this start, and after the next one a loop that hangs.
"""

import asyncio
import time

from machine import RTC, Timer, mem32


def _uncaught(self, ms=0):
    raise RuntimeError("asked for by faults.py")


def _raise(timer):
    asyncio.core._io_queue.wait_io_event = _uncaught  # out of the loop: nobody catches it there


def _hang(timer):
    while True:
        time.sleep(1)
        print("@", time.ticks_ms())


def _abort(timer):
    mem32[0] = 0


def _begin():
    left = RTC().memory()
    print("@ left", len(left), left[:3])
    with open("faults") as file:
        seconds, *kinds = file.read().split()
    with open("faults", "w") as file:
        file.write(" ".join([seconds] + kinds[1:]))
    if kinds:
        Timer(2).init(mode=Timer.ONE_SHOT, period=1000 * int(seconds),
                      callback={"raise": _raise, "hang": _hang, "abort": _abort}[kinds[0]])


_begin()
