"""What raw P1 and Modbus share: a port, who may come to it, and how many at once."""

import asyncio
from typing import TYPE_CHECKING

from micropython import const

from ..net.sockets import address_of, listening
from ..net.wait import Event, readable

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any

_MOST = const(4)  # clients of one output
_PAUSE_MS = const(500)  # the device is out of sockets or memory
_REFUSED_MS = const(20)  # so that a flood leaves time for others
_WAITING = const(2)  # connections that may wait to be accepted
_OBJECTS = const(512)  # bytes of heap: a client's, and more
_FOR_HTTP = const(2)  # connections that remain for the page, and one more than it has streams
_EAGAIN = const(11)


class Places:
    """Sockets that the clients of all ports and the connections of HTTP share: `count` of them."""

    def __init__(self, count: int):
        self._count = count
        self.taken = 0  # by clients
        self.web: "Callable[[], dict] | None" = None  # WebServer.status

    def has_one(self, is_http: bool) -> bool:
        """Whether one more client fits. is_http: its socket is one of HTTP's now."""
        if not self.web:
            return self.taken < self._count
        http = self.web()
        return self._count - self.taken - 1 >= max(
            _FOR_HTTP, http["streams"] + 1, http["connections"] - is_http)

    def for_http(self) -> int:
        """How many connections HTTP may have now, at least two."""
        return max(_FOR_HTTP, self._count - self.taken)


class Port:
    """An output that others connect to.

    name: its own, and its key in `config`, the section "open"; has_room: board.room.Room.has;
    beat(): called at least every 5 s.
    """

    # What who inherits has: a client for a socket (and whether that is a WebSocket); a look at all
    # clients, which returns how many ms to wait for the next one; the end of a client.
    _add: "Callable[[Any, bool], Any]"
    _serve: "Callable[[], int]"
    _drop: "Callable[[Any], None]"

    def __init__(self, name: str, config: dict, has_room: "Callable[[int], bool]", places: Places,
                 log: "Callable[[str], None]", beat: "Callable[[], None]"):
        self._name = name
        self._port = config[name]
        self._allow = config["allow"]
        self._has_room = has_room
        self._places = places
        self._log = log
        self._beat = beat
        self._event = Event()  # set when there is something to do
        # Each has a close().
        self._clients: "list[Any]" = []
        self._error = ""
        self._sent = self._dismissed = self._refused = 0

    def status(self) -> dict:
        """For /status.json. `dismissed`: clients that were too slow or said too much; `refused`:
        that found no place, or may not come."""
        return {
            "state": "error" if self._error else "ok", "error": self._error, "queued": 0,
            "dropped": 0, "sent": self._sent, "clients": len(self._clients),
            "dismissed": self._dismissed, "refused": self._refused}

    async def run(self) -> None:
        """Serve for ever. Raises OSError when the port cannot be opened."""
        listener = self._listen() if self._port else None
        acceptor = asyncio.create_task(self._accept(listener)) if listener else None
        try:
            while not acceptor or not acceptor.done():
                self._beat()
                await self._event.wait(self._serve())
            await acceptor  # raises what ended it
        finally:
            if acceptor and listener:
                acceptor.cancel()
                listener.close()
            while self._clients:
                self._drop(self._clients[0])

    def _listen(self):
        try:
            listener = listening(self._port, _WAITING)
        except OSError as error:
            self._error = "port %d cannot be opened (%s)" % (self._port, error)
            raise
        self._error = ""
        self._log("%s: listening on port %d" % (self._name, self._port))
        return listener

    async def _accept(self, listener):
        while True:
            await readable(listener)
            try:
                bytearray(_OBJECTS)  # as in web/connections.py
                sock, peer = listener.accept()
            except (OSError, MemoryError) as error:
                if error.args[:1] != (_EAGAIN,):
                    await asyncio.sleep_ms(_PAUSE_MS)
                continue
            if not self.take(sock, address_of(peer)):
                sock.close()
                await asyncio.sleep_ms(_REFUSED_MS)

    def take(self, sock: "socket.socket", where: str) -> bool:
        """Serve a client from now on. where: its address; "": a WebSocket, which HTTP has let in.
        False if it may not come, or if there is no place for it."""
        try:
            if (not where or self._allows(where)) and self.has_place(not where):
                self._clients.append(self._add(sock, not where))
                self._places.taken += 1
                self._event.set()
                return True
        except MemoryError:
            pass
        self._refused += 1
        return False

    def _allows(self, where):
        from ..net.allowed import is_allowed

        return is_allowed(where, self._allow)

    def has_place(self, is_http: bool) -> bool:
        """Whether one more client fits. is_http: its socket is one of HTTP's now."""
        # Only the system's memory: of the heap a client takes little.
        return (len(self._clients) < _MOST and self._has_room(-1)
                and self._places.has_one(is_http))

    def _leave(self, client):
        """A client is gone, or is to go."""
        client.close()
        self._clients.remove(client)
        self._places.taken -= 1
