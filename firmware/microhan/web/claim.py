"""POST /claim: the owner's password, from somebody who has the one-time code of the cable."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .actions import Request


async def claim(request: "Request") -> "tuple | str":
    """Make the password of the body the owner's, and begin a session."""
    sources = request.sources
    codes = sources.codes
    given = request.given
    if sources.owner.is_claimed():
        return "403a"
    if not codes or not codes.is_right(given.get("code")):
        return "403k"
    password = given.get("owner_password")
    if not isinstance(password, str):
        return "422p"
    return await take_over(request, password)


async def take_over(request: "Request", password: str) -> "tuple | str":
    """Make this the owner's password, whoever was the owner. Returns an answer with a cookie."""
    sources = request.sources
    owner = sources.owner
    if owner.checking:
        return "429", "", ("Retry-After: 3",)
    request.connection.expire_in(30_000)  # hashing takes seconds
    owner.checking = True
    try:
        secret = await owner.claim(password)
    except ValueError:
        return "422l"
    finally:
        owner.checking = False
    if sources.codes:
        sources.codes.void()
    if sources.portal:
        sources.portal.claimed()
    from .login import cookie

    return "204 No Content", "", (cookie(secret),)
