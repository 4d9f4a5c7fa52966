"""What the ways out have in common: how they follow the hub, and how they report."""

from typing import TYPE_CHECKING

from ..net.sockets import explain
from ..net.wait import Event
from .drain import SILENT_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..net.tls import TlsSettings
    from ..reading.reading import Reading

NO_MEMORY = "memory is short just now: it is tried again"


class Output:
    """A way out of Readings to one server.

    hub: hub.Hub. connect(host, port, tls, deadline_ms) -> Link: net.link.connector. log(text).
    beat(): called at least every 10 s.
    """

    NAME = ""  # of its section in the configuration
    QUEUE = 8  # Readings in memory while the server is away; the oldest goes to the backlog

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
        self.backlog: Any = None  # store.backlog.Backlog, which keeps what cannot be delivered
        self.bit = 0  # by which it knows this output
        self._kept: Any = None  # drain.Drain while the backlog has something for this output

    def save(self) -> None:
        """Give all that is not confirmed to the backlog: before a restart."""
        while self._follower and self._follower.queued:
            self.keep(self._follower.get())

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
        backlog = self.backlog
        if backlog:
            counts = backlog.kept(self.bit), backlog.thinned, backlog.lost
            out.update(zip("kept thinned lost".split(), counts))  # three names less in memory
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
        try:
            if text and self.backlog and self._hub.state.age() > SILENT_S:
                self.backlog.waiting(self.bit)  # which writes to flash what it has in memory
        except MemoryError:
            pass  # it is tried again

    def keep(self, reading: "Reading") -> bool:
        """Keep a Reading for later. False if it is lost."""
        return self.backlog is not None and self.backlog.keep(reading, self.bit)

    def take(self) -> "Reading | None":
        """The next Reading that the backlog has for this output, once the one before has arrived;
        None if there is none, or if now is not the time."""
        if not self._kept:
            if not self.backlog or not self.backlog.kept(self.bit):
                return None
            try:
                from .drain import Drain

                self._kept = Drain(self.backlog, self.bit, self._hub)
            except MemoryError:
                return None  # it is tried again
        reading = self._kept.next()
        if not reading and not self.backlog.kept(self.bit):
            self._kept = None
        return reading
