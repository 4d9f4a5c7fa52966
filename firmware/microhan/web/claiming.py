"""The device gets an owner, or loses it."""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from .owner import Owner

_LEAST = const(10)  # characters of a password
_MOST = const(128)


def _check_length(password):
    if not _LEAST <= len(password) <= _MOST:
        raise ValueError("the password must have %d to %d characters" % (_LEAST, _MOST))


async def claim(owner: "Owner", password: str) -> str:
    """Owner.claim()."""
    from .password import hashed

    _check_length(password)
    kept = await hashed(password)
    from .granting import keep_owner

    owner.wrong = 0
    owner.version += 1
    return keep_owner(owner.grants(), kept, True)


def take_over(owner: "Owner", password: str, token: str) -> None:
    """Take over what the configuration has: a password, as claim() but without a session, and
    before the loop runs; and a token. "" for either: it stays as it is."""
    from .granting import keep_owner, put_token

    if password:
        from .password import hashed_at_once

        keep_owner(owner.grants(), hashed_at_once(password), False)
    if token:
        put_token(owner.grants(), "config", "config", "nhr", token, 0)
    owner.rest()


def erase(owner: "Owner") -> None:
    """Owner.erase()."""
    from .granting import save

    owner.used.clear()
    owner.wrong = 0
    owner.version += 1
    grants = owner.grants()
    grants.clear()
    grants.is_claimed = False
    save(grants)
