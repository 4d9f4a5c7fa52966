"""The one-time code of `/claim?code=…`: who has it has held the cable, or the label."""

import time
from binascii import hexlify
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_VALID_MS = const(600_000)
_BYTES = const(8)  # 64 bits are not guessed within that time


class ClaimCode:
    """random(n) -> bytes. `text`: the code, "" while there is none, or once it was used."""

    def __init__(self, random: "Callable[[int], bytes]"):
        self._random = random
        self.text = ""
        self._until: "Any" = 0  # ticks_ms
        self._is_used = False

    def current(self) -> str:
        """The code, made anew where there is none, or where it has lasted ten minutes. "" once one
        was used: the device has its owner then."""
        if not self._is_used and not self._is_valid():
            self.text = hexlify(self._random(_BYTES)).decode()
            self._until = time.ticks_add(time.ticks_ms(), _VALID_MS)
        return self.text

    def _is_valid(self):
        return self.text != "" and time.ticks_diff(self._until, time.ticks_ms()) > 0

    def is_right(self, code: object) -> bool:
        """Whether this is the code. It stays valid until void()."""
        from ..web.grants import is_same

        return isinstance(code, str) and self._is_valid() and is_same(code, self.text)

    def void(self) -> None:
        """It has been used."""
        self.text = ""
        self._is_used = True
