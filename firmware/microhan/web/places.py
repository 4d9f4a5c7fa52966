"""Who has a place in the HTTP server, for how long, and with which credentials."""

import asyncio
import time

from micropython import const

from .auth import allows, digest_of
from .connection import ANSWERING, IDLE_MS, LEAVING, Connection
from .head import Head
from .routes import Routes, problem_of

PLACES = const(4)  # connections at once
_WAIT_MS = const(1_000)  # how long a newcomer waits for a place before it is told 503
_GRACE_MS = const(250)  # a client that has asked nothing for so long may lose its place
_LEAVE_MS = const(1_000)
_GUESS_MS = const(500)  # what a wrong credential costs
_EAGAIN = const(11)


class Places:
    """The connections of `server` (server.WebServer), whose counters it keeps.

    served: (hub, status), see Routes; config: the section `http`.
    """

    def __init__(self, server, served, config):
        self._say_seldom = server.say_seldom
        self._counters = server.counters
        self._digests = digest_of(config["token"]), digest_of(config["password"])
        self._routes = Routes(*served)
        self._places = []
        self._busy = time.ticks_ms()  # when there was a connection
        self._lost = server.counters["dropped"]  # before these places

    def count(self, counters):
        """Put what /status.json wants to know into the counters."""
        counters["dropped"] = self._lost + self._routes.dropped()
        counters["connections"] = len(self._places)
        counters["streams"] = len(self._routes.streams)

    def idle_ms(self):
        """For how long there has been no connection."""
        now = time.ticks_ms()
        if self._places:
            self._busy = now
        return time.ticks_diff(now, self._busy)

    def close(self):
        """End all connections."""
        for connection in list(self._places):
            connection.task.cancel()
            self._end(connection)  # a task that has not begun will never come to do so

    def sweep(self):
        """End the connections whose deadline has passed. One loop for all: no task a timeout."""
        now = time.ticks_ms()
        for connection in self._places:
            if time.ticks_diff(now, connection.deadline) >= 0:
                if connection.wake:
                    connection.wake()
                else:
                    if connection.phase != LEAVING:
                        self._counters["timeouts"] += 1
                    connection.dismiss("408")

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
            await self._converse(connection, peer)
        except OSError:
            pass  # the client left: nothing to tell anyone
        except Exception as error:
            # Told, not raised: one client's trouble is not the server's.
            self._say_seldom("http: %s: %s" % (type(error).__name__, error))
        finally:
            self._end(connection)

    def _end(self, connection):
        if connection in self._places:
            self._places.remove(connection)
            connection.close()

    async def _converse(self, connection, peer):
        head = Head()
        problem = None
        while problem is None:
            problem = head.feed(await connection.receive())
        if problem:
            self._counters["refused"] += 1
        else:
            self._counters["requests"] += 1
            connection.phase = ANSWERING
            connection.expire_in(IDLE_MS)
            if allows(head.authorization, *self._digests):
                left = head.length - len(head.rest)
                while left > 0:  # no address wants a body yet
                    left -= len(await connection.receive())
                await self._routes.answer(connection, head)
                return
            problem = "401"
            if head.authorization:
                self._counters["wrong_credentials"] += 1
                # ESP32 gives the peer as a pair, the PC's MicroPython as bytes
                who = peer[0] if isinstance(peer, tuple) else "a client"
                self._say_seldom("http: wrong token or password from %s" % who)
                await asyncio.sleep_ms(_GUESS_MS)
        connection.phase = LEAVING
        connection.write(problem_of(problem, head.method != "HEAD"))
        await connection.drain()
        # Closing a socket with unread bytes resets the connection, and the client may never see
        # the answer that told it what was wrong: read on until it has closed, 32 kB at most.
        if problem != "401" or head.length > len(head.rest):
            connection.expire_in(_LEAVE_MS)
            for _ in range(128):
                await connection.receive()
