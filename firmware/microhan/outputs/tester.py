"""The page's test button: what it starts is connection_test.py, loaded for the while."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Tester:
    """Tries settings that are not stored yet. connect: net.link.connector; hub: hub.Hub."""

    def __init__(self, connect: "Callable", device_id: str, hub: "Any" = None):
        self._connect = connect
        self._id = device_id
        self._hub = hub
        self._busy = False

    async def test(self, name: str, section: dict) -> None:
        """Connect with the section "mqtt", "push" or "webhook". Raises OSError with a sentence."""
        if self._busy:
            raise OSError("another test is under way: wait for its end")
        from .connection_test import try_section

        self._busy = True
        try:
            await try_section(name, section, self._id, self._connect, self._hub)
        finally:
            self._busy = False
