"""Lines for the console, and warnings for the owner."""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable

_WIDTH = const(160)
_KEPT = const(1024)  # bytes
_FIRST = const(256)  # of them, at first
_LF = const(10)


class Log:
    """Call it with a text. `uptime_s()` stamps each line.

    `warnings`: texts that `/status.json` shows until the restart.
    """

    def __init__(self, uptime_s: "Callable[[], int]"):
        self._uptime_s = uptime_s
        self.warnings: list[str] = []
        self._kept = bytearray(_FIRST)
        self._used = 0

    def __call__(self, text: str) -> None:
        """Print one line, and keep it for a while. A text of more than 160 characters is cut and
        ends in "…". No exception: it is called where another one is dealt with."""
        try:
            if len(text) > _WIDTH:
                text = text[:_WIDTH - 1] + "…"
            line = "%d %s" % (self._uptime_s(), text)
            print(line)
            self._keep(line.encode())
        except MemoryError:
            pass

    def _keep(self, line):
        """Keep a line, in the place of the oldest ones."""
        end = self._used + len(line) + 1
        while len(self._kept) < min(end, _KEPT):
            self._kept.extend(bytes(_FIRST))
        cut = 0
        while end - cut > _KEPT:
            while self._kept[cut] != _LF:
                cut += 1
            cut += 1
        if cut:
            kept = memoryview(self._kept)
            kept[:self._used - cut] = kept[cut:self._used]
        self._used = end - cut
        self._kept[self._used - len(line) - 1:self._used - 1] = line
        self._kept[self._used - 1] = _LF

    def recent(self) -> bytes:
        """The last lines, 1 kB at most."""
        return bytes(memoryview(self._kept)[:self._used])

    def warn(self, text: str) -> None:
        """Log what the owner should know, and show it on `/status.json`."""
        self.warnings.append(text)
        self(text)
