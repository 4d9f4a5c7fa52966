"""What the outputs could not deliver, one backlog for all: kept for days, handed out in order.

While every output delivers, only this small object is in memory. What keeps and reads is loaded
when the first Reading comes that an output's queue has no room for (kept.py, docs/store.md).
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from ..reading.reading import Reading

OUTPUTS = ("mqtt", "push")  # each has a bit in the files: add new ones at the end


def bit_of(output: str) -> int:
    """The bit of an output, by which the other methods know it."""
    return 1 << OUTPUTS.index(output)


class Backlog:
    """`outputs`: names of those that are configured; `uptime_s()` counts seconds; log(text).

    `thinned`: Readings left out because more than a day waited; `lost`: those that neither flash
    nor memory took, or that were given up to make room, or damaged.
    """

    def __init__(self, folder: str, outputs: "Iterable[str]", uptime_s: "Callable[[], int]",
                 log: "Callable[[str], None]"):
        self.folder = folder
        self.wanted = [bit_of(name) for name in outputs]
        self.uptime_s = uptime_s
        self.log = log
        self.thinned = 0
        self.lost = 0
        self._kept: Any = None
        try:
            if os.listdir(folder) not in ([], ["cursors"]):
                self._load()
                self._rest()
        except OSError:
            pass  # there is no folder yet

    def _load(self):
        from .kept import Kept

        self._kept = Kept(self)

    def _rest(self):
        if self._kept and self._kept.is_empty():
            self._kept = None

    def keep(self, reading: "Reading", bit: int) -> bool:
        """Keep what output `bit` could not deliver: in the order of publishing. Never raises;
        False if it is lost."""
        try:
            if not self._kept:
                self._load()
            self._kept.keep(reading, bit)
            return True
        except (OSError, MemoryError):
            self.lost += 1
            return False

    def kept(self, bit: int) -> int:
        """How many Readings wait for output `bit`. It only looks."""
        return self._kept.waiting.get(bit, 0) if self._kept else 0

    def waiting(self, bit: int) -> int:
        """How many Readings wait for output `bit`. To be asked now and then while there are any:
        what is in memory is written to flash here when the meter falls silent."""
        return self._kept.waiting_for(bit) if self._kept else 0

    def batch(self, bit: int) -> "Iterator[Reading]":
        """The oldest Readings that wait for output `bit`, some twenty; the same ones until
        confirm(). Empty if none can be read."""
        if not self._kept:
            return iter(())
        from .drain import batch

        found = batch(self._kept, bit)
        self._rest()
        return found

    def confirm(self, bit: int) -> None:
        """The batch has arrived and is never handed out again to output `bit`."""
        if self._kept:
            from .drain import confirm

            confirm(self._kept, bit)
            self._rest()

    def flush(self) -> None:
        """Write what is in memory to flash: before a restart."""
        if self._kept:
            self._kept.flush()
