"""/events: server-sent events of the Readings and of the diagnosis.

Each client has a short queue in the hub, which drops its oldest when the client is slow. Nobody
waits for it: the client's own task writes, and its write deadline ends a dead one.
"""

import asyncio
import time

from micropython import const

MAX_STREAMS = const(3)  # of 4 connections: one always remains for other requests
_QUEUE = const(4)
_HEARTBEAT_MS = const(15_000)


class Feed:
    """All event streams, and the newest Reading's text, which is made once for all of them."""

    def __init__(self, hub):
        self.hub = hub
        self.streams = []
        self._dropped = 0
        self._reading = None
        self._text = b""

    def open(self, connection):
        """A new stream to a client, or None if there are as many as may be."""
        if len(self.streams) >= MAX_STREAMS:
            return None
        stream = EventStream(self, connection)
        self.streams.append(stream)
        return stream

    def forget(self, stream):
        """A stream has ended."""
        self._dropped += stream.follower.dropped
        self.streams.remove(stream)

    def dropped(self):
        """Readings lost by slow clients since start."""
        total = self._dropped
        for stream in self.streams:
            total += stream.follower.dropped
        return total

    def tick(self, now):
        """Wake the streams that owe their client a sign of life; now in ticks_ms."""
        for stream in self.streams:
            stream.tick(now)

    def reading_event(self, reading):
        """The event `reading`, bytes."""
        if reading is not self._reading:
            self._text = ("event: reading\ndata: " + reading.json() + "\n\n").encode()
            self._reading = reading
        return self._text

    def meter_event(self):
        """The event `meter` with the diagnosis, bytes; b"" if there is none yet."""
        diagnosis = self.hub.diagnosis
        if diagnosis is None:
            return b""
        return ("event: meter\ndata: " + diagnosis.json("") + "\n\n").encode()


class EventStream:
    """The body of one answer, in the form in which microdot takes it: an async iterator."""

    def __init__(self, feed, connection):
        self._feed = feed
        self._connection = connection
        self._event = asyncio.Event()
        self._written = time.ticks_ms()
        self._is_beat_due = False
        self._is_new = True
        self._is_open = True
        self.follower = feed.hub.follow(_QUEUE, self._event.set)

    def __aiter__(self):
        return self

    async def __anext__(self):
        """The next bytes for the client, once those before are on their way."""
        await self._connection.flush()
        self._connection.never_expire()
        while True:
            data = self._next()
            if data:
                self._written = time.ticks_ms()
                return data
            self._event.clear()
            await self._event.wait()
            if self._connection.is_gone():
                raise StopAsyncIteration

    def _next(self):
        feed = self._feed
        if self._is_new:
            self._is_new = False
            self.follower.take_news()
            newest = feed.hub.reading
            return (
                b"retry: 3000\n\n"
                + feed.meter_event()
                + (feed.reading_event(newest) if newest else b"")
            )
        if self.follower.take_news():
            return feed.meter_event()
        reading = self.follower.get()
        if reading:
            return feed.reading_event(reading)
        if self._is_beat_due:
            self._is_beat_due = False
            return b":\n\n"
        return b""

    def tick(self, now):
        """Have a comment sent if the client has heard nothing for 15 s."""
        if time.ticks_diff(now, self._written) >= _HEARTBEAT_MS:
            self._is_beat_due = True
            self._event.set()

    async def aclose(self):
        """microdot's word for close."""
        self.close()

    def close(self):
        """Leave the hub. May be called twice."""
        if self._is_open:
            self._is_open = False
            self._feed.forget(self)
            self.follower.close()
