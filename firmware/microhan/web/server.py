"""The HTTP server: who gets a place, for how long, and with which credentials.

asyncio.start_server is not used: MicroPython's spins when sockets run out, blocks on names and
knows no limits (extmod/asyncio/stream.py, Server._serve).
"""

import asyncio
import socket
import time
from asyncio.stream import Stream  # not offered in `asyncio` itself

from micropython import const

from .auth import allows, digest_of
from .connection import ANSWERING, IDLE_MS, LEAVING, Connection
from .head import Head
from .routes import Routes, problem_of

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
        self._token = digest_of(config["token"])
        self._password = digest_of(config["password"])
        self._routes = Routes(hub, status)
        self._log = log
        self._beat = beat or int  # int() does nothing
        self._places = []
        self._logged = None
        self._status = {
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
        }

    def status(self):
        """The entry of this server in /status.json."""
        status = self._status
        status["dropped"] = self._routes.dropped()
        status["connections"] = len(self._places)
        status["streams"] = len(self._routes.streams)
        return status

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
            for connection in list(self._places):
                connection.task.cancel()
                self._end(connection)  # a task that has not begun will never come to do so
            listener.close()

    def _tell(self, state, error):
        self._status["state"] = state
        self._status["error"] = error

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

    # Places

    def _sweep(self):
        """End the connections whose deadline has passed. One loop for all: no task a timeout."""
        now = time.ticks_ms()
        for connection in self._places:
            if time.ticks_diff(now, connection.deadline) >= 0:
                if connection.wake:
                    connection.wake()
                else:
                    if connection.phase != LEAVING:
                        self._status["timeouts"] += 1
                    connection.dismiss("408")

    async def _accept(self, listener):
        door = Stream(listener)
        while True:
            try:
                await door.read(0)  # waits for a knock and reads nothing
            except OSError:
                pass  # CPython: a listener cannot be read; accept is the judge
            has_room = await self._make_room()
            try:
                sock, peer = listener.accept()
                connection = Connection(sock)
                if has_room:
                    connection.task = asyncio.create_task(self._serve(connection, peer))
                    self._places.append(connection)
                else:
                    self._status["turned_away"] += 1
                    connection.say("503")
                    connection.close()
            except (OSError, MemoryError) as error:
                if error.args[:1] != (_EAGAIN,):  # EAGAIN: it left while it waited
                    self._say_seldom("http: accept failed (%s)" % error)
                    await asyncio.sleep_ms(_ACCEPT_PAUSE_MS)

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
            for connection in self._places:  # the oldest comes first
                age = time.ticks_diff(now, connection.born)
                if connection.phase != ANSWERING and age >= _GRACE_MS:
                    self._status["displaced"] += 1
                    connection.dismiss("503")
                    break
            await asyncio.sleep_ms(10)
        return True

    # One connection

    async def _serve(self, connection, peer):
        try:
            await self._converse(connection, peer)
        except OSError:
            pass  # the client left: nothing to tell anyone
        except Exception as error:
            # Told, not raised: one client's trouble is not the server's.
            self._say_seldom("http: %s: %s" % (type(error).__name__, error))
        finally:
            self._end(connection)

    def _end(self, connection):
        if connection in self._places:
            self._places.remove(connection)
            connection.close()

    async def _converse(self, connection, peer):
        head = Head()
        problem = None
        while problem is None:
            problem = head.feed(await connection.receive())
        if problem:
            self._status["refused"] += 1
        else:
            self._status["requests"] += 1
            connection.phase = ANSWERING
            connection.expire_in(IDLE_MS)
            if allows(head.authorization, self._token, self._password):
                left = head.length - len(head.rest)
                while left > 0:  # no address wants a body yet
                    left -= len(await connection.receive())
                await self._routes.answer(connection, head)
                return
            problem = "401"
            if head.authorization:
                self._status["wrong_credentials"] += 1
                # ESP32 gives the peer as a pair, the PC's MicroPython as bytes
                who = peer[0] if isinstance(peer, tuple) else "a client"
                self._say_seldom("http: wrong token or password from %s" % who)
                await asyncio.sleep_ms(_GUESS_MS)
        connection.phase = LEAVING
        connection.write(problem_of(problem, head.method != "HEAD"))
        await connection.drain()
        # Closing a socket with unread bytes resets the connection, and the client may never see
        # the answer that told it what was wrong: read on until it has closed, 32 kB at most.
        if problem != "401" or head.length > len(head.rest):
            connection.expire_in(_LEAVE_MS)
            for _ in range(128):
                await connection.receive()

    def _say_seldom(self, text):
        """Log at most once a minute: what a client can cause must not wash the log away."""
        now = time.ticks_ms()
        if self._logged is None or time.ticks_diff(now, self._logged) >= _LOG_EVERY_MS:
            self._logged = now
            self._log(text)
