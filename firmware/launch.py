"""Runs the application on the board. After a fault it says what, and restarts the chip."""

import asyncio
import sys
import time

from archive import find
from micropython import kbd_intr


def start() -> None:
    """Run until something goes wrong."""
    archive = find()
    from microhan.stack import clear_stack

    main = _begun(archive)
    kbd_intr(3)
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


def run() -> None:
    """Run, and restart after a fault."""
    try:
        start()
    except KeyboardInterrupt:
        print("microhan: stopped by Ctrl-C; the watchdog waits two hours, then restarts")
        try:
            from machine import WDT

            WDT(timeout=2 * 3600 * 1000)  # it cannot be stopped, only made to wait longer
        except Exception as error:
            print("microhan: watchdog:", error)
    except BaseException as error:
        # The build's id says what the names in the traceback mean. There may be no application.
        print("microhan build", getattr(sys.modules.get("microhan"), "BUILD", "unknown"))
        sys.print_exception(error)
        kbd_intr(3)
        # Time for you (or mpremote) to stop it with Ctrl-C.
        print("microhan: restart in 3 s; Ctrl-C for the prompt")
        time.sleep(3)
        from machine import reset

        reset()
