"""Lines for the console, the newest of which stay in memory, and warnings for the owner."""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable

_LINES = const(8)
_WIDTH = const(160)


class Log:
    """Call it with a text. `uptime_s()` stamps each line.

    `lines`: the newest lines; `warnings`: texts that `/status.json` shows until the restart.
    """

    def __init__(self, uptime_s: "Callable[[], int]"):
        self._uptime_s = uptime_s
        self.lines: list[str] = []
        self.warnings: list[str] = []

    def __call__(self, text: str) -> None:
        """Keep and print one line. A text of more than 160 characters is cut and ends in "…"."""
        if len(text) > _WIDTH:
            text = text[:_WIDTH - 1] + "…"
        line = "%d %s" % (self._uptime_s(), text)
        if len(self.lines) >= _LINES:
            self.lines.pop(0)
        self.lines.append(line)
        print(line)

    def warn(self, text: str) -> None:
        """Log what the owner should know, and show it on `/status.json`."""
        self.warnings.append(text)
        self(text)
