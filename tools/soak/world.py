"""What is outside of the device: one clock, which the device drives, and what happens by it."""

import contextlib
import heapq
import itertools
import selectors
import socket
from collections.abc import Callable

from twin import ports

# s until the next look where something came: the kernel hands over what is sent to this PC itself
# at once, but promises nothing.
_AGAIN = 0.1
_MOST_S = 3600
_LEAST = 0.001
_MOST = 65536


class World:
    """`now`: seconds since the device's start. at() and watch() say what is to be done when."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._selector = selectors.DefaultSelector()

    def at(self, when: float, call: Callable[[], None]) -> None:
        """Call it then."""
        heapq.heappush(self._events, (when, next(self._numbers), call))

    def watch(self, sock: socket.socket, call: Callable[[], None]) -> None:
        """Call it whenever there is something to be read."""
        sock.setblocking(False)
        self._selector.register(sock, selectors.EVENT_READ, call)

    def leave(self, sock: socket.socket) -> None:
        """No more of it: it is closed. May be called twice."""
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(sock)
        sock.close()

    def turn(self, now: float) -> float:
        """It is `now`: do what is due. Returns when the next thing happens."""
        self.now = now
        following = now + _MOST_S
        while self._events and self._events[0][0] <= now:
            heapq.heappop(self._events)[2]()
        while ready := self._selector.select(0):
            for key, _ in ready:
                key.data()
            following = now + _AGAIN
        if self._events:
            following = min(following, self._events[0][0])
        return max(following, now + _LEAST)


class Connection:
    """A connection with the device. What comes goes to take(data) of its heir, b"" at its end."""

    def __init__(self, world: World, sock: socket.socket) -> None:
        self.world = world
        self.is_open = True
        self._sock = sock
        with contextlib.suppress(OSError):  # the meter's line is no TCP
            # or it waits for an acknowledgement, by this PC's clock
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        world.watch(sock, self._read)

    def _read(self):
        try:
            data = self._sock.recv(_MOST)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
        self.take(data)

    def take(self, data: bytes) -> None:
        """Bytes have come."""

    def send(self, data: bytes) -> None:
        """Send all of it; a peer that does not read loses the connection."""
        try:
            self._sock.sendall(data)
        except OSError:
            self.close()

    def close(self) -> None:
        """End it. May be called twice."""
        self.is_open = False
        self.world.leave(self._sock)


class Server:
    """Listens on `port` of this PC while it is open; `make(connection's socket)` serves each."""

    def __init__(self, world: World, make: Callable[[socket.socket], Connection]) -> None:
        self._world = world
        self._make = make
        self._listener: socket.socket | None = None
        self._connections: list[Connection] = []
        self.port = ports.free_port()  # when it comes back it still is
        self.open()

    def open(self) -> None:
        """It comes, or comes back."""
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=8)
        self._world.watch(self._listener, self._accept)

    def _accept(self):
        with contextlib.suppress(OSError):
            self._connections = [one for one in self._connections if one.is_open]
            self._connections.append(self._make(self._listener.accept()[0]))

    def close(self) -> None:
        """It goes away, with all its connections."""
        if self._listener:
            self._world.leave(self._listener)
        for one in self._connections:
            one.close()
        self._listener, self._connections = None, []
