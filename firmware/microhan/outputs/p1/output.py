"""Raw P1: every telegram to whoever connects, over TCP or as a WebSocket (whose handshake is
web/websocket.py's).

Text goes out as the meter sent it. What a meter sends as binary lists, or encrypted, is written as
P1 from the State. One task serves all clients: each has its own place in the telegrams, which are
not copied for it, and one that stalls loses its place alone.
"""

import asyncio
import time
from typing import TYPE_CHECKING

from micropython import const

from ...net.pause import BEAT_MS
from ...net.sockets import address_of, listening
from ...net.wait import Event, readable
from .client import Client

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any

_MOST = const(4)
_QUEUE = const(2)  # telegrams that wait for a client; with a third it is dropped
_STALLED_MS = const(10_000)  # a client that takes nothing for so long is dropped
_LOOK_MS = const(250)  # between looks at what clients send
_BEHIND_MS = const(20)  # between pieces
_PAUSE_MS = const(500)  # the device is out of sockets or memory
_REFUSED_MS = const(20)  # so that a flood leaves time for others
_WAITING = const(2)  # connections that may wait to be accepted
_OBJECTS = const(512)  # bytes of heap: a client's, and more
_READ = const(128)
_USUAL_S = const(10)  # between telegrams, while that is not known
_FOR_HTTP = const(2)  # connections that remain for the page, and one more than it has streams
_END = b"\r\n"  # a telegram's last line may lack its end, and readers wait for it
_EAGAIN = const(11)


class P1Output:
    """Serves the clients of raw P1.

    config: the section "open"; hub: hub.Hub; base_min: UTC offset of the meter's normal time, in
    minutes; has_room: board.room.Room.has; places: sockets that its clients and the connections
    of HTTP share; beat(): called at least every 5 s.
    """

    def __init__(self, config: dict, hub: "Any", base_min: int, has_room: "Callable[[int], bool]",
                 places: int, log: "Callable[[str], None]", beat: "Callable[[], None]"):
        self._port = config["p1"]
        self._allow = config["allow"]
        self._hub = hub
        self._base_min = base_min
        self._has_room = has_room
        self._places = places
        self._log = log
        self._beat = beat
        self.web: "Callable[[], dict] | None" = None  # WebServer.status
        self._event = Event()
        self._clients: list[Client] = []
        # While there are clients: a hub.Follower; and telegram.p1.writer.write, if it was needed.
        self._follower: "Any" = None
        self._write: "Any" = None
        self._buffer: "bytearray | None" = None
        self._error = ""
        self._sent = self._dropped = self._dismissed = self._refused = 0

    def status(self) -> dict:
        """For /status.json. `dropped`: telegrams that a client was to get and did not;
        `dismissed`: clients that were too slow or said too much; `refused`: that found no place,
        or may not come."""
        return {
            "state": "error" if self._error else "ok", "error": self._error,
            "queued": sum([client.queued for client in self._clients]),
            # those that came two at a time, too
            "dropped": self._dropped + (self._follower.dropped if self._follower else 0),
            "sent": self._sent, "clients": len(self._clients),
            "dismissed": self._dismissed, "refused": self._refused}

    async def run(self) -> None:
        """Serve for ever. Raises OSError when the port cannot be opened."""
        listener = self._listen() if self._port else None
        acceptor = asyncio.create_task(self._accept(listener)) if listener else None
        try:
            while not acceptor or not acceptor.done():
                self._beat()
                is_behind = self._serve()
                await self._event.wait(
                    _BEHIND_MS if is_behind else _LOOK_MS if self._clients else BEAT_MS)
            await acceptor  # raises what ended it
        finally:
            if acceptor and listener:
                acceptor.cancel()
                listener.close()
            while self._clients:
                self._end(self._clients[0])

    def _listen(self):
        try:
            listener = listening(self._port, _WAITING)
        except OSError as error:
            self._error = "port %d cannot be opened (%s)" % (self._port, error)
            raise
        self._error = ""
        self._log("p1: listening on port %d" % self._port)
        return listener

    # ---- who comes --------------------------------------------------------------------------

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
                self._add(sock, not where)
                return True
        except MemoryError:
            pass
        self._refused += 1
        return False

    def _allows(self, where):
        from ...net.allowed import is_allowed

        return is_allowed(where, self._allow)

    def has_place(self, is_http: bool) -> bool:
        """Whether one more client fits. is_http: its socket is one of HTTP's now."""
        count = len(self._clients) + 1
        # Only the system's memory: of the heap a client takes little.
        if count > _MOST or not self._has_room(-1):
            return False
        if not self.web:
            return True
        http = self.web()
        return self._places - count >= max(
            _FOR_HTTP, http["streams"] + 1, http["connections"] - is_http)

    def http_places(self) -> int:
        """How many connections HTTP may have now, at least two."""
        return max(_FOR_HTTP, self._places - len(self._clients))

    def _add(self, sock, is_ws):
        frames = None
        if is_ws:
            from .frames import Frames

            frames = Frames()
        client = Client(sock, frames)
        if not self._follower:
            self._buffer = bytearray(_READ)
            self._follower = self._hub.follow(1, self._event.set)
        # The newest telegram is as good as the next one while that is not due: nobody waits.
        state = self._hub.state
        if self._hub.reading and state.age() <= (state.interval() or _USUAL_S):
            self._give([client])
        self._clients.append(client)
        self._event.set()

    # ---- what they get ----------------------------------------------------------------------

    def _serve(self):
        """Hand out what is new, and give each client its turn. Returns whether one is behind."""
        if not self._clients:
            return False
        is_new = self._follower.get() is not None
        is_behind = is_new or any([client.is_behind for client in self._clients])
        # Each may take a packet for each look at the memory: docs/memory.md.
        has_room = not is_behind or self._has_room(-1)
        if is_new:
            if has_room:
                self._give(self._clients)
            else:
                self._dropped += len(self._clients)
        is_behind = False
        for client in list(self._clients):
            try:
                if self._turn(client, has_room):
                    is_behind = is_behind or client.is_behind
                    continue
                self._dismissed += 1
                self._dropped += client.queued
            except (OSError, MemoryError):
                pass  # it has left; or no answer to what it sends can be made
            self._end(client)
        return is_behind

    def _turn(self, client, has_room):
        """What one client gets and sends. Returns whether it may stay."""
        if not client.is_behind and not client.hear(self._buffer):
            return False
        if client.is_behind and not has_room:
            client.moved = time.ticks_ms()  # the wait is ours
        else:
            self._sent += client.push()
        return client.queued <= _QUEUE and not (
            client.is_behind and time.ticks_diff(time.ticks_ms(), client.moved) > _STALLED_MS)

    def _give(self, clients):
        """Queue the newest telegram for these."""
        left = len(clients)
        try:
            telegram = self._telegram()
            if telegram:
                end = _END if self._hub.raw_is_text else b""
                for client in clients:
                    client.add(telegram, end)
                    left -= 1
        except MemoryError:
            pass
        self._dropped += left

    def _telegram(self):
        """The newest telegram, bytes; b"" if there was no memory to keep it."""
        hub = self._hub
        if hub.raw_is_text:
            return hub.raw
        if not self._write:
            from ...telegram.p1.writer import write

            self._write = write
        return self._write(hub.state.reading(), "se", self._base_min)

    def _end(self, client):
        client.close()
        self._clients.remove(client)
        if not self._clients:
            self._dropped += self._follower.dropped
            self._follower.close()
            self._follower = self._write = self._buffer = None
