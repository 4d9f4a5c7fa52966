"""Runs the application in /app on the board. After a fault it says what, and restarts the chip."""

from micropython import kbd_intr

# Until board/pins.py has parted the two, the meter may be on the console's pin: no byte is Ctrl-C.
kbd_intr(-1)

import asyncio  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

# Seconds to wait before the restart, so that you (or mpremote) can stop it with Ctrl-C.
INTERRUPT_WINDOW_S = 3


def start() -> None:
    """Run until something goes wrong."""
    sys.path.insert(0, "/app/a")  # ahead of what the stock image has frozen
    from microhan.board.esp32 import Board

    board = Board()  # before all else: Wi-Fi takes its memory here
    from microhan.start import start as begin

    main = begin(board)
    del begin  # it would keep the whole module in memory
    kbd_intr(3)
    asyncio.run(main)


try:
    start()
except KeyboardInterrupt:
    print("microhan: stopped by Ctrl-C; the watchdog waits two hours, then restarts")
    try:
        from machine import WDT

        WDT(timeout=2 * 3600 * 1000)  # it cannot be stopped, only made to wait longer
    except Exception as error:
        print("watchdog:", error)
except BaseException as error:
    # The build's id says what the names in the traceback mean. There may be no application.
    print("microhan build", getattr(sys.modules.get("microhan"), "BUILD", "unknown"))
    sys.print_exception(error)
    kbd_intr(3)
    print("microhan: restart in %d s; Ctrl-C for the prompt" % INTERRUPT_WINDOW_S)
    time.sleep(INTERRUPT_WINDOW_S)
    from machine import reset

    reset()
