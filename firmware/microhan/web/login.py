"""Logging in and out: the owner's password for a cookie."""

import time
from typing import TYPE_CHECKING

from micropython import const

from .connection import ANSWERING

if TYPE_CHECKING:
    from typing import Any

    from .actions import Request
    from .owner import Owner

_SESSION_S = const(30 * 86400)  # as in grants.py
_PATIENCE_MS = const(30_000)  # that a check may take
# Wrong passwords that cost nothing; each later one doubles the wait before the next may be tried,
# from 2 s to 256 s: 340 guesses a day.
_FREE = const(3)
_MOST_SLOW = const(8)


def cookie(value: str) -> str:
    """The header that sets our cookie; "" takes it away."""
    return ("Set-Cookie: microhan=%s; HttpOnly; SameSite=Strict; Path=/; Max-Age=%d"
            % (value, _SESSION_S if value else 0))


def wait_s(owner: "Owner") -> int:
    """Seconds until the next password may be tried; 0: now."""
    slow = owner.grants().slow
    if not slow:
        return 0
    most = 1000 << slow
    left = most - time.ticks_diff(time.ticks_ms(), owner.tried)
    return (left + 999) // 1000 if 0 < left <= most else 0


async def login(request: "Request") -> "tuple | str":
    """Check the owner's password, and begin a session."""
    owner = request.sources.owner
    grants = owner.grants()
    if not grants.is_claimed:
        return "403n"
    if not grants.owner:
        return "500g"
    password: "Any" = request.given.get("password")
    try:
        password.encode()
    except (AttributeError, ValueError):  # no text, or one that UTF-8 does not have
        return "422p"
    wait = wait_s(owner)
    if wait or owner.checking:
        return "429", "", ("Retry-After: %d" % (wait or 3),)
    from .password import hashed, is_dated, is_right

    request.connection.phase = ANSWERING
    request.connection.expire_in(_PATIENCE_MS)
    owner.checking = True
    try:
        kept = grants.owner
        right = await is_right(password, kept)
        if right and is_dated(kept):
            kept = await hashed(password)
    finally:
        owner.checking = False
    grants = owner.grants()  # it may have been read anew meanwhile
    if not right:
        _slow_down(owner, grants)
        request.log_seldom("http: wrong password from %s" % request.where)
        return "401p"
    owner.wrong = grants.slow = 0
    grants.owner = kept
    visitor = request.visitor
    from .granting import open_session

    secret = open_session(grants, request.now(), visitor.session if visitor else "")
    return "204 No Content", "", (cookie(secret),)


def _slow_down(owner, grants):
    owner.tried = time.ticks_ms()
    owner.wrong += 1
    if (owner.wrong >= _FREE or grants.slow) and grants.slow < _MOST_SLOW:
        from .granting import try_to_save

        grants.slow += 1
        try_to_save(grants)


async def logout(request: "Request") -> "tuple | str":
    """End this session, or with "everywhere" all of them."""
    from .granting import close_session

    owner = request.sources.owner
    visitor = request.visitor
    everywhere = request.given.get("everywhere") is True
    if visitor and visitor.session:
        owner.version += 1
        close_session(owner.grants(), "" if everywhere else visitor.session)
    elif everywhere:
        return "401"
    return "204 No Content", "", (cookie(""),)
