"""Starts the firmware on a PC's MicroPython: `micropython -m twin_main` in the twin's folder.

The build makes one file of it, twin_board.py and twin_sockets.py. MICROHAN_TWIN has the arguments
of the Board, a JSON list: in sys.argv they would stay in memory.
"""

import json
import os
import sys

from twin_board import Board
from twin_sockets import install


def start(board: type) -> None:
    """Run the firmware on a Board of this class."""
    install()
    arguments = json.loads(os.getenv("MICROHAN_TWIN") or "")
    board.poll_ms = int(os.getenv("MICROHAN_POLL") or board.poll_ms)  # type: ignore[attr-defined]
    if arguments[-1]:
        from twin_radio import Radio

        arguments[-1] = Radio(*arguments[-1])
    # As on the device: the application first, then what is frozen. Nothing of this PC.
    sys.path[:] = "", ".frozen"
    archive = _mounted()
    if sys.maxsize < 1 << 31:
        _read_in_place(archive)
    sys.path.remove("")
    from microhan.stack import clear_stack

    main = _begun(board, arguments, archive)
    import asyncio

    clear_stack()
    asyncio.run(main)


def _mounted():
    # Not in start(), whose frame stays, as in firmware/launch.py.
    from choose import find

    return find()


def _read_in_place(archive):
    """Have the bytecode read outside of the heap, as an ESP32 reads it in flash: here in a copy of
    the archive that is memory of the PC's. The VM must have `ffi`, as Debian's has."""
    try:
        import ffi
    except ImportError:
        return
    from uctypes import bytearray_at

    from microhan.board.in_place import InPlace

    with open(archive.path, "rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        start = ffi.open("libc.so.6").func("p", "malloc", "I")(size)
        file.readinto(bytearray_at(start, size))
    register = InPlace(archive, lambda at, length: start + at, 0, 0xFFFFFFFF).register
    sys.modules["archive"].register = register


def _begun(board, arguments, archive):
    """The coroutine that runs everything. A function of its own, as in begin.py."""
    from microhan.start import start as begin

    return begin(board(*arguments), archive.path[4])


if __name__ == "__main__":
    start(Board)
