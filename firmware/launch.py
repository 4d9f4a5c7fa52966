"""Runs the copy of the application that choose.py mounts. After a fault it says what, and restarts
the chip.

No update changes this file, nor boot.py, main.py, choose.py and archive.py: docs/updating.md has
what they ask of a copy, and what a copy may ask of them.
"""

import sys
import time

from micropython import kbd_intr

_HUNG_MS = 60000  # the application's own watchdog waits as long


def start() -> None:
    """Run until something goes wrong."""
    archive = _mounted()
    from microhan.begin import begin

    begin(archive)


def _mounted():
    # Not in start(), whose frame stays: what it names, and what it has called, would too.
    from choose import find

    return find(_arm)


def _arm():
    """A copy on trial that hangs must not hold the device."""
    from machine import WDT

    WDT(timeout=_HUNG_MS)


def _build():
    """The id of the copy's build, which says what the names in a traceback mean."""
    return getattr(sys.modules.get("microhan"), "BUILD", "unknown")  # there may be no application


def dump(error: BaseException) -> None:
    """Leave the traceback, and whose it is, behind what device/crashes.py keeps, for the next
    start to find. It must work when memory is full, and without an application."""
    import asyncio
    import gc
    from io import BytesIO

    from machine import RTC

    asyncio.new_event_loop()  # lets go of all tasks, and so of all that they use
    gc.collect()
    text = BytesIO()
    print("microhan build", _build(), file=text)
    sys.print_exception(error, text)
    rtc = RTC()
    rtc.memory(rtc.memory()[:1064] + text.getvalue()[:900])


def run() -> None:
    """Run, and restart after a fault."""
    try:
        start()
    except KeyboardInterrupt:
        kbd_intr(-1)  # a second one would end what follows; the prompt switches it on
        print("microhan: stopped by Ctrl-C; the watchdog waits two hours, then restarts")
        try:
            from machine import RTC, WDT

            RTC().memory(b"")  # no crash
            WDT(timeout=2 * 3600 * 1000)  # it cannot be stopped, only made to wait longer
        except Exception as error:
            print("microhan: watchdog:", error)
    except BaseException as error:
        print("microhan build", _build())
        sys.print_exception(error)
        try:
            dump(error)
        except Exception as another:
            print("microhan: the crash is not kept:", another)
        kbd_intr(3)
        # Time for you (or mpremote) to stop it with Ctrl-C.
        print("microhan: restart in 3 s; Ctrl-C for the prompt")
        time.sleep(3)
        from machine import reset

        reset()
