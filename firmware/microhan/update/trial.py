"""A new copy on trial: it is kept once it has proven itself, and else given up.

Each start of it has been counted before it was loaded (choose.py), so that one that crashes, hangs
or is restarted three times is given up without a word of its own.
"""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..hub.hub import Hub

_PROVEN_MS = const(600_000)  # it runs for ten minutes, and then has Wi-Fi and the meter
_PATIENCE_MS = const(900_000)  # then a restart may help; it counts as one of three


class Trial:
    """folder: as for choice.py; is_connected("wifi"): whether Wi-Fi is there; restart(): restarts
    the chip."""

    def __init__(self, folder: str, is_connected: "Callable[[str], bool]", hub: "Hub",
                 restart: "Callable[[], None]", log: "Callable[[str], None]"):
        self._folder = folder
        self._is_connected = is_connected
        self._hub = hub
        self._restart = restart
        self._log = log

    def look(self, passed: int) -> bool:
        """Call it every second; passed: milliseconds since the start. Returns whether the copy is
        kept now."""
        if passed < _PROVEN_MS:
            return False
        from .choice import diagnosis, keep, note

        lacks = self._lacks(diagnosis(self._folder))
        try:
            if not lacks:
                keep(self._folder)
                self._log("update: this version has proven itself, and is kept")
                return True
            if passed >= _PATIENCE_MS:
                self._log("update: %s: a restart" % lacks[1])
                note(self._folder, *lacks)
        except OSError as error:  # a full flash: what cannot be kept is given up
            self._log("update: %s" % error)
        if passed >= _PATIENCE_MS:
            self._restart()
        return False

    def _lacks(self, before):
        """(A word, a sentence) for what it lacks, () if it has proven itself. before: the old
        copy's diagnosis."""
        if not self._is_connected("wifi"):
            return "wifi", "it had no Wi-Fi for a quarter of an hour"
        state = self._hub.diagnosis.state
        if not self._hub.reading and (not before or state != before):
            return "meter", "it had no telegram for a quarter of an hour (%s)" % state
        return ()
