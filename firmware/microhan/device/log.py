"""Lines for the console, and warnings for the owner."""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = const(40)  # bytes in front of the lines: what crashes.py keeps with them; its flags:
ORDERLY = const(1)  # the restart that followed was our own
RESTARTED = const(2)  # the chip was restarted for a task that failed, less than a day ago
_WIDTH = const(160)
_END = const(1064)  # HEAD, and 1 kB of lines
_LF = const(10)


class Log:
    """Call it with a text. `uptime_s()` stamps each line.

    `warnings`: texts that `/status.json` shows until the restart; `kept`: HEAD bytes, and the last
    lines up to byte number `used`.
    """

    def __init__(self, uptime_s: "Callable[[], int]"):
        self._uptime_s = uptime_s
        self.warnings: list[str] = []
        self.kept = bytearray(_END)
        self.used = HEAD

    def __call__(self, text: str) -> None:
        """Print one line, and keep it for a while, in the place of the oldest ones. A text of more
        than 160 characters is cut and ends in "…". No exception: it is called where another one is
        dealt with."""
        try:
            if len(text) > _WIDTH:
                text = text[:_WIDTH - 1] + "…"
            text = "%d %s" % (self._uptime_s(), text)
            print(text)
            line = text.encode()
            kept = memoryview(self.kept)
            end = self.used + len(line) + 1
            cut = 0
            while end - cut > _END:
                while kept[HEAD + cut] != _LF:
                    cut += 1
                cut += 1
            if cut:
                kept[HEAD:self.used - cut] = kept[HEAD + cut:self.used]
                self.used -= cut
            kept[self.used:end - cut - 1] = line
            kept[end - cut - 1] = _LF
            self.used = end - cut
        except MemoryError:
            pass

    def recent(self) -> bytes:
        """The last lines, 1 kB at most."""
        return bytes(memoryview(self.kept)[HEAD:self.used])

    def warn(self, text: str) -> None:
        """Log what the owner should know, and show it on `/status.json`."""
        self.warnings.append(text)
        self(text)
