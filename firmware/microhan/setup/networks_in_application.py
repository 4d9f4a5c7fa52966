"""What the cable (cable.py) asks while the application runs."""

from typing import TYPE_CHECKING

from .improv import PROVISIONED, PROVISIONING

if TYPE_CHECKING:
    from collections.abc import Callable



class InApplication:
    """The network as the cable sees it while the application runs.

    address() -> ours, ""; url(address) -> what to open there; ask_set_up(reason) restarts into
    set-up mode.
    """

    def __init__(self, path: str, wlan: "object", address: "Callable[[], str]",
                 url: "Callable[[str], str]", ask_set_up: "Callable[[str], None]",
                 log: "Callable[[str], None]"):
        self._path = path
        self._wlan = wlan
        self._address = address
        self._url = url
        self._ask_set_up = ask_set_up
        self._log = log

    def state(self) -> int:
        """An Improv state."""
        return PROVISIONED if self._address() else PROVISIONING

    def is_awaited(self) -> bool:
        """No: such a restart is into set-up mode."""
        return False

    def scan(self) -> list:
        """The networks. The radio is busy with the application's: only when it is asked for."""
        from .radio import Radio

        radio = Radio(self._wlan, self._log)
        radio.scan()
        return radio.networks

    async def join_network(self, name: str, password: str) -> bool:
        """Store it and restart into set-up mode, which tries it and answers the cable."""
        from ..config.edit import Refused, store

        try:
            store(self._path, {"wifi": {"ssid": name, "password": password}})
        except Refused:
            return False
        self._ask_set_up("cable")
        return False

    def url(self) -> str:
        """What the PC is to open."""
        return self._url(self._address())
