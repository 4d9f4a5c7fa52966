"""TLS, or what else takes much memory: a plain ESP32 has none for both (docs/memory.md).

How memory is divided is decided at the start, before the meter has been heard. So what it sends is
kept on flash, and TLS gets its share only while that is known to be text. Until then TLS waits
(tls_refused.py), and the device restarts with the first telegram. It restarts again if none comes
any more: what looks for the reason, and a page that shows it, have room without TLS. With binary
lists, which are what they are, TLS is refused in words.
"""

import asyncio
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..hub.hub import Hub

_FRAMES = const(3)  # whose headers are right: noise does not bring so many
_LOOK_S = const(10)
_SILENT_S = const(600)  # no meter sends so seldom


class BinaryWatch:
    """Sees to it that TLS gets the memory that it was given. `folder`: where it is kept what the
    meter sends; queued() -> how many Readings a restart would lose."""

    def __init__(self, board: "Any", hub: "Hub", folder: "Any", queued: "Callable[[], int]",
                 log: "Callable[[str], None]", beat: "Callable[[], None]"):
        self._queued = queued
        self._beat = beat
        self._board = board
        self._hub = hub
        self._folder = folder
        self._log = log
        self._frames = 0

    def has_room(self, heap: int, output: bool) -> bool:
        """As Board.has_room. Raises OSError before the first telegram: what finds out why none
        comes, a page that shows it, and a handshake would be too much together."""
        if output and not self._hub.reading:
            raise OSError("on this board TLS waits for the meter's first telegram")
        return self._board.has_room(heap, output)

    def take(self) -> bool:
        """Note a binary frame whose header is right. Returns whether it may be looked at: never.
        """
        self._frames += 1
        if self._frames == _FRAMES:
            self._restart(b"binary", "the meter sends binary lists: restart without TLS")
        return False

    async def run(self) -> None:
        """Restart without TLS when there is no telegram any more."""
        newest = None
        waited = 0
        while waited < _SILENT_S or self._queued():
            self._beat()
            await asyncio.sleep(_LOOK_S)
            waited += _LOOK_S
            if self._hub.reading is not newest:
                newest = self._hub.reading
                waited = 0
        self._restart(b"", "no telegram for ten minutes: restart without TLS")

    def _restart(self, lists, words):
        self._folder.write("lists", lists)
        self._log(words)
        self._board.reset()
