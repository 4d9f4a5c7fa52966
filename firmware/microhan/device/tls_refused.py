"""What stands for an output whose TLS is refused; see list_kind.py."""

import asyncio
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..hub.hub import Hub

WITH_LISTS = (
    "TLS and this meter's binary lists do not fit into this board's memory together: turn tls off "
    "(or write http:// in the url), or use an ESP32-S3")
_LOOK_MS = const(2000)


class Refused:
    """An output that says why it sends nothing: `words`. If a meter that sent lists sends text
    after all, it restarts the chip, `restart()`, after noting that in `folder`.
    """

    def __init__(self, words: str, folder: "Any", hub: "Hub", log: "Callable[[str], None]",
                 restart: "Callable[[], None]", beat: "Callable[[], None]"):
        self._words = words
        self._folder = folder
        self._hub = hub
        self._log = log
        self._restart = restart
        self._beat = beat

    def status(self) -> "dict[str, Any]":
        """For /status.json."""
        return {"state": "error", "error": self._words, "queued": 0, "dropped": 0, "sent": 0}

    async def run(self) -> None:
        """Look at what the meter sends, for ever."""
        while self._words != WITH_LISTS or not (self._hub.reading and self._hub.raw_is_text):
            self._beat()
            await asyncio.sleep_ms(_LOOK_MS)
        self._folder.write("lists", b"text")
        self._log("the meter sends text: restart, to divide the memory for TLS")
        self._restart()
