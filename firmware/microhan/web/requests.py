"""A request, from its head to its answer.

Loaded when one comes, and dropped when none has come for a while: streams go on without it.
"""

from typing import TYPE_CHECKING

from micropython import const

from .access import refusal, utc, who
from .answers import file_of, problem_of, route_of
from .connection import ANSWERING, IDLE_MS, LEAVING, UNPROVEN
from .request_head import Head
from .routes import BODIES, Routes

if TYPE_CHECKING:
    from collections.abc import Callable

    from .connection import Connection
    from .server import Sources
    from .strangers import Strangers
    from .streams import Streams

_LEAVE_MS = const(1_000)
# What does something needs memory, but no place: a login takes seconds, a test of MQTT more.
_ANY = const(100)
_FRAME = const(512)  # bytes of a body that are kept: a Shelly's frame
_LAST_PIECES = const(128)  # of 256 bytes: what is read after an answer that refuses


class Requests:
    """Answers requests. For the parameters see connections.ConnectionPool."""

    def __init__(self, sources: "Sources", streams: "Streams", strangers: "Strangers",
                 counters: dict, log_seldom: "Callable[[str], None]"):
        self._sources = sources
        self._strangers = strangers
        self._routes = Routes(sources, streams)
        self._counters = counters
        self._log_seldom = log_seldom

    async def converse(self, connection: "Connection") -> bool:
        """Read a request and write its answer. Returns True if events are to follow.

        Raises OSError when the client has left.
        """
        head = Head()
        problem = None
        while problem is None:
            problem = head.feed(await connection.receive())
        headers: tuple = ()
        is_whole = not problem
        if problem:
            self._counters["refused"] += 1
        else:
            self._counters["requests"] += 1
            connection.expire_in(IDLE_MS)
            where = connection.where
            key, scope, visitor, problem, headers = self._admission(head, where)
            if not problem:
                if visitor:
                    self._strangers.forget(where)
                    connection.phase = ANSWERING
                    connection.visitor = visitor.session, visitor.token
                else:
                    connection.phase = UNPROVEN
                if key in BODIES or file_of(key) or not scope and key != "/ws":
                    left = head.length - len(head.rest)
                    while left > 0:
                        piece = await connection.receive()
                        left -= len(piece)
                        if len(head.rest) < _FRAME:
                            head.rest += piece
                    return await self._routes.answer(connection, head, key)
                await self._routes.turn(_ANY)
                problem, headers = await self._act(key, connection, head, visitor, where)
        if problem:
            if problem[:3] in ("401", "429"):
                self._strangers.note(connection.where)
            await self._refuse(connection, head, problem, headers, is_whole)
        return False

    def _admission(self, head, where):
        """(key of the route, its scope, Visitor or None, problem or "", headers of the problem).
        """
        sources = self._sources
        problem = refusal(head, sources.hosts())
        key, scope, allow = route_of(head.method, head.path, self._opened(where))
        is_open = key != "" and not scope
        if problem and not (is_open and problem == "403x"):  # their programs know no such header
            if problem == "421" and sources.portal:  # a phone that looks for the internet
                return "", "", None, "302", ("Location: " + sources.portal.address,)
            self._counters["refused"] += 1
            return "", "", None, problem, ()
        problem = ""
        visitor = who(head, sources.owner, sources.hub, where)
        if isinstance(visitor, str):
            problem = visitor
            visitor = None
        headers: tuple = ()
        is_claimed = sources.owner.is_claimed()
        if key and (scope == "any" or is_open and is_claimed):
            if problem:
                self._strangers.note(where)  # a guess all the same
            problem = ""
        elif not is_claimed:
            problem = "403n"
        elif problem:
            self._counters["wrong_credentials"] += 1
            self._log_seldom("http: wrong credential from %s" % where)
        elif not visitor:
            problem = "401"
        elif not allow:
            problem = "404"
        elif not key:
            problem = "405"
            headers = ("Allow: " + allow,)
        elif scope[0] not in visitor.scope:
            problem = "403s"
        return key, scope, visitor, problem, headers

    def _opened(self, where):
        """The section `open` of the configuration, as far as it is for who comes from there."""
        opened = self._sources.open or {}
        if opened.get("allow"):
            from ..net.allowed import is_allowed

            if not is_allowed(where, opened["allow"]):
                return {}
        return opened

    def _act(self, key, *about):
        """Return the coroutine of an action. Separate, so that the locals of the import are freed:
        a coroutine keeps its frame for as long as it runs."""
        from .actions import Request

        return Request(self._sources, self._log_seldom, utc, *about).act(key)

    async def _refuse(self, connection, head, problem, headers, is_whole):
        connection.phase = LEAVING
        connection.write(problem_of(problem, head.method != "HEAD", *headers))
        await connection.drain()
        # A socket that is closed with unread bytes resets the connection, and the client may never
        # see the answer that tells what was wrong: read on until the client has closed its side,
        # 32 kB at most.
        if not is_whole or head.length > len(head.rest):
            connection.expire_in(_LEAVE_MS)
            for _ in range(_LAST_PIECES):
                await connection.receive()
