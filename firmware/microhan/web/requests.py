"""A request, from its head to its answer.

Loaded when one comes, and dropped when none has come for a while: streams go on without it.
"""

import asyncio
from typing import TYPE_CHECKING

from micropython import const

from .answers import problem_of
from .auth import allows, digest_of
from .connection import ANSWERING, IDLE_MS, LEAVING
from .request_head import Head
from .routes import Routes

if TYPE_CHECKING:
    from collections.abc import Callable

    from .connection import Connection
    from .server import Sources
    from .streams import Streams

_LEAVE_MS = const(1_000)
_GUESS_MS = const(500)  # what a wrong credential costs
_LAST_PIECES = const(128)  # of 256 bytes: what is read after an answer that refuses


class Requests:
    """Answers requests. For the parameters see connections.ConnectionPool."""

    def __init__(self, sources: "Sources", streams: "Streams", config: dict, counters: dict,
                 log_seldom: "Callable[[str], None]"):
        self._routes = Routes(sources, streams)
        self._digests = digest_of(config["token"]), digest_of(config["password"])
        self._counters = counters
        self._log_seldom = log_seldom

    async def converse(self, connection: "Connection", peer: "tuple | bytes") -> bool:
        """Read a request and write its answer. Returns True if events are to follow.

        Raises OSError when the client has left.
        """
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
                # The ESP32 gives the peer as a pair, MicroPython on a PC as bytes.
                who = peer[0] if isinstance(peer, tuple) else "a client"
                self._log_seldom("http: wrong token or password from %s" % who)
                await asyncio.sleep_ms(_GUESS_MS)
        connection.phase = LEAVING
        connection.write(problem_of(problem, head.method != "HEAD"))
        await connection.drain()
        # A socket that is closed with unread bytes resets the connection, and the client may never
        # see the answer that tells what was wrong: read on until the client has closed its side,
        # 32 kB at most.
        if problem != "401" or head.length > len(head.rest):
            connection.expire_in(_LEAVE_MS)
            for _ in range(_LAST_PIECES):
                await connection.receive()
        return False
