"""Whose the device is, and whom the owner has let in.

Kept for good is only what must outlast a request: the rest is on flash, and grants.py, which knows
the file, is loaded while there are requests.
"""

import time
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from ..store.files import Folder
    from .grants import Grants

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

    def claim(self, password: str) -> "Coroutine[Any, Any, str]":
        """Make this the owner's password. Its coroutine returns the value of a cookie: a new
        session.

        All earlier sessions end; tokens stay. Raises ValueError with a sentence if the password is
        too short or too long. Takes seconds, in slices of a few milliseconds.
        """
        from .claiming import claim

        return claim(self, password)

    def erase(self) -> None:
        """Forget the owner, all sessions and all tokens: the device can be claimed anew."""
        from .claiming import erase

        erase(self)

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
        from .granting import lets_in

        return lets_in(self.grants(), session, token)
