"""A request, from its head to its answer.

Loaded when one comes, and dropped when none has come for a while: streams go on without it.
"""

import json
from typing import TYPE_CHECKING

from micropython import const

from .access import address_of, refusal, utc, who
from .answers import head_of, problem_of, route_of
from .connection import ANSWERING, IDLE_MS, LEAVING
from .request_head import Head
from .routes import BODIES, Routes, file_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .access import Visitor
    from .connection import Connection
    from .server import Sources
    from .streams import Streams

_LEAVE_MS = const(1_000)
_LAST_PIECES = const(128)  # of 256 bytes: what is read after an answer that refuses
_MAX_UNKNOWN = const(512)  # bytes of a body from somebody who has proven nothing yet
_MAX_NESTING = const(20)  # objects and lists in a body; each costs many times its two bytes


class Request:
    """What an action gets (actions.py).

    visitor: who asks, None for an address that is open to all; given: the JSON of the body, a
    dict; where: the address that it comes from; log_seldom: (text) -> None.
    """

    def __init__(self, sources: "Sources", connection: "Connection", head: Head,
                 visitor: "Visitor | None", where: str, log_seldom: "Callable[[str], None]"):
        self.sources = sources
        self.connection = connection
        self.head = head
        self.visitor = visitor
        self.where = where
        self.log_seldom = log_seldom
        self.given: dict = {}

    def now(self) -> int | None:
        """Seconds since 2000, UTC; None if nobody knows."""
        return utc(self.sources.hub)


class Requests:
    """Answers requests. For the parameters see connections.ConnectionPool."""

    def __init__(self, sources: "Sources", streams: "Streams", counters: dict,
                 log_seldom: "Callable[[str], None]"):
        self._sources = sources
        self._routes = Routes(sources, streams)
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
        headers: tuple = ()
        if problem:
            self._counters["refused"] += 1
        else:
            self._counters["requests"] += 1
            connection.phase = ANSWERING
            connection.expire_in(IDLE_MS)
            request = Request(self._sources, connection, head, None, address_of(peer),
                              self._log_seldom)
            key, problem, headers = self._admission(request)
            if not problem:
                if key in BODIES or file_of(key):
                    await self._skip_body(connection, head)
                    return await self._routes.answer(connection, head)
                problem, headers = await self._act(key, request)
        if problem:
            await self._refuse(connection, head, problem, headers)
        return False

    def _admission(self, request):
        """(key of the route, problem or "", headers of the problem)."""
        sources = self._sources
        head = request.head
        problem = refusal(head, sources.hosts())
        if problem:
            self._counters["refused"] += 1
            return "", problem, ()
        visitor = who(head, sources.owner, sources.hub, request.where)
        problem = visitor if isinstance(visitor, str) else ""
        if not problem:
            request.visitor = visitor
        key, scope, allow = route_of(head.method, head.path)
        if key and scope == "any":
            return key, "", ()
        if not sources.owner.is_claimed():
            return "", "403n", ()
        if problem:
            self._counters["wrong_credentials"] += 1
            self._log_seldom("http: wrong credential from %s" % request.where)
            return "", problem, ()
        if not visitor:
            return "", "401", ()
        if not allow:
            return "", "404", ()
        if not key:
            return "", "405", ("Allow: " + allow,)
        if scope[0] not in visitor.scope:
            return "", "403s", ()
        connection = request.connection
        connection.visitor = visitor.session, visitor.token
        return key, "", ()

    async def _skip_body(self, connection, head):
        left = head.length - len(head.rest)
        while left > 0:
            left -= len(await connection.receive())

    async def _act(self, key, request):
        """Do what is asked, and answer; or return (problem, its headers)."""
        head = request.head
        connection = request.connection
        if head.length > _MAX_UNKNOWN and not request.visitor:
            return "413", ()
        body = head.rest
        head.rest = b""
        while len(body) < head.length:
            body += await connection.receive()
        if body.count(b"{") + body.count(b"[") > _MAX_NESTING:
            return "400j", ()
        if body:
            try:
                request.given = json.loads(body)
            except ValueError:
                return "400j", ()
            if not isinstance(request.given, dict):
                return "400j", ()
        from .actions import action_of

        answer = await action_of(key)(request)
        if isinstance(answer, str):
            return answer, ()
        status, text, headers = answer
        if " " not in status:
            return status, headers
        data = text.encode()
        connection.write(head_of(status, len(data), "application/json", "", *headers).encode())
        if head.method != "HEAD":
            connection.write(data)
        await connection.drain()
        return "", ()

    async def _refuse(self, connection, head, problem, headers):
        connection.phase = LEAVING
        connection.write(problem_of(problem, head.method != "HEAD", *headers))
        await connection.drain()
        # A socket that is closed with unread bytes resets the connection, and the client may never
        # see the answer that tells what was wrong: read on until the client has closed its side,
        # 32 kB at most.
        if problem != "401" or head.length > len(head.rest):
            connection.expire_in(_LEAVE_MS)
            for _ in range(_LAST_PIECES):
                await connection.receive()
