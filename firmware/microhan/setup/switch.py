"""Which mode the next start is in: a file that says why set-up mode was asked for."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..store.files import Folder

_FILE = "mode"
# Why set-up mode runs.
FRESH = "fresh"  # no network is known
BUTTON = "button"
ERASE = "erase"  # the button again, for longer
LOST = "lost"  # no known network has been seen for ten minutes
CABLE = "cable"  # new Wi-Fi came by the cable while the application ran


class Switch:
    """folder: /data; restart(): restarts the device."""

    def __init__(self, folder: "Folder", restart: "Callable[[], None]"):
        self._folder = folder
        self._restart = restart

    def ask(self, reason: str) -> None:
        """Restart into set-up mode. reason: one of the above."""
        try:
            self._folder.write(_FILE, reason.encode())
        except OSError:
            return  # a full flash: the application goes on
        self._restart()

    def take(self) -> str:
        """Why set-up mode was asked for before this start, "" if it was not. It is asked for once:
        after the next loss of power the application runs again."""
        reason = (self._folder.read(_FILE) or b"").decode()
        if reason:
            os.remove(self._folder.path_of(_FILE))
        return reason
