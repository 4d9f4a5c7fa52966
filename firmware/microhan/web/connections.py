"""Who has a place in the HTTP server, and for how long."""

import asyncio
import time

from micropython import const

from .connection import ANSWERING, LEAVING, Connection
from .streams import Streams

PLACES = const(4)  # connections at once
_WAIT_MS = const(1_000)  # how long a newcomer waits for a place before it is told 503
_GRACE_MS = const(250)  # a client that has asked nothing for so long may lose its place
_IDLE_MS = const(20_000)  # what nobody has needed for so long is forgotten
_EAGAIN = const(11)


class Places:
    """The connections of `server` (server.WebServer), whose counters it keeps.

    served: (hub, status), see Routes; config: the section `http`.
    """

    def __init__(self, server, served, config):
        self._say_seldom = server.say_seldom
        self._counters = server.counters
        self._streams = Streams(served[0])
        self._for_requests = server, served, config, self._streams
        self._requests = None  # requests.Requests while there are any, and some seconds longer
        self._places = []
        self._busy = time.ticks_ms()  # when there was a request
        self._lost = server.counters["dropped"]  # before these places

    def count(self, counters):
        """Put what /status.json wants to know into the counters."""
        counters["dropped"] = self._lost + self._streams.dropped()
        counters["connections"] = len(self._places)
        counters["streams"] = self._streams.open

    def close(self):
        """End all connections."""
        for connection in list(self._places):
            connection.task.cancel()
            self._end(connection)  # a task that has not begun will never come to do so

    def sweep(self):
        """End the connections whose deadline has passed. One loop for all: no task a timeout.

        True if there has been none for a while."""
        now = time.ticks_ms()
        for connection in self._places:
            if time.ticks_diff(now, connection.deadline) >= 0:
                if connection.phase != LEAVING:
                    self._counters["timeouts"] += 1
                connection.dismiss("408")
        if len(self._places) > self._streams.open:
            self._busy = now
        elif time.ticks_diff(now, self._busy) > _IDLE_MS:
            self._requests = None
            return not self._places
        return False

    async def let_in(self, listener):
        """Take in the client that knocks, or send it away. Raises OSError, MemoryError."""
        has_room = await self._make_room()
        self._busy = time.ticks_ms()
        try:
            sock, peer = listener.accept()
        except OSError as error:
            if error.args[0] == _EAGAIN:
                return  # it left while it waited
            raise
        connection = Connection(sock)
        if has_room:
            connection.task = asyncio.create_task(self._serve(connection, peer))
            self._places.append(connection)
        else:
            self._counters["turned_away"] += 1
            connection.say("503")
            connection.close()

    async def _make_room(self):
        """Wait for a free place, at most a second; True if there is one.

        A client that has been here a moment and asked nothing makes room for the next: so a flood
        of idle connections (browsers open such ones too) locks nobody out.
        """
        started = time.ticks_ms()
        while len(self._places) >= PLACES:
            now = time.ticks_ms()
            if time.ticks_diff(now, started) >= _WAIT_MS:
                return False
            for connection in self._places:  # the oldest comes first
                age = time.ticks_diff(now, connection.born)
                if connection.phase != ANSWERING and age >= _GRACE_MS:
                    self._counters["displaced"] += 1
                    connection.dismiss("503")
                    break
            await asyncio.sleep_ms(10)
        return True

    # One connection

    async def _serve(self, connection, peer):
        try:
            if await self._converse(connection, peer):
                await self._streams.send(connection)
        except OSError:
            pass  # the client left: nothing to tell anyone
        except Exception as error:
            # Told, not raised: one client's trouble is not the server's.
            self._say_seldom("http: %s: %s" % (type(error).__name__, error))
        finally:
            self._end(connection)

    def _converse(self, connection, peer):
        """The coroutine for a request. A function of its own: a task's frame would keep it all."""
        if not self._requests:
            from .requests import Requests

            self._requests = Requests(*self._for_requests)
        return self._requests.converse(connection, peer)

    def _end(self, connection):
        if connection in self._places:
            self._places.remove(connection)
            connection.close()
