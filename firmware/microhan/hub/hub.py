"""Between the meter and everyone who wants its readings.

Keeps the newest Reading, the State, the newest telegram's bytes and the newest diagnosis.
Followers have queues of their own: a slow one loses its own oldest Readings and nobody else's.
"""

from typing import TYPE_CHECKING

from .state import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..meter.meter import Diagnosis
    from ..reading.reading import Reading


class Follower:
    """One reader's queue of at most `limit` Readings. When it is full, the oldest goes to
    `keep(reading)`; if that is None or returns False, it is dropped and counted."""

    def __init__(self, hub: "Hub", limit: int, wake: "Callable[[], None]",
                 keep: "Callable[[Reading], bool] | None" = None):
        self._hub = hub
        self._limit = limit
        self._wake = wake
        self._keep = keep
        self._queue: "list[Reading]" = []
        self._has_news = False
        self.dropped = 0

    @property
    def queued(self) -> int:
        """Readings waiting."""
        return len(self._queue)

    def get(self) -> "Reading | None":
        """Take out the oldest Reading waiting; None if there is none."""
        return self._queue.pop(0) if self._queue else None

    def first(self) -> "Reading | None":
        """The oldest Reading waiting, which stays; None if there is none."""
        return self._queue[0] if self._queue else None

    def diagnosis_changed(self) -> bool:
        """True if the diagnosis has changed since the last call."""
        changed = self._has_news
        self._has_news = False
        return changed

    def close(self) -> None:
        """Follow no longer."""
        self._hub.leave(self)

    def enqueue(self, reading: "Reading") -> None:
        """Add a new Reading. The hub calls this."""
        if len(self._queue) >= self._limit:
            oldest = self._queue.pop(0)
            if not (self._keep and self._keep(oldest)):
                self.dropped += 1
        self._queue.append(reading)
        self._wake()

    def notify(self) -> None:
        """Note that the diagnosis has changed. The hub calls this."""
        self._has_news = True
        self._wake()


class Hub:
    """`uptime_s()` counts seconds since the start; `number()` gives each Reading its `seq`, and
    `boot` is the number of this start."""

    def __init__(self, uptime_s: "Callable[[], int]", number: "Callable[[], int]", boot: int = 0):
        self._number = number
        self._boot = boot
        self._followers: list[Follower] = []
        self._source: "Callable[[], bytes] | None" = None
        self.state = State(uptime_s)
        self.reading: "Reading | None" = None  # the newest
        self.diagnosis: "Diagnosis | None" = None  # the newest
        self.raw_is_text = False  # whether the newest telegram was sent as P1 text

    @property
    def raw(self) -> bytes:
        """The newest proven telegram as sent, bytes; b"" before the first one."""
        return self._source() if self._source else b""

    def publish(self, reading: "Reading", raw: "Callable[[], bytes]", is_text: bool) -> None:
        """Hand a proven Reading to everyone. `raw()` gives the bytes that it was read from."""
        reading.boot = self._boot
        reading.seq = self._number()
        self.reading = reading
        self._source = raw
        self.raw_is_text = is_text
        self.state.update(reading)
        for follower in self._followers:
            follower.enqueue(reading)

    def diagnose(self, diagnosis: "Diagnosis") -> None:
        """Hand a new meter.Diagnosis, the condition of the meter's line, to everyone."""
        self.diagnosis = diagnosis
        for follower in self._followers:
            follower.notify()

    def follow(self, limit: int, wake: "Callable[[], None]",
               keep: "Callable[[Reading], bool] | None" = None) -> Follower:
        """Return a new Follower. `wake()` is called at each new Reading and diagnosis."""
        follower = Follower(self, limit, wake, keep)
        self._followers.append(follower)
        return follower

    def leave(self, follower: Follower) -> None:
        """Forget a Follower."""
        if follower in self._followers:
            self._followers.remove(follower)
