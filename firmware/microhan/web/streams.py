"""/events: server-sent events.

Each client follows the hub with a short queue of its own, and has a task of its own: nobody waits
for a slow client. It loses its oldest Readings; if it takes nothing, its deadline ends it.
"""

import time
from typing import TYPE_CHECKING

from micropython import const

from ..net.wait import Event
from ..reading.buffer import Buffer

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..hub.hub import Follower, Hub
    from .connection import Connection
    from .owner import Owner

_QUEUE = const(4)
_HEARTBEAT_MS = const(6_000)  # the page takes 20 s of silence for the end
# Then the client has to ask anew, and so to prove that it still may: a token expires.
_LONGEST_MS = const(3_600_000)


class Streams:
    """The clients of /events."""

    def __init__(self, hub: "Hub", owner: "Owner"):
        self._hub = hub
        self._owner = owner
        self._dropped = 0  # by those who have left
        self._followers: "list[Follower]" = []
        self.places: "Callable[[], int]" = int  # of connections, in all

    @property
    def open(self) -> int:
        """How many there are now."""
        return len(self._followers)

    def is_full(self) -> bool:
        """Whether there is no room for one more: a place always remains for other requests."""
        return len(self._followers) >= self.places() - 1

    async def send(self, connection: "Connection") -> None:
        """Write events for as long as the client stays."""
        event = Event()
        follower = self._hub.follow(_QUEUE, event.set)
        self._followers.append(follower)
        began = time.ticks_ms()
        version = self._owner.version
        try:
            connection.write(b"retry: 3000\n\n")
            connection.write(_diagnosis(self._hub.diagnosis))
            data = _reading(self._hub.reading) or b":\n\n"
            if self._hub.reading:  # it may be old: a page must not take it for new
                connection.write(b"event: age\ndata: %d\n\n" % self._hub.state.age())
            while True:
                if not data:
                    connection.expire_in(2 * _HEARTBEAT_MS)
                    has_news = await event.wait(_HEARTBEAT_MS)
                    if connection.skim() == b"":
                        break
                    if not has_news:
                        data = b":\n\n"
                if version != self._owner.version:
                    version = self._owner.version
                    if not self._owner.lets_in(*connection.visitor):
                        break
                if time.ticks_diff(time.ticks_ms(), began) > _LONGEST_MS:
                    break
                if data:
                    connection.write(data)
                    await connection.drain()
                data = self._next_event(follower)
        finally:
            self._dropped += follower.dropped
            self._followers.remove(follower)
            follower.close()

    def _next_event(self, follower):
        """What is due next, bytes; b"" if nothing is."""
        if follower.diagnosis_changed():
            return _diagnosis(self._hub.diagnosis)
        return _reading(follower.get())

    def dropped(self) -> int:
        """Readings that slow clients have lost so far."""
        return self._dropped + sum([follower.dropped for follower in self._followers])


def _diagnosis(diagnosis):
    """The event of a diagnosis, b"" if there is none."""
    return ("event: meter\ndata: %s\n\n" % diagnosis.json()).encode() if diagnosis else b""


def _reading(reading):
    """The event of a Reading, b"" if there is none."""
    if not reading:
        return b""
    out = Buffer(1024)
    out.put(b"event: reading\ndata: ")
    reading.write(out.put, reading.identity().encode())
    out.put(b"\n\n")
    return out.view()
