"""Lines for the console, and warnings for the owner."""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable

_WIDTH = const(160)


class Log:
    """Call it with a text. `uptime_s()` stamps each line.

    `warnings`: texts that `/status.json` shows until the restart.
    """

    def __init__(self, uptime_s: "Callable[[], int]"):
        self._uptime_s = uptime_s
        self.warnings: list[str] = []

    def __call__(self, text: str) -> None:
        """Print one line. A text of more than 160 characters is cut and ends in "…"."""
        if len(text) > _WIDTH:
            text = text[:_WIDTH - 1] + "…"
        print("%d %s" % (self._uptime_s(), text))

    def warn(self, text: str) -> None:
        """Log what the owner should know, and show it on `/status.json`."""
        self.warnings.append(text)
        self(text)
