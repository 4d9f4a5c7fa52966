"""Starts the firmware on a PC. Run by MicroPython (or CPython) with one JSON argument.

{"flash": DIR, "uart": FD, "id": "12 hex digits", "cause": TEXT, "path": [DIR, ...]}
"""

import json
import sys

settings = json.loads(sys.argv[1])
own = sys.path[0]
if sys.implementation.name == "cpython":
    sys.path[:0] = settings["path"]
    import shim  # noqa: F401

import twin_board  # noqa: E402 - the stand-ins come first
import twin_sockets  # noqa: E402

counter = twin_sockets.install()
if sys.implementation.name == "cpython":
    sys.path.remove(own)  # what lies beside this file is not for the firmware
else:
    # As on the device: the application first, then what is frozen. Nothing of this PC.
    sys.path[:] = settings["path"] + [".frozen"]

board = twin_board.Board(settings["flash"], settings["uart"], settings["id"], settings["cause"],
                         counter)

from microhan.app import start as run  # noqa: E402 - now that the path is right

run = run(board)  # the function is let go of: it would hold the whole module
__import__("asyncio").run(run)
