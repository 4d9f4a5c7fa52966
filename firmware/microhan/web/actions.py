"""The addresses that do something, or show what only the owner may see.

Each is a coroutine function of a Request. It returns the key of a problem in
answers.txt; or (status, body, headers); or (key of a problem, "", headers).
"""

import json
import sys
from typing import TYPE_CHECKING

from micropython import const

from .. import VERSION
from .answers import head_of
from .connection import GONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from .access import Visitor
    from .connection import Connection
    from .request_head import Head
    from .server import Sources

_MAX_UNKNOWN = const(512)  # bytes of a body from somebody who has proven nothing yet
_MAX_NESTING = const(20)  # objects and lists in a body; each costs many times its two bytes


def action_of(key: str) -> "Callable":
    """The action of a row of answers.txt, like "POST /login"."""
    if key == "/session.json":
        return session
    if key.endswith("/login"):
        from .login import login

        return login
    if key.endswith("/logout"):
        from .login import logout

        return logout
    if key in ("/setup.json", "POST /setup", "POST /erase"):
        return in_set_up
    if key == "/ws":
        from .websocket import upgrade

        return upgrade
    if key == "POST /claim":
        from .claim import claim

        return claim
    if "/tokens" in key:
        from .tokens import create, revoke, show

        return {"/tokens": show, "POST /tokens": create}.get(key, revoke)
    if key == "POST /backup":
        from .restore import restore

        return restore
    if "/update" in key or key == "POST /install":
        from .update import update

        return update
    from .settings import settings_action

    return settings_action(key)


async def in_set_up(request: "Request") -> "tuple | str":
    """What only set-up mode answers."""
    portal = request.sources.portal
    return await portal.answer(request) if portal else "404"


class Request:
    """What an action gets.

    visitor: who asks, None for somebody
    unknown; where: the address that it comes from; log_seldom: (text) -> None; given: the JSON of
    the body, a dict.
    """

    def __init__(self, sources: "Sources", log_seldom: "Callable[[str], None]",
                 utc: "Callable", connection: "Connection", head: "Head",
                 visitor: "Visitor | None", where: str):
        self.sources = sources
        self.log_seldom = log_seldom
        self._utc = utc
        self.connection = connection
        self.head = head
        self.visitor = visitor
        self.where = where
        self.given: dict = {}

    def now(self) -> int | None:
        """Seconds since 2000, UTC, or None if nobody knows."""
        return self._utc(self.sources.hub)

    async def act(self, key: str) -> tuple[str, tuple]:
        """Do what is asked, and answer: ("", ()). Or return (problem, its headers)."""
        problem = "" if key in ("POST /backup", "POST /update") else await self._take_body()
        if problem:
            return problem, ()
        try:
            answer = await action_of(key)(self)
        except MemoryError:
            answer = "503m"
        except Exception as error:  # a flash that is full, or a fault of ours
            if error.args[:1] == (GONE,):
                raise
            sys.print_exception(error)
            answer = "500"
        if isinstance(answer, str):
            return answer, ()
        status, text, headers = answer
        if " " not in status:
            return status, headers
        connection = self.connection
        data = text.encode()
        connection.write(head_of(status, len(data), "application/json", "", *headers).encode())
        if self.head.method != "HEAD":
            connection.write(data)
        await connection.drain()
        return "", ()

    async def _take_body(self):
        """Read the body. Returns "" or its problem."""
        head = self.head
        if head.length > _MAX_UNKNOWN and not (self.visitor or self.sources.portal):
            return "413"
        while len(head.rest) < head.length:
            head.rest += await self.connection.receive()
        body = head.rest[: max(0, head.length)]
        if body.count(b"{") + body.count(b"[") > _MAX_NESTING:
            return "400j"
        if body:
            try:
                self.given = json.loads(body)
            except ValueError:
                return "400j"
        return "" if isinstance(self.given, dict) else "400j"


async def session(request: "Request") -> tuple:
    """What a page asks first: who it is, and whether there is an owner."""
    from .granting import words_of

    sources = request.sources
    visitor = request.visitor
    headers: tuple = ()
    if visitor and visitor.session:
        from .login import cookie

        headers = (cookie(request.head.cookie.decode()),)  # the browser's copy lives on, too
    return "200 OK", json.dumps({
        "claimed": sources.owner.is_claimed(),
        "mode": sources.mode,
        "session": None if not visitor else "owner" if visitor.session else "token",
        "scope": words_of(visitor.scope) if visitor else [],
        "id": sources.id,
        "version": VERSION,
        "language": sources.language,
        "fuse": sources.fuse if visitor else 0,
    }), headers
