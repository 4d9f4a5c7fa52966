"""Hands out what the backlog keeps for one output, at a pace that disturbs no live Reading.

Loaded while something is kept. A batch, some twenty Readings, begins after each live Reading: that
is when flash may be read and written, because no telegram is coming in. The output sends a live
Reading first whenever one waits. A day at 10 s, 8,640 Readings, takes some 75 minutes.
"""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ..reading.reading import Reading

SILENT_S = const(60)  # a meter that has said nothing for this long is not disturbed by flash


class Drain:
    """backlog: store.backlog.Backlog; bit: by which it knows the output; hub: hub.Hub."""

    def __init__(self, backlog: "Any", bit: int, hub: "Any"):
        self.backlog = backlog
        self.bit = bit
        self._hub = hub
        self._newest = hub.reading  # the live Reading after which the batch began
        self._queue: "Iterator[Reading] | None" = None
        self._given = 0  # Readings of the batch that went out
        self.done = False  # the batch went out whole, and is not confirmed yet

    def next(self) -> "Reading | None":
        """The next Reading to be sent. Call it when the one before has arrived."""
        try:
            if not self._queue and not self._begin():
                return None
        except (OSError, MemoryError) as error:
            self.backlog.log("backlog: it is tried again (%s)" % error)
            return None
        try:
            for reading in self._queue:  # type: ignore[union-attr]
                self._given += 1
                return reading
        except (MemoryError, IndexError, KeyError, ValueError):
            pass  # the rest of the batch cannot be read: confirm() counts it as lost
        self._queue = None
        self.done = True
        return None

    def _begin(self):
        """Confirm a batch, begin the next one. False if there is none, or now is not the time."""
        newest = self._hub.reading
        if newest is self._newest and self._hub.state.age() <= SILENT_S:
            return False
        self._newest = newest
        if self.done:
            self.confirm()
        self._given = 0
        if self.backlog.waiting(self.bit):
            self._queue = self.backlog.batch(self.bit)
        return self._queue is not None

    def confirm(self) -> None:
        """Confirm the batch; what of it could not be sent is lost."""
        backlog = self.backlog
        before = backlog.kept(self.bit)
        backlog.confirm(self.bit)
        self.done = False
        backlog.lost += max(0, before - backlog.kept(self.bit) - self._given)

    def give_up(self) -> None:
        """The Reading that next() gave cannot be sent: it is lost."""
        self._given -= 1

    def restart(self, from_done: bool) -> None:
        """The batch did not arrive whole: hand it out again. from_done: even if next() has been at
        its end."""
        self._queue = None
        if from_done:
            self.done = False
