"""What the cable (cable.py) asks in set-up mode."""

from typing import TYPE_CHECKING

from .improv import PROVISIONED, PROVISIONING, READY

if TYPE_CHECKING:
    from collections.abc import Callable

    from .session import Session


class InSetUp:
    """The network as the cable sees it in set-up mode. `beat`: the cable's."""

    def __init__(self, session: "Session", beat: "Callable[[], None]"):
        self._session = session
        self._beat = beat

    def state(self) -> int:
        """An Improv state."""
        return {"ok": PROVISIONED, "trying": PROVISIONING}.get(
            self._session.state, READY)

    def is_awaited(self) -> bool:
        """Whether a PC still waits for the answer to what it asked before the restart."""
        return self._session.reason == "cable"

    async def joined(self) -> bool:
        """Wait for the end of the try that is under way. Returns whether it succeeded."""
        return await self._session.joined(self._beat)

    def scan(self) -> list:
        """The networks, scanned anew if that was not a moment ago."""
        self._session.radio.scan()
        return self._session.radio.networks

    async def join_network(self, name: str, password: str) -> bool:
        """Store it, then try it."""
        session = self._session
        await session.joined(self._beat)  # of a try that is under way
        from ..config.edit import Refused, store

        try:
            store(session.path, {"wifi": {"ssid": name, "password": password}})
        except Refused:
            return False
        session.try_network(name, password)
        return await session.joined(self._beat)

    def url(self) -> str:
        """What the PC is to open."""
        return self._session.url()
