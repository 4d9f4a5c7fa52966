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

Here is what every request needs. granting.py has what changes the file.
"""

import json
from binascii import hexlify
from hashlib import sha256
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from typing import Any

    from ..store.files import Folder

_FILE = "grants.json"
FORMAT = const(1)
# Fields of a session and of a token.
_DIGEST = const(0)
_SECRET = const(3)


def digest_of(secret: bytes) -> str:
    """The SHA-256 of a cookie or a token, in hex."""
    return hexlify(sha256(secret).digest()).decode()


def is_same(one: str, other: str) -> bool:
    """Compare two digests or codes. Always all of them: the time that it takes says nothing."""
    mine, theirs = one.encode(), other.encode()  # MicroPython would keep each letter of a text
    if len(mine) != len(theirs):
        return False
    difference = 0
    for i in range(len(mine)):
        difference |= mine[i] ^ theirs[i]
    return not difference


class Grants:
    """The file's content. A file that cannot be understood is a claimed device that lets nobody
    in: a damaged flash must not open what was closed. A new claim replaces it."""

    def __init__(self, folder: "Folder"):
        self._folder = folder
        self.clear()
        data = folder.read(_FILE)
        self.is_claimed = data is not None
        if data is not None:
            try:
                told = json.loads(data)
                if told["format"] != FORMAT:
                    raise ValueError
                self.owner: "list | None" = told["owner"]  # [rounds, salt, digest]
                self.slow = told["slow"]
                self.sessions: "list[list[Any]]" = told["sessions"]
                self.tokens: "list[list[Any]]" = told["tokens"]
                self.is_claimed = self.owner is not None
            except (ValueError, KeyError, TypeError):
                self.clear()

    def clear(self) -> None:
        """Forget everything, in memory."""
        self.owner = None
        self.slow = 0
        self.sessions = []
        self.tokens = []

    def write(self, data: bytes) -> None:
        """Replace the file. Raises OSError when flash is full."""
        self._folder.write(_FILE, data)

    def session(self, cookie: bytes) -> "list | None":
        """The session of this cookie, or None. It may have expired."""
        return _found(self.sessions, _DIGEST, cookie)

    def token(self, secret: bytes) -> "list | None":
        """The token, or None. It may have expired."""
        return _found(self.tokens, _SECRET, secret)


def _found(rows, field, secret):
    """The row with the digest of this secret, or None. All are looked at."""
    digest = digest_of(secret)
    found = None
    for row in rows:
        if is_same(row[field], digest):
            found = row
    return found
