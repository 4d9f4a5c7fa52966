"""What the ways out have in common: how they follow the hub, and how they report."""

from typing import TYPE_CHECKING

from ..net.sockets import explain
from ..net.wait import Event

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..net.tls import TlsSettings


class Output:
    """A way out of Readings to one server.

    hub: hub.Hub. connect(host, port, tls, deadline_ms) -> Link: net.link.connector. log(text).
    beat(): called at least every 10 s.
    """

    NAME = ""  # of its section in the configuration
    QUEUE = 8  # Readings kept while the server is away, 2 kB each; the oldest goes, and is counted

    def __init__(self, hub: "Any", connect: "Callable", log: "Callable[[str], None]",
                 beat: "Callable[[], None] | None"):
        self._hub = hub
        self._connect = connect
        self._log = log
        self._beat = beat or (lambda: None)
        self._event = Event()  # set when there is something to do
        self._follower: Any = None  # hub.Follower
        self._host = ""  # of the server; "": there is none
        self._tls: TlsSettings | None = None  # which alone keeps the certificate's text
        self._state = "off"
        self._error = ""
        self._sent = 0  # Readings that the server has confirmed

    def status(self) -> dict:
        """For /status.json. `error` says in a sentence why `state` is "error"."""
        follower = self._follower
        out: dict = {
            "state": self._state,
            "error": self._error,
            "queued": follower.queued if follower else 0,
            "dropped": follower.dropped if follower else 0,
            "sent": self._sent,
        }
        if self._tls and self._tls.warning:
            out["warning"] = self._tls.warning
        return out

    def _report(self, error=None):
        """Note that all is well, or an OSError; one that stays is logged once."""
        text = explain(error, self._host) if error else ""
        if text and text != self._error:
            self._log("%s: %s" % (self.NAME, text))
        self._error = text
        self._state = "error" if text else "ok"
