"""The HTTP server's door: it listens, and counts. Who comes in is connections.py's affair, which
is loaded when somebody knocks and forgotten 20 s after the last one left: 7 kB of heap.

asyncio.start_server is not used: MicroPython's spins when sockets run out, blocks on names and
knows no limits (extmod/asyncio/stream.py, Server._serve).
"""

import asyncio
import socket
import sys
import time

from micropython import const

from ..net.wait import readable

_BACKLOG = const(1)  # lwIP takes a socket of the device's ten for each one that waits
_SWEEP_MS = const(250)
_LOG_EVERY_MS = const(60_000)
_ACCEPT_PAUSE_MS = const(500)  # the device is out of sockets or memory


class WebServer:
    """Serves the routes on one port.

    config: the section `http` (port, token, password); hub: the Hub; status: () -> str, the text
    of /status.json; log: (text) -> None; beat: called four times a second while all is well.
    """

    def __init__(self, config, hub, status, log, beat=None):
        self._port = config["port"]
        self._config = config
        self._served = hub, status
        self._log = log
        self._beat = beat or int  # int() does nothing
        self._places = None  # places.Places while there are clients, and some seconds longer
        self._logged = None
        self.counters = {
            "state": "off",
            "error": "",
            "queued": 0,
            # since start:
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

    def status(self):
        """The entry of this server in /status.json."""
        if self._places:
            self._places.count(self.counters)
        return self.counters

    async def run(self):
        """Serve for ever. Raises OSError when the port cannot be had."""
        while not self._port:
            self._beat()
            await asyncio.sleep_ms(5_000)
        listener = self._listen()
        acceptor = asyncio.create_task(self._accept(listener))
        try:
            while not acceptor.done():
                self._beat()
                self._sweep()
                await asyncio.sleep_ms(_SWEEP_MS)
            await acceptor  # raises what ended it
        finally:
            self._tell("off", "")
            acceptor.cancel()
            if self._places:
                self._places.close()
                self._leave()
            listener.close()

    def _open(self):
        """The places. A function of its own: a task's frame would keep all that was in it."""
        if not self._places:
            from .connections import Places

            self._places = Places(self, self._served, self._config)
        return self._places

    def _sweep(self):
        if self._places and self._places.sweep():
            self._leave()

    def _leave(self):
        self._places.count(self.counters)
        self.counters["connections"] = self.counters["streams"] = 0
        self._places = None
        _unload_places()

    def _tell(self, state, error):
        self.counters["state"] = state
        self.counters["error"] = error

    def _listen(self):
        listener = socket.socket()
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # An address, not a name: this does not ask the network.
            listener.bind(socket.getaddrinfo("0.0.0.0", self._port)[0][-1])
            listener.listen(_BACKLOG)
            listener.setblocking(False)
        except OSError as error:
            listener.close()
            self._tell("error", "port %d cannot be opened (%s)" % (self._port, error))
            raise
        self._tell("ok", "")
        self._log("http: listening on port %d" % self._port)
        return listener

    async def _accept(self, listener):
        while True:
            await readable(listener)
            try:
                await self._open().let_in(listener)
            except (OSError, MemoryError) as error:
                self.say_seldom("http: accept failed (%s)" % error)
                await asyncio.sleep_ms(_ACCEPT_PAUSE_MS)

    def say_seldom(self, text):
        """Log at most once a minute: what a client can cause must not wash the log away."""
        now = time.ticks_ms()
        if self._logged is None or time.ticks_diff(now, self._logged) >= _LOG_EVERY_MS:
            self._logged = now
            self._log(text)


def _unload_places():
    """Not before nobody is there: requests.py imports from its file (tools/build/layout.py)."""
    sys.modules.pop("microhan.web.connections", None)
