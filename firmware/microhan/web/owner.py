"""Whose the device is, and whom the owner has let in.

Kept for good is only what must outlast a request: the rest is on flash, and grants.py, which knows
the file, is loaded while there are requests.
"""

import time
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from ..store.files import Folder
    from .grants import Grants

LEAST_PASSWORD = const(10)  # characters
MOST_PASSWORD = const(128)
_KEEP_S = const(3600)


class Owner:
    """folder: where grants.json is, /data.

    `used` {token's id: (seconds since 2000 UTC or None, address)}: the newest use of each token.
    `checking`: a password is being checked; that takes seconds, so it is one at a time.
    `wrong`: wrong passwords since the last right one. `tried`: ticks_ms of the last wrong one,
    or of the start. `version` rises when somebody is let in no longer.
    """

    def __init__(self, folder: "Folder"):
        self._folder = folder
        self._grants: "Grants | None" = None
        self.used: dict = {}
        self.checking = False
        self.wrong = 0
        self.tried = time.ticks_ms()
        self.version = 0

    def grants(self) -> "Grants":
        """What is on flash. Only granting.py changes it."""
        if not self._grants:
            from .grants import Grants

            self._grants = Grants(self._folder)
        return self._grants

    def rest(self) -> None:
        """Forget what can be read from flash again: nobody has asked anything for a while."""
        self._grants = None

    def is_claimed(self) -> bool:
        """Whether there is an owner. Until then nobody may read anything."""
        return self.grants().is_claimed

    async def claim(self, password: str) -> str:
        """Make this the owner's password. Returns the value of a cookie: a new session.

        All earlier sessions end; tokens stay. Raises ValueError with a sentence if the password is
        too short or too long. Takes seconds, in slices of a few milliseconds.
        """
        from .password import hashed

        check_length(password)
        kept = await hashed(password)
        self.wrong = 0
        self.version += 1
        from .granting import claim

        return claim(self.grants(), kept, True)

    def claim_at_start(self, password: str, token: str) -> None:
        """Take over what the configuration has: a password, as claim() but without a session, and
        before the loop runs; and a token. "" for either: it stays as it is."""
        from .granting import claim, put_token

        if password:
            from .password import hashed_at_once

            claim(self.grants(), hashed_at_once(password), False)
        if token:
            put_token(self.grants(), "config", "config", "nhr", token, 0)
        self.rest()

    def erase(self) -> None:
        """Forget the owner, all sessions and all tokens: the device can be claimed anew."""
        self.used.clear()
        self.wrong = 0
        self.version += 1
        grants = self.grants()
        grants.clear()
        grants.is_claimed = False
        grants.save()

    def note_use(self, token: list, now: int | None, where: str) -> None:
        """Remember when and from where a token was used; on flash once an hour at most.

        token: a row of grants.json.
        """
        self.used[token[0]] = now, where
        if now and now - token[5] >= _KEEP_S:
            from .granting import keep_uses

            keep_uses(self.grants(), self.used)

    def lets_in(self, session: str, token: str) -> bool:
        """Whether the session of this digest, or the token of this id, is still there."""
        grants = self.grants()
        if token:
            return token in [one[0] for one in grants.tokens]
        return session in [one[0] for one in grants.sessions]


def check_length(password: str) -> None:
    """Raise ValueError with a sentence unless the password has a length that is allowed."""
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        raise ValueError("the password must have %d to %d characters"
                         % (LEAST_PASSWORD, MOST_PASSWORD))
