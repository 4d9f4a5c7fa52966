"""The addresses that do something, or show what only the owner may see.

Each is a coroutine function of a Request (requests.py). It returns the key of a problem in
answers.txt; or (status, body, headers); or (key of a problem, "", headers).
"""

import json
from typing import TYPE_CHECKING

from .. import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from .requests import Request


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
    from .tokens import create, revoke, show

    return {"/tokens": show, "POST /tokens": create}.get(key, revoke)


async def session(request: "Request") -> tuple:
    """What a page asks first: who it is, and whether there is an owner."""
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
        "scope": visitor.scopes() if visitor else [],
        "id": sources.id,
        "version": VERSION,
        "language": sources.language,
    }), headers
