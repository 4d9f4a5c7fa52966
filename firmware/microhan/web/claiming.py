"""The device gets an owner, or loses it."""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from typing import Any

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


def take_over(owner: "Owner", http: dict, path: str, log: "Any") -> None:
    """Make the password of this section of the configuration the owner's, as claim() but without
    a session and before the loop runs, and its token the token "config". Both are hashed, and
    leave the section and the file at `path`: who reads the flash does not learn them."""
    from .granting import keep_owner, put_token

    try:
        if http["password"]:
            from .password import hashed_at_once

            log("http.password: hashed, for the page; this takes some seconds, once")
            keep_owner(owner.grants(), hashed_at_once(http["password"]), False)
        if http["token"]:
            put_token(owner.grants(), "config", "config", "nhr", http["token"], 0)
        owner.rest()
        http["password"] = http["token"] = ""
        from ..config.settings import Settings

        settings = Settings(path)
        config = settings.load()[0]
        config["http"]["password"] = config["http"]["token"] = ""
        settings.save(config)
    except OSError as error:
        log.warn("http.password and http.token could not be taken over (%s)" % error)


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
