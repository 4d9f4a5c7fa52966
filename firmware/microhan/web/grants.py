"""The file grants.json: the owner's password, the sessions and the tokens, all of them hashed.

    {"format": 1,
     "owner": [rounds, salt, PBKDF2 of the password], or null
     "slow": how often the wait after a wrong password has doubled
     "sessions": [[SHA-256 of the cookie, expiry], ...]
     "tokens": [[id, name, scope, SHA-256 of the token, expiry, last used, from], ...]}

Bytes are in hex. Times are seconds since 2000, UTC; 0: none. scope: the first letters of its
words.

Cookies and tokens are 128 random bits: SHA-256 alone keeps them, since they cannot be guessed. The
owner's password can, so password.py makes each guess cost seconds.
"""

import json
import os
from binascii import hexlify
from hashlib import sha256
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from typing import Any

    from ..store.files import Folder

_MAX_SESSIONS = const(8)
_MAX_TOKENS = const(8)
_SESSION_S = const(30 * 86400)  # a session lasts this long after its last use
_RENEW_S = const(86400)  # and is written to flash once a day at most
_SCOPES = ("now", "history", "raw")

_FILE = "grants.json"
_FORMAT = const(1)
# Fields of a session and of a token.
_DIGEST = const(0)
_UNTIL = const(1)
_ID = const(0)
_SECRET = const(3)
_USED = const(5)


def new_secret() -> str:
    """128 random bits in hex."""
    return hexlify(os.urandom(16)).decode()


def digest_of(secret: bytes) -> str:
    """The SHA-256 of a cookie or a token, in hex."""
    return hexlify(sha256(secret).digest()).decode()


def is_same(one: str, other: str) -> bool:
    """Compare two digests. Always all of them: the time that it takes says nothing."""
    if len(one) != len(other):
        return False
    difference = 0
    for i in range(len(one)):
        difference |= ord(one[i]) ^ ord(other[i])
    return not difference


def words_of(letters: str) -> list[str]:
    """The words of a scope."""
    return [word for word in _SCOPES if word[0] in letters]


def letters_of(words: list) -> str:
    """The letters of a scope. What is no scope is left out."""
    return "".join([word[0] for word in _SCOPES if word in words])


class Grants:
    """The file's content. A file that cannot be understood is a claimed device that lets nobody
    in: a damaged flash must not open what was closed. claim() and erase() replace it."""

    def __init__(self, folder: "Folder"):
        self._folder = folder
        self._clear()
        data = folder.read(_FILE)
        self.is_claimed = data is not None
        if data is not None:
            try:
                self._take(json.loads(data))
            except (ValueError, KeyError, TypeError, IndexError):
                self._clear()

    def _clear(self):
        self.owner: "list | None" = None  # [rounds, salt, digest]
        self.slow = 0
        self.sessions: "list[list[Any]]" = []
        self.tokens: "list[list[Any]]" = []

    def _take(self, told):
        if told["format"] != _FORMAT:
            raise ValueError
        self.owner = told["owner"]
        self.slow = told["slow"]
        self.sessions = told["sessions"]
        self.tokens = told["tokens"]
        self.is_claimed = self.owner is not None

    def save(self) -> None:
        """Write the file. Raises OSError when flash is full."""
        self._folder.write(_FILE, json.dumps({
            "format": _FORMAT, "owner": self.owner, "slow": self.slow,
            "sessions": self.sessions, "tokens": self.tokens}).encode())

    def claim(self, kept: list, with_session: bool) -> str:
        """Take over the owner's hashed password, end all sessions. Returns the cookie of a new
        one, or ""."""
        self.owner = kept
        self.is_claimed = True
        self.slow = 0
        self.sessions = []
        if with_session:
            return self.open_session(None, "")
        self.save()
        return ""

    def erase(self) -> None:
        """Forget everything."""
        self._clear()
        self.is_claimed = False
        self.save()

    def open_session(self, now: int | None, instead_of: str) -> str:
        """Begin a session. Returns the value of its cookie. instead_of: the digest of one to end.

        now: seconds since 2000 UTC, or None while nobody knows the time.
        """
        self._drop_session(instead_of)
        while len(self.sessions) >= _MAX_SESSIONS:  # the one that was not used for longest
            self.sessions.remove(min(self.sessions, key=lambda one: one[_UNTIL]))
        secret = new_secret()
        self.sessions.append([digest_of(secret.encode()), now + _SESSION_S if now else 0])
        self.save()
        return secret

    def session(self, cookie: bytes, now: int | None) -> "list | None":
        """The session of this cookie, or None. While nobody knows the time it counts as valid."""
        digest = digest_of(cookie)
        found = None
        for one in self.sessions:
            if is_same(one[_DIGEST], digest):
                found = one
        if found and now:
            if found[_UNTIL] and found[_UNTIL] <= now:
                return None
            if found[_UNTIL] < now + _SESSION_S - _RENEW_S:
                found[_UNTIL] = now + _SESSION_S
                self._try_to_save()
        return found

    def _drop_session(self, digest):
        self.sessions = [one for one in self.sessions if one[_DIGEST] != digest]

    def close_session(self, digest: str) -> None:
        """End one session; "": all of them."""
        if digest:
            self._drop_session(digest)
        else:
            self.sessions = []
        self.save()

    def token(self, secret: bytes) -> "list | None":
        """The token, or None. It may have expired."""
        digest = digest_of(secret)
        found = None
        for one in self.tokens:
            if is_same(one[_SECRET], digest):
                found = one
        return found

    def put_token(self, id_: str, name: str, scope: str, secret: str, expires: int) -> None:
        """Add a token, or replace the one with this id."""
        self.tokens = [one for one in self.tokens if one[_ID] != id_]
        self.tokens.append([id_, name, scope, digest_of(secret.encode()), expires, 0, ""])
        self.save()

    def is_full(self) -> bool:
        """Whether there is room for no further token."""
        return len(self.tokens) >= _MAX_TOKENS

    def remove_token(self, id_: str) -> bool:
        """Revoke a token. Returns False if there is none with this id."""
        left = [one for one in self.tokens if one[_ID] != id_]
        if len(left) == len(self.tokens):
            return False
        self.tokens = left
        self.save()
        return True

    def keep_uses(self, used: dict) -> None:
        """Write when and from where tokens were used: {id: (time or None, address)}."""
        for one in self.tokens:
            time, where = used.get(one[_ID], (None, ""))
            if time:
                one[_USED:] = time, where
        self._try_to_save()

    def _try_to_save(self):
        try:
            self.save()
        except OSError:
            pass  # a full flash shuts nobody out
