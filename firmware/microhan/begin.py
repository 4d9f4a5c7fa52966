"""What launch.py runs of a copy. It never changes: so neither do the name of this module, nor that
of begin(), nor what it is given (docs/updating.md).
"""

import asyncio
from typing import TYPE_CHECKING

from .stack import clear_stack

if TYPE_CHECKING:
    from typing import Any


def begin(archive: "Any") -> None:
    """Run for ever. `archive`: the Archive that this copy was mounted from. Ctrl-C stays off, as
    main.py left it: until the cable is listened to (setup/cable.py), a packet of Improv's would be
    one."""
    board, main = _begun(archive)
    clear_stack()
    try:
        asyncio.run(main)
    finally:
        board.close()


def _begun(archive):
    """(The Board, the coroutine that runs everything)."""
    # Not in begin(), whose frame stays: what it names, and what it has called, would too.
    from .board.esp32 import Board
    from .board.in_place import read_in_place

    in_place = read_in_place(archive, archive.path)
    board = Board(in_place)  # before all else: Wi-Fi takes its memory here
    from .start import start

    return board, start(board, archive.path[4])  # "app/a.pack"
