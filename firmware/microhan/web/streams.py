"""/events: server-sent events.

Each client has a short queue in the hub, which drops its oldest when the client is slow. Nobody
waits for it: its own task writes, and its write deadline ends a dead one.
"""

from micropython import const

from ..net.wait import Bell
from ..reading.buffer import Buffer

_MOST = const(3)  # of 4 connections: one always remains for other requests
_QUEUE = const(4)
_HEARTBEAT_MS = const(15_000)


class Streams:
    """The clients of /events."""

    def __init__(self, hub):
        self._hub = hub
        self._lost = 0
        self._followers = []

    @property
    def open(self):
        """How many there are."""
        return len(self._followers)

    def is_full(self):
        """Whether there is no room for one more."""
        return len(self._followers) >= _MOST

    async def send(self, connection):
        """Write events for as long as the client stays."""
        bell = Bell()
        follower = self._hub.follow(_QUEUE, bell.ring)
        self._followers.append(follower)
        try:
            connection.write(b"retry: 3000\n\n")
            connection.write(_diagnosis(self._hub.diagnosis))
            data = _reading(self._hub.reading) or b":\n\n"
            while True:
                if not data:
                    connection.expire_in(2 * _HEARTBEAT_MS)
                    rang = await bell.wait(_HEARTBEAT_MS)
                    if connection.is_gone():
                        break
                    if not rang:
                        data = b":\n\n"
                if data:
                    connection.write(data)
                    await connection.drain()
                data = self._news(follower)
        finally:
            self._lost += follower.dropped
            self._followers.remove(follower)
            follower.close()

    def _news(self, follower):
        if follower.take_news():
            return _diagnosis(self._hub.diagnosis)
        return _reading(follower.get())

    def dropped(self):
        """Readings that slow clients have lost since the start."""
        return self._lost + sum([follower.dropped for follower in self._followers])


def _diagnosis(diagnosis):
    return ("event: meter\ndata: %s\n\n" % diagnosis.json()).encode() if diagnosis else b""


def _reading(reading):
    """The event of a Reading, b"" if there is none."""
    if not reading:
        return b""
    out = Buffer(1024)
    out.put(b"event: reading\ndata: ")
    reading.write(out.put)
    out.put(b"\n\n")
    return out.view()
