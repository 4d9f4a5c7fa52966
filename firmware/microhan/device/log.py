"""Lines for the console, and warnings for the owner."""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable

_WIDTH = const(160)
_KEPT = const(1024)  # bytes


class Log:
    """Call it with a text. `uptime_s()` stamps each line.

    `warnings`: texts that `/status.json` shows until the restart.
    """

    def __init__(self, uptime_s: "Callable[[], int]"):
        self._uptime_s = uptime_s
        self.warnings: list[str] = []
        self._kept = b""

    def __call__(self, text: str) -> None:
        """Print one line, and keep it for a while. A text of more than 160 characters is cut and
        ends in "…"."""
        if len(text) > _WIDTH:
            text = text[:_WIDTH - 1] + "…"
        line = "%d %s" % (self._uptime_s(), text)
        print(line)
        self._kept += line.encode() + b"\n"
        while len(self._kept) > _KEPT:
            self._kept = self._kept[self._kept.find(b"\n") + 1:]

    def recent(self) -> bytes:
        """The last lines, 1 kB at most."""
        return self._kept

    def warn(self, text: str) -> None:
        """Log what the owner should know, and show it on `/status.json`."""
        self.warnings.append(text)
        self(text)
