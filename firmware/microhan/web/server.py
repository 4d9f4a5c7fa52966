"""The HTTP server: who gets a place, for how long, and with which credentials.

asyncio.start_server is not used: MicroPython's spins when sockets run out, blocks on names and
knows no limits (extmod/asyncio/stream.py, Server._serve).
"""

import asyncio
import socket
import time
from asyncio.stream import Stream  # not offered in `asyncio` itself

from micropython import const

from .auth import Auth
from .connection import ANSWERING, LEAVING, Connection
from .events import Feed
from .head import Head, Refused
from .problems import answer_of
from .routes import make_app

PLACES = const(4)  # connections at once
_BACKLOG = const(1)  # lwIP takes a socket of the device's ten for each one that waits
_SWEEP_MS = const(250)
_WAIT_MS = const(1_000)  # how long a newcomer waits for a place before it is told 503
_GRACE_MS = const(250)  # a client that has asked nothing for so long may lose its place
_LEAVE_MS = const(1_000)
_GUESS_MS = const(500)  # what a wrong credential costs
_ACCEPT_PAUSE_MS = const(500)  # after accept failed: the device is out of sockets or memory
_LOG_EVERY_MS = const(60_000)
_EAGAIN = const(11)


class WebServer:
    """Serves the routes on one port.

    config: the section `http` (port, token, password); hub: the Hub; status: () -> str, the text
    of /status.json; log: (text) -> None; beat: called four times a second while all is well.
    """

    def __init__(self, config, hub, status, log, beat=None):
        self._port = config["port"]
        self._auth = Auth(config["token"], config["password"])
        self._feed = Feed(hub)
        self._app = make_app(hub, self._feed, status)
        self._log = log
        self._beat = beat
        self._places = []
        self._state = "off"
        self._error = ""
        self._logged = None
        # Counters since start, in the order of status().
        self.requests = 0
        self.refused = 0
        self.wrong_credentials = 0
        self.timeouts = 0
        self.displaced = 0
        self.turned_away = 0

    def status(self):
        """The entry of this server in /status.json."""
        return {
            "state": self._state,
            "error": self._error,
            "queued": 0,
            "dropped": self._feed.dropped(),
            "connections": len(self._places),
            "streams": len(self._feed.streams),
            "requests": self.requests,
            "refused": self.refused,
            "wrong_credentials": self.wrong_credentials,
            "timeouts": self.timeouts,
            "displaced": self.displaced,
            "turned_away": self.turned_away,
        }

    async def run(self):
        """Serve for ever. Raises OSError when the port cannot be had."""
        if not self._port:
            while True:
                self._alive()
                await asyncio.sleep_ms(5_000)
        listener = self._listen()
        acceptor = asyncio.create_task(self._accept_for_ever(listener))
        try:
            while not acceptor.done():
                self._alive()
                self._sweep()
                await asyncio.sleep_ms(_SWEEP_MS)
            await acceptor  # raises what ended it
        finally:
            self._state = "off"
            acceptor.cancel()
            for connection in list(self._places):
                connection.task.cancel()
                if not connection.is_started:
                    self._end(connection)  # its task will never come to do so
            listener.close()

    def _alive(self):
        if self._beat:
            self._beat()

    def _listen(self):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # An address, not a name: this does not ask the network.
            listener.bind(socket.getaddrinfo("0.0.0.0", self._port)[0][-1])
            listener.listen(_BACKLOG)
            listener.setblocking(False)
        except OSError as error:
            listener.close()
            self._state = "error"
            self._error = "port %d cannot be opened (%s)" % (self._port, error)
            raise
        self._state = "ok"
        self._error = ""
        self._log("http: listening on port %d" % self._port)
        return listener

    # Places

    def _sweep(self):
        """End the connections whose deadline has passed. One loop for all: no task a timeout."""
        now = time.ticks_ms()
        for connection in self._places:
            if connection.is_late(now) and not connection.farewell:
                if connection.phase != LEAVING:
                    self.timeouts += 1
                connection.dismiss("408")
        self._feed.tick(now)

    async def _accept_for_ever(self, listener):
        door = Stream(listener)
        while True:
            try:
                await door.read(0)  # waits for a knock and reads nothing
            except OSError:
                pass  # CPython: a listener cannot be read; accept is the judge
            has_room = await self._make_room()
            try:
                self._admit(listener, has_room)
            except (OSError, MemoryError) as error:
                if error.args[:1] != (_EAGAIN,):  # EAGAIN: it left while it waited
                    self._say_seldom("http: accept failed (%s)" % error)
                    await asyncio.sleep_ms(_ACCEPT_PAUSE_MS)

    def _admit(self, listener, has_room):
        sock, peer = listener.accept()
        connection = Connection(sock, peer)
        if has_room:
            self._places.append(connection)
            connection.task = asyncio.create_task(self._serve(connection))
        else:
            self.turned_away += 1
            connection.say("503")
            connection.close()

    async def _make_room(self):
        """Wait for a free place, at most a second; True if there is one.

        A client that has been here a moment and asked nothing makes room for the next: so a flood
        of idle connections (browsers open such ones too) locks nobody out.
        """
        started = time.ticks_ms()
        while len(self._places) >= PLACES:
            now = time.ticks_ms()
            if time.ticks_diff(now, started) >= _WAIT_MS:
                return False
            self._displace(now)
            await asyncio.sleep_ms(10)
        return True

    def _displace(self, now):
        for connection in self._places:  # the oldest comes first
            if connection.farewell:
                return  # is on its way out
            if connection.phase != ANSWERING and connection.age_ms(now) >= _GRACE_MS:
                self.displaced += 1
                connection.dismiss("503")
                return

    # One connection

    async def _serve(self, connection):
        connection.is_started = True
        try:
            await self._converse(connection)
        except asyncio.CancelledError:
            if not connection.farewell:
                raise
            connection.bid_farewell()
        except OSError:
            pass  # the client left: nothing to tell anyone
        except Exception as error:
            # Told, not raised: one client's trouble is not the server's.
            self._say_seldom("http: %s: %s" % (type(error).__name__, error))
        finally:
            self._end(connection)

    def _end(self, connection):
        connection.close()
        self._places.remove(connection)

    async def _converse(self, connection):
        head = Head()
        try:
            while not head.feed(await connection.receive()):
                pass
        except Refused as refusal:
            self.refused += 1
            await self._refuse(connection, refusal.problem, head)
            return
        self.requests += 1
        connection.begin(head)
        if self._auth.allows(head.authorization):
            await self._app.handle_request(connection, connection)
            return
        if head.authorization:
            self.wrong_credentials += 1
            self._say_seldom("http: wrong token or password from %s" % _address(connection))
            await asyncio.sleep_ms(_GUESS_MS)
        await self._refuse(connection, "401", head)

    async def _refuse(self, connection, problem, head):
        connection.phase = LEAVING
        await connection.awrite(answer_of(problem, not head.is_head))
        await connection.flush()
        if problem != "401" or head.length > len(head.rest):
            connection.expire_in(_LEAVE_MS)
            await connection.leave()

    def _say_seldom(self, text):
        """Log at most once a minute: what a client can cause must not wash the log away."""
        now = time.ticks_ms()
        if self._logged is None or time.ticks_diff(now, self._logged) >= _LOG_EVERY_MS:
            self._logged = now
            self._log(text)


def _address(connection):
    peer = connection.get_extra_info("peername")
    return peer[0] if isinstance(peer, tuple) else "a client"
