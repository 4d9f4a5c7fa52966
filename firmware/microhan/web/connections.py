"""The connections that are open, and how long each may last."""

import asyncio
import time
from typing import TYPE_CHECKING

from micropython import const

from ..net.sockets import address_of
from .connection import ANSWERING, LEAVING, PARTING, UNPROVEN, Connection
from .strangers import Strangers
from .streams import Streams

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from .requests import Requests
    from .server import Sources

_MOST = const(4)  # streams and others: the device has ten sockets in all (docs/http.md)
_WAIT_MS = const(1_000)  # how long a client waits for a free place before it gets 503
# A client may lose its place when it has been here for so long, and asked nothing; while clients
# come that ask nothing, one after another; and while it is slow to take what anybody gets.
_GRACE_MS = const(250)
_HURRY_MS = const(40)
_PARTS_MS = const(30)  # what has its answer is left to the client to close for so long
_UNPROVEN_MS = const(3_000)
_FLOOD_MS = const(1_000)  # since the last one was displaced
_POLL_MS = const(10)
_IDLE_MS = const(20_000)  # what nobody has needed for this long is dropped
_EAGAIN = const(11)
_OBJECTS = const(512)  # what a connection's take until its task runs, and more
_REQUESTS = const(11_000)  # bytes of heap: what answers requests, and the first one


class ConnectionPool:
    """The connections that are open, as many as there are places.

    sources: server.Sources; counters: a dict, what /status.json shows; log_seldom: (text) -> None.
    """

    def __init__(self, sources: "Sources", counters: dict, log_seldom: "Callable[[str], None]"):
        self._sources = sources
        self._counters = counters
        self._log_seldom = log_seldom
        self._streams = Streams(sources.hub, sources.owner)
        self._streams.places = self._most
        self._requests: "Requests | None" = None  # while it is loaded
        self._strangers = Strangers()
        self._connections: list[Connection] = []
        self._busy = time.ticks_ms()  # when there last was a request
        self._displaced = time.ticks_add(self._busy, -_FLOOD_MS)  # when one last lost its place
        self._dropped_before = counters["dropped"]  # by earlier pools

    def count(self) -> None:
        """Bring the counters up to date."""
        self._counters["dropped"] = self._dropped_before + self._streams.dropped()
        self._counters["connections"] = len(self._connections)
        self._counters["streams"] = self._streams.open

    def close(self) -> None:
        """End all connections."""
        for connection in list(self._connections):
            connection.task.cancel()
            self._end(connection)  # a task that has not begun yet does not come to this itself

    def sweep(self) -> bool:
        """End the connections whose deadline has passed: one loop, where a timeout for each would
        be a task for each. Returns whether nobody has been here for a while."""
        now = time.ticks_ms()
        others = len(self._connections) - self._streams.open
        busy = others > 0
        for connection in self._connections:
            others -= connection.phase == PARTING
            if time.ticks_diff(now, connection.deadline) >= 0:
                if connection.phase != LEAVING:
                    self._counters["timeouts"] += 1
                connection.dismiss("408")
        if busy:
            self._busy = now
        idle = not busy and time.ticks_diff(now, self._busy) > _IDLE_MS
        # While nobody is heard or answered an output may need the memory more.
        if idle or self._requests and not others and not self._sources.has_room(0):
            self._requests = None
            self._sources.owner.rest()
        return idle and not self._connections

    async def admit(self, listener: "socket.socket") -> None:
        """Accept the next client, or send it away. Raises OSError, MemoryError.

        Whoever can be heard is: what a client has sent and nobody has read takes 2 kB of the
        system's memory. Whether there is enough for an answer is asked then (routes.py).
        """
        problem = None
        if not self._requests and not self._sources.has_room(_REQUESTS):
            problem = "503m"
        elif not await self._make_room():
            problem = "503"
        self._busy = time.ticks_ms()
        try:
            # Without memory for these MicroPython would accept, and then lose the socket.
            bytearray(_OBJECTS)
            sock, peer = listener.accept()
        except OSError as error:
            if error.args[0] == _EAGAIN:
                return  # it left while it waited
            raise
        where = address_of(peer)
        if self._strangers.are_at(where):
            self._counters["turned_away"] += 1
            sock.close()
            return
        connection = Connection(sock, where)
        if problem:
            self._counters["turned_away"] += 1
            await connection.turn_away(problem)
        else:
            connection.task = asyncio.create_task(self._serve(connection))
            self._connections.append(connection)

    async def _make_room(self):
        """Wait for a free place, at most a second. Returns whether there is one.

        A client that has its answer makes room, once it had the time to close first
        (Connection.part() says why). One that has been here for a moment and has asked nothing
        does so, too: a flood of idle connections (browsers open some) keeps nobody out.
        """
        started = time.ticks_ms()
        while len(self._connections) >= self._most():
            now = time.ticks_ms()
            if time.ticks_diff(now, started) >= _WAIT_MS:
                return False
            for connection in self._connections:
                if (connection.phase == PARTING
                        and time.ticks_diff(now, connection.since) >= _PARTS_MS):
                    connection.task.cancel()
                    self._end(connection)
                    return True
            for connection in self._connections:  # the oldest comes first
                if self._may_go(connection, now):
                    self._counters["displaced"] += 1
                    self._displaced = now
                    self._strangers.note(connection.where)
                    connection.dismiss("503")
                    break
            await asyncio.sleep_ms(_POLL_MS)
        return True

    def _most(self):
        """How many there may be now: clients of raw P1 and Modbus take of the same sockets."""
        shared = self._sources.shared
        return min(_MOST, shared.for_http()) if shared else _MOST

    def _may_go(self, connection, now):
        """Whether this client is to make room for another one."""
        age = time.ticks_diff(now, connection.since)
        if connection.phase in (ANSWERING, PARTING):
            return False
        if connection.phase == UNPROVEN:
            return age >= _UNPROVEN_MS
        in_flood = time.ticks_diff(now, self._displaced) < _FLOOD_MS
        return age >= (_HURRY_MS if in_flood else _GRACE_MS) and not connection.has_asked()

    async def _serve(self, connection):
        """The task of one connection."""
        try:
            if await self._converse(connection):
                await self._streams.send(connection)
            else:
                await connection.part()
        except OSError:
            pass  # the client has left
        except MemoryError:
            self._counters["turned_away"] += 1
            if connection.phase != LEAVING and not connection.has_answered:
                connection.send_problem("503m")
                await connection.part()
        except Exception as error:
            # Logged, not raised: the trouble of one client is not the server's.
            self._log_seldom("http: %s: %s" % (type(error).__name__, error))
        finally:
            self._end(connection)

    def _converse(self, connection):
        """Return the coroutine for a request. Separate, so that the locals of the import are
        freed: a coroutine keeps its frame for as long as it runs."""
        if not self._requests:
            from .requests import Requests

            self._requests = Requests(self._sources, self._streams, self._strangers,
                                      self._counters, self._log_seldom)
        return self._requests.converse(connection)

    def _end(self, connection):
        if connection in self._connections:
            self._connections.remove(connection)
            connection.close()
