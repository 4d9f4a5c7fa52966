"""What runs in set-up mode: one file on the device, with what it imports."""

from typing import TYPE_CHECKING

from micropython import const

from ..net.pause import pause
from .captive_dns import CaptiveDns  # noqa: F401
from .networks_in_setup import InSetUp  # noqa: F401
from .session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from ..web.actions import Request

_SAY_MS = const(30_000)


class Announcer:
    """Says on the console how to get into the access point, every 30 s: who reads it holds the
    cable."""

    def __init__(self, name: str, password: str, beat: "Callable[[], None]"):
        self._text = "microhan access point %s password %s" % (name, password)
        self._beat = beat

    async def run(self) -> None:
        """Say it for ever."""
        while True:
            print(self._text)
            await pause(_SAY_MS, self._beat)


class Portal:
    """What web/ knows of set-up mode; portal.py has the answers.

    names: {"name": our host name, …}, for /setup.json; meter: () -> dict, the diagnosis; ip: of
    the access point. `address`: where phones are sent; `sources`: the server's.
    """

    def __init__(self, session: Session, names: dict, meter: "Callable[[], dict]", ip: str):
        self.session = session
        self.names = names
        self.meter = meter
        self.sources: "Any" = None
        self._ip = ip
        self.address = session.device.url(ip).partition("claim")[0]

    def hosts(self) -> list[str]:
        """Our names and addresses, as a browser's Host header has them."""
        return self.session.device.hosts() + [self._ip, self.session.address]

    def claimed(self) -> None:
        """Somebody has become the owner by the cable's code: nothing is left to do here."""
        if self.session.state == "ok":
            self.session.finish()

    def answer(self, request: "Request") -> "Coroutine[Any, Any, tuple | str]":
        """The coroutine that answers a request."""
        from .portal import answer

        return answer(self, request)
