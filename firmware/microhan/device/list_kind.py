"""TLS and the page, or TLS and binary lists: a plain ESP32 has no memory for both, as
docs/memory.md has it.

It is TLS that is refused, in words (tls_refused.py): the page shows them, and the meter is what it
is. How memory is divided is decided at the start, before the meter has been heard: what it sends
is kept on flash, and the device restarts once when that turns out to be wrong.
"""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_FRAMES = const(3)  # whose headers are right: noise does not bring so many


class BinaryWatch:
    """Sees to it that TLS gets the memory that it was given. `folder`: where it is kept what the
    meter sends."""

    def __init__(self, board: "Any", folder: "Any", log: "Callable[[str], None]"):
        self._board = board
        self._folder = folder
        self._log = log
        self._frames = 0

    def take(self) -> bool:
        """Note a binary frame whose header is right. Returns whether it may be looked at: never.
        """
        self._frames += 1
        if self._frames == _FRAMES:
            self._folder.write("lists", b"binary")
            self._log("the meter sends binary lists: restart, to divide the memory for them")
            self._board.reset()
        return False
