"""Runs the application's copy in /app on the real board; never falls silent."""

import asyncio
import sys
import time

DOOR_S = 3  # so long a person, or mpremote, may press Ctrl-C before the restart


def start():
    """Run until something goes wrong."""
    sys.path.insert(0, "/app/a")  # ahead of what the stock image has frozen
    from microhan.board.esp32 import Board

    board = Board()  # before all else: Wi-Fi takes its memory here
    from microhan.app import start as begin

    main = begin(board)
    del begin  # it would hold the whole module
    asyncio.run(main)


try:
    start()
except KeyboardInterrupt:
    print("microhan: stopped by Ctrl-C; the watchdog waits two hours, then restarts")
    try:
        from machine import WDT

        WDT(timeout=2 * 3600 * 1000)  # it cannot be stopped, only told to wait
    except Exception as error:
        print("watchdog:", error)
except BaseException as error:
    # whose names the traceback shows; the application may not have been found
    print("microhan build", getattr(sys.modules.get("microhan"), "BUILD", "unknown"))
    sys.print_exception(error)
    print("microhan: restart in %d s; Ctrl-C for the prompt" % DOOR_S)
    time.sleep(DOOR_S)
    from machine import reset

    reset()
