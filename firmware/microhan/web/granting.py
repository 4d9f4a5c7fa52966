"""What changes grants.json: sessions and tokens begin and end. grants.py explains the file."""

import json
import os
from binascii import hexlify
from typing import TYPE_CHECKING

from micropython import const

from .grants import FORMAT

if TYPE_CHECKING:
    from .grants import Grants

SESSION_S = const(30 * 86400)  # a session lasts this long after its last use
_MAX_SESSIONS = const(8)
_MAX_TOKENS = const(8)  # besides the one of the configuration
_CONFIG = "config"  # its id
_SCOPES = ("now", "history", "raw")
# Fields of a session and of a token.
_DIGEST = const(0)
_UNTIL = const(1)
_ID = const(0)
_USED = const(5)


def new_secret() -> str:
    """128 random bits in hex."""
    return hexlify(os.urandom(16)).decode()


def words_of(letters: str) -> list[str]:
    """The words of a scope."""
    return [word for word in _SCOPES if word[0] in letters]


def letters_of(words: list) -> str:
    """The letters of a scope. What is no scope is left out."""
    return "".join([word[0] for word in _SCOPES if word in words])


def save(grants: "Grants") -> None:
    """Write the file. Raises OSError when flash is full."""
    grants.write(json.dumps({
        "format": FORMAT, "owner": grants.owner, "slow": grants.slow,
        "sessions": grants.sessions, "tokens": grants.tokens}).encode())


def try_to_save(grants: "Grants") -> None:
    """Write the file, unless flash is full: that shuts nobody out."""
    try:
        save(grants)
    except OSError:
        pass


def keep_owner(grants: "Grants", kept: list, with_session: bool) -> str:
    """Take over the owner's hashed password; all sessions end. Returns the cookie of a new one, or
    ""."""
    grants.owner = kept
    grants.is_claimed = True
    grants.slow = 0
    grants.sessions = []
    if with_session:
        return open_session(grants, None, "")
    save(grants)
    return ""


def open_session(grants: "Grants", now: int | None, instead_of: str) -> str:
    """Begin a session. Returns the value of its cookie. instead_of: the digest of one to end.

    now: seconds since 2000 UTC, or None while nobody knows the time.
    """
    from .grants import digest_of

    rows = [one for one in grants.sessions if one[_DIGEST] != instead_of]
    while len(rows) >= _MAX_SESSIONS:  # the one that was not used for longest
        rows.remove(min(rows, key=lambda one: one[_UNTIL]))
    secret = new_secret()
    rows.append([digest_of(secret.encode()), now + SESSION_S if now else 0])
    grants.sessions = rows
    save(grants)
    return secret


def renew(grants: "Grants", session: list, now: int) -> None:
    """Let a session last from now on."""
    session[_UNTIL] = now + SESSION_S
    try_to_save(grants)


def close_session(grants: "Grants", digest: str) -> None:
    """End one session; "": all of them."""
    grants.sessions = [one for one in grants.sessions if digest and one[_DIGEST] != digest]
    save(grants)


def lets_in(grants: "Grants", session: str, token: str) -> bool:
    """Whether the session of this digest, or the token of this id, is still there."""
    if token:
        return token in [one[_ID] for one in grants.tokens]
    return session in [one[_DIGEST] for one in grants.sessions]


def put_token(grants: "Grants", id_: str, name: str, scope: str, secret: str,
              expires: int) -> None:
    """Add a token, or replace the one with this id."""
    from .grants import digest_of

    grants.tokens = [one for one in grants.tokens if one[_ID] != id_]
    grants.tokens.append([id_, name, scope, digest_of(secret.encode()), expires, 0, ""])
    save(grants)


def is_full(grants: "Grants") -> bool:
    """Whether there is room for no further token."""
    return len([one for one in grants.tokens if one[_ID] != _CONFIG]) >= _MAX_TOKENS


def remove_token(grants: "Grants", id_: str) -> bool:
    """Revoke a token. Returns False if there is none with this id."""
    left = [one for one in grants.tokens if one[_ID] != id_]
    if len(left) == len(grants.tokens):
        return False
    grants.tokens = left
    save(grants)
    return True


def keep_uses(grants: "Grants", used: dict) -> None:
    """Write when and from where tokens were used: {id: (time or None, address)}."""
    for one in grants.tokens:
        time, where = used.get(one[_ID], (None, ""))
        if time:
            one[_USED:] = time, where
    try_to_save(grants)
