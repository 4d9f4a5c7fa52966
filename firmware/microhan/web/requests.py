"""A request, from its head to its answer.

Loaded when one comes, forgotten when none has come for a while: streams go on without.
"""

import asyncio

from micropython import const

from .answers import problem_of
from .auth import allows, digest_of
from .connection import ANSWERING, IDLE_MS, LEAVING
from .request_head import Head
from .routes import Routes

_LEAVE_MS = const(1_000)
_GUESS_MS = const(500)  # what a wrong credential costs


class Requests:
    """Answers requests. For the parameters see places.Places and Routes."""

    def __init__(self, server, served, config, streams):
        self._say_seldom = server.say_seldom
        self._counters = server.counters
        self._digests = digest_of(config["token"]), digest_of(config["password"])
        self._routes = Routes(*served, streams)

    async def converse(self, connection, peer):
        """Read a request and write its answer. True if events are to follow. OSError: the client
        has left."""
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
                return await self._routes.answer(connection, head)
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
        return False
