"""Runs the application on the board. After a fault it says what, and restarts the chip."""

import asyncio
import gc
import sys
import time

from archive import find
from micropython import kbd_intr


def start() -> None:
    """Run until something goes wrong. Ctrl-C stays off, as main.py left it: until the application
    listens to the cable (setup/cable.py), a packet of Improv's would be one."""
    archive = find()
    from microhan.stack import clear_stack

    main = _begun(archive)
    clear_stack()
    asyncio.run(main)


def _begun(archive):
    """The coroutine that runs everything."""
    # Not in start(), whose frame stays: what it names, and what it has called, would too.
    from microhan.board.esp32 import Board
    from microhan.board.in_place import read_in_place

    in_place = read_in_place(archive, archive.path)
    board = Board(in_place)  # before all else: Wi-Fi takes its memory here
    from microhan.start import start as begin

    return begin(board)


def dump(error: BaseException) -> None:
    """Leave the traceback behind what device/crashes.py keeps, for the next start to find. It must
    work when memory is full, and without an application."""
    from io import BytesIO

    from machine import RTC

    asyncio.new_event_loop()  # lets go of all tasks, and so of all that they use
    gc.collect()
    text = BytesIO()
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
        # The build's id says what the names in the traceback mean. There may be no application.
        print("microhan build", getattr(sys.modules.get("microhan"), "BUILD", "unknown"))
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
