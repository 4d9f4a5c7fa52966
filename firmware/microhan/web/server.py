"""The HTTP server: it listens, and counts. connections.py, which serves those who come, is loaded
when somebody connects and dropped 20 s after the last one has left: 7 kB of heap.

asyncio.start_server is not used: MicroPython's spins when sockets run out, blocks on names and
knows no limits (extmod/asyncio/stream.py, Server._serve).
"""

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from micropython import const

from ..net.sockets import listening
from ..net.wait import readable

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..hub.hub import Hub
    from .connections import ConnectionPool
    from .owner import Owner

_SWEEP_MS = const(250)
_OFF_MS = const(5_000)
_LOG_EVERY_MS = const(60_000)
_ACCEPT_PAUSE_MS = const(500)  # the device is out of sockets or memory


class Sources:
    """Where the answers come from.

    hub: the Hub; status: () -> dict, what /status.json shows; capture: () -> bytes, the last that
    were no telegram; base_min: UTC offset of the meter's normal time, in minutes; has_room: (bytes
    of heap) -> bool, whether something that takes so much may begin; places: how many requests
    are answered at once beside the streams; waiting: how many connections may wait to be accepted;
    owner: the Owner; id: the device's, 6 hex digits; hosts: () -> the device's own names and
    addresses.
    """

    mode = "run"
    tls_alone = False  # whether the board has no memory for TLS and a page
    language = "sv"
    fuse = 0  # the main fuse, A; 0: not known
    recent: "Callable[[], bytes]" = bytes  # the last lines of the log
    codes: "Any" = None  # setup.claim.ClaimCode
    portal: "Any" = None  # setup.portal.Portal in set-up mode
    rings: "Any" = None  # what the ledger keeps: store.ring.Rings
    config_path = ""
    restart: "Any" = None  # restarts the device
    update: "Any" = None  # what there is to say of one: update.incoming.look()
    incoming: "Any" = None  # update.incoming.Part while one comes
    is_plain = False  # whether the board is a plain ESP32
    connect: "Any" = None  # net.link.connector, where packages may be fetched
    fetch: "Any" = None  # fetch.Fetch, once one was
    open: "Any" = None  # the section `open`, where anything in it is on
    board: "Any" = None  # and the Board
    p1: "Any" = None  # outputs.p1.output.P1Output
    shared: "Any" = None  # outputs.port.Places, if there is a port beside HTTP's
    test: "Any" = None  # outputs.tester.Tester: a coroutine function (section's name, section)

    def __init__(self, hub: "Hub", status: "Callable[[], dict]", capture: "Callable[[], bytes]",
                 base_min: int, has_room: "Callable[[int], bool]", places: int, waiting: int,
                 owner: "Owner", id_: str, hosts: "Callable[[], list[str]]"):
        self.hub = hub
        self.status = status
        self.capture = capture
        self.base_min = base_min
        self.has_room = has_room
        self.places = places
        self.waiting = waiting
        self.owner = owner
        self.id = id_
        self.hosts = hosts


class WebServer:
    """Serves everything of routes.py on one port.

    config: the section `http`; sources: Sources; log: (text) -> None;
    beat: called four times a second while all is well.
    """

    def __init__(self, config: dict, sources: Sources, log: "Callable[[str], None]",
                 beat: "Callable[[], None]"):
        self._config = config
        self._sources = sources
        self._log = log
        self._beat = beat
        self._pool: "ConnectionPool | None" = None  # while it is loaded
        self._logged: "Any" = None  # when _log_seldom() did
        self.counters: "dict[str, Any]" = {
            "state": "off",
            "error": "",
            "queued": 0,
            # since the start:
            "requests": 0,
            "refused": 0,
            "wrong_credentials": 0,
            "timeouts": 0,
            "displaced": 0,
            "turned_away": 0,
            "dropped": 0,
            # now:
            "connections": 0,
            "streams": 0,
        }

    def status(self) -> dict:
        """The entry of this server in /status.json."""
        if self._pool:
            self._pool.count()
        return self.counters

    async def run(self) -> None:
        """Serve for ever. Raises OSError when the port cannot be opened."""
        while not self._config["port"]:
            self._beat()
            await asyncio.sleep_ms(_OFF_MS)
        listener = self._listen()
        acceptor = asyncio.create_task(self._accept(listener))
        try:
            while not acceptor.done():
                self._beat()
                if self._pool and self._pool.sweep():
                    self._drop_pool()
                await asyncio.sleep_ms(_SWEEP_MS)
            await acceptor  # raises what ended it
        finally:
            self._set_state("off", "")
            acceptor.cancel()
            if self._pool:
                self._pool.close()
                self._drop_pool()
            listener.close()

    def _load_pool(self):
        """Return the ConnectionPool. Separate, so that the locals of the import are freed: a
        coroutine keeps its frame for as long as it runs."""
        if not self._pool:
            from .connections import ConnectionPool

            self._pool = ConnectionPool(self._sources, self.counters, self._log_seldom)
        return self._pool

    def _drop_pool(self):
        self._pool.count()
        # Tasks that were just cancelled have not come to their end yet.
        self.counters["connections"] = self.counters["streams"] = 0
        self._pool = None
        _unload_connections()

    def _set_state(self, state, error):
        self.counters["state"] = state
        self.counters["error"] = error

    def _listen(self):
        port = self._config["port"]
        try:
            listener = listening(port, self._sources.waiting)
        except OSError as error:
            self._set_state("error", "port %d cannot be opened (%s)" % (port, error))
            raise
        self._set_state("ok", "")
        self._log("http: listening on port %d" % port)
        return listener

    async def _accept(self, listener):
        while True:
            await readable(listener)
            try:
                await self._load_pool().admit(listener)
            except (OSError, MemoryError) as error:
                self._log_seldom("http: accept failed (%s)" % error)
                await asyncio.sleep_ms(_ACCEPT_PAUSE_MS)

    def _log_seldom(self, text: str) -> None:
        """Log at most once a minute: what a client can cause must not fill the log."""
        now = time.ticks_ms()
        if self._logged is None or time.ticks_diff(now, self._logged) >= _LOG_EVERY_MS:
            self._logged = now
            self._log(text)


def _unload_connections():
    """Take connections.py out of memory. Not before everybody has left: requests.py imports from
    its file (tools/build/layout.py)."""
    sys.modules.pop("microhan.web.connections", None)
