"""Who is asking, and what they may: the checks that each request passes before its answer.

A web page of a stranger can have a browser inside the house ask us. What stops it: the Host header
must be ours (DNS rebinding), Origin, where it is sent, must be the Host (cross-site requests), the
cookie is SameSite, and what changes something needs a header that no form can send.
"""

import time
from binascii import a2b_base64
from typing import TYPE_CHECKING

from micropython import const

from ..reading.calendar import days_from_civil

if TYPE_CHECKING:
    from ..hub.hub import Hub
    from .owner import Owner
    from .request_head import Head

OWNER = "nhro"
_SESSION_S = const(30 * 86400)  # as in granting.py
_RENEW_S = const(86400)  # each use renews a session: on flash once a day at most
_CLOCK_IS_SET = const(2026)  # a clock that shows an earlier year was never set


class Visitor:
    """Who is asking.

    session: the digest of an owner's session, "" if there is none; token: the id of a token, ""
    if it is none. scope: the letters of grants.py, and "o" for the owner.
    """

    def __init__(self, session: str, token: str, scope: str):
        self.session = session
        self.token = token
        self.scope = scope


def utc(hub: "Hub") -> int | None:
    """Seconds since 2000, UTC: by the device's clock if it was set, otherwise by the meter's; None
    if nobody knows."""
    year, month, day, hour, minute, second = time.gmtime()[:6]
    if year >= _CLOCK_IS_SET:
        return ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
    return hub.state.utc()


def refusal(head: "Head", hosts: "list[str]") -> str:
    """The problem of a request that no page of ours and no program would send; "" if it has
    none. hosts: our own names and addresses."""
    name = head.host.lower().partition(b":")[0]
    if head.host and name not in [host.encode() for host in hosts]:
        return "421"
    if head.origin and head.origin != b"http://" + head.host:
        return "403o"
    if head.method not in ("GET", "HEAD", "OPTIONS") and not head.is_deliberate:
        return "403x"
    return ""


def who(head: "Head", owner: "Owner", hub: "Hub", where: str) -> "Visitor | str | None":
    """The Visitor; None if the request brings no credential; the problem of one that is wrong.

    where: the address that it comes from.
    """
    if head.authorization:
        secret = _secret_in(head.authorization)
        token = owner.grants().token(secret) if secret else None
        if not token:
            return "401"
        id_, _, scope, _, expires, *_ = token
        now = utc(hub)
        if expires:
            if now is None:
                return "401c"
            if now >= expires:
                return "401e"
        owner.note_use(token, now, where)
        return Visitor("", id_, scope)
    if head.cookie:
        session = owner.grants().session(head.cookie)
        if not session:
            return "401"
        now = utc(hub)
        if now is not None:  # while nobody knows the time a session counts as valid
            until = session[1]
            if until and until <= now:
                return "401"
            if until < now + _SESSION_S - _RENEW_S:
                from .granting import renew

                renew(owner.grants(), session, now)
        return Visitor(session[0], "", OWNER)
    return None


def _secret_in(authorization):
    """The token in an Authorization header: of Bearer, or the password of Basic."""
    scheme, _, value = authorization.partition(b" ")
    scheme = scheme.lower()
    value = value.strip()
    if scheme == b"basic":
        try:
            return a2b_base64(value).partition(b":")[2]
        except ValueError:
            return b""
    return value if scheme == b"bearer" else b""
