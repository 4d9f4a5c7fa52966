"""The one-time code of `/claim?code=…`: who has it has held the cable, or the label."""

import time
from binascii import hexlify
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..web.owner import Owner

_VALID_MS = const(600_000)
_BYTES = const(8)  # 64 bits are not guessed within that time


class ClaimCode:
    """random(n) -> bytes; port: of the page. `text`: the code, "" while there is none."""

    def __init__(self, random: "Callable[[int], bytes]", owner: "Owner", port: int):
        self._random = random
        self._owner = owner
        self.port = port
        self.text = ""
        self._until = 0

    def renew(self) -> str:
        """Make a code, valid for 10 minutes; the one before is void. Returns it."""
        self.text = hexlify(self._random(_BYTES)).decode()
        self._until = time.ticks_add(time.ticks_ms(), _VALID_MS)
        return self.text

    def current(self) -> str:
        """The code that is valid, made where there is none."""
        return self.text if self._is_valid() else self.renew()

    def page(self, address: str) -> str:
        """The page at this address."""
        return "http://%s%s/" % (address, "" if self.port == 80 else ":%d" % self.port)

    def url(self, address: str) -> str:
        """The page; while nobody owns the device, where it can be claimed."""
        page = self.page(address)
        return page if self._owner.is_claimed() else page + "claim?code=" + self.current()

    def _is_valid(self):
        return self.text != "" and time.ticks_diff(self._until, time.ticks_ms()) > 0

    def is_right(self, code: object) -> bool:
        """Whether this is the code. It stays valid until void()."""
        if not isinstance(code, str) or not self._is_valid() or len(code) != len(self.text):
            return False
        difference = 0
        for i in range(len(code)):
            difference |= ord(code[i]) ^ ord(self.text[i])
        return not difference

    def void(self) -> None:
        """It has been used."""
        self.text = ""
