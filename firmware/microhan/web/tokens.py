"""Tokens: for each program, and each person who only reads, one that can be revoked alone."""

import json
from typing import TYPE_CHECKING

from micropython import const

from ..reading.calendar import days_from_civil, iso_time
from ..reading.json_text import letters as each_letter

if TYPE_CHECKING:
    from .actions import Request

_MAX_NAME = const(32)
_DAY_S = const(86400)


def _shown(seconds):
    return iso_time(seconds, 0) if seconds else None


async def show(request: "Request") -> tuple:
    """All tokens, without what opens."""
    from .granting import words_of

    owner = request.sources.owner
    rows = []
    for id_, name, scope, _, expires, used, where in owner.grants().tokens:
        used, where = owner.used.get(id_, (used, where))
        rows.append({"id": id_, "name": name, "scope": words_of(scope),
                     "expires": _shown(expires), "last_used": _shown(used),
                     "last_from": where or None})
    return "200 OK", json.dumps(rows), ()


async def create(request: "Request") -> "tuple | str":
    """Make a token. Its answer is the only place where it is ever shown."""
    from .granting import is_full, letters_of, new_secret, put_token

    given = request.given
    grants = request.sources.owner.grants()
    name = given.get("name")
    name = name.strip() if isinstance(name, str) else ""
    if not 1 <= len(name) <= _MAX_NAME or any(
            [ch < " " or "\x7f" <= ch < "\xa0" for ch in each_letter(name)]):
        return "422n"
    asked = given.get("scope")
    if not isinstance(asked, list):
        return "422s"
    letters = letters_of(asked)
    if not letters or len(letters) != len(asked):
        return "422s"
    expires = 0
    if given.get("expires") is not None:
        now = request.now()
        if now is None:
            return "422c"
        expires = seconds_of(given["expires"])
        if expires <= now:
            return "422e"
    if is_full(grants):
        return "422m"
    id_ = new_secret()[:8]
    secret = new_secret()
    put_token(grants, id_, name, letters, secret, expires)
    return "200 OK", json.dumps({"id": id_, "token": secret}), ()


def seconds_of(text: "object") -> int:
    """Seconds since 2000, UTC, of "2026-12-31", until that day is over, or of
    "2026-12-31T18:00:00Z"; 0 if it is neither."""
    try:
        assert isinstance(text, str)
        date, _, time = text.partition("T")
        year, month, day = [int(part) for part in date.split("-")]
        if not (2000 <= year <= 2099 and 1 <= month <= 12 and 1 <= day <= 31):
            return 0
        seconds = days_from_civil(year, month, day) * _DAY_S
        if not time:
            return seconds + _DAY_S
        if time[-1] != "Z":
            return 0
        hour, minute, second = [int(part) for part in time[:-1].partition(".")[0].split(":")]
        return seconds + (hour * 60 + minute) * 60 + second
    except (ValueError, AssertionError):
        return 0


async def revoke(request: "Request") -> "tuple | str":
    """Revoke the token whose id ends the address."""
    from .granting import remove_token

    owner = request.sources.owner
    id_ = request.head.path.rpartition("/")[2]
    if not remove_token(owner.grants(), id_):
        return "404"
    owner.version += 1
    owner.used.pop(id_, None)
    return "204 No Content", "", ()
