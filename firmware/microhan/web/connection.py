"""One client: its socket, and the deadline for what it must do next."""

import asyncio
import select
import time
from typing import TYPE_CHECKING

from micropython import const

from ..net.sockets import HEARD, no_delay
from ..net.wait import readable
from .answers import problem_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any

HEAD_MS = const(10_000)  # from accept to the end of the head
IDLE_MS = const(10_000)  # for each further piece, read or written

# Phases. Only a client that is let in, and whose answer is under way, keeps its place in any case.
ASKING = const(0)
ANSWERING = const(1)
LEAVING = const(2)
UNPROVEN = const(3)  # the answer is one that anybody gets
PARTING = const(4)  # it has its answer

_CHUNK = const(256)
_POLL_MS = const(10)
_PACE_MS = const(15)  # after a piece of a long answer: most of it has arrived by then
GONE = const(104)  # ECONNRESET: the client has left
_EAGAIN = const(11)
_ASKS_WITHIN = const(50)  # polls
_UNREAD = const(128)
_PARTS_WITHIN = const(50)  # polls, if nobody else wants its place
_PIECES = const(8)  # of so many bytes: the most that is read before a refusal


class Connection:
    """A non-blocking socket, the address at its other end, and a `deadline` (ticks_ms).

    Once it has passed the ConnectionPool dismisses the client.
    """

    def __init__(self, sock: "socket.socket", where: str):
        sock.setblocking(False)
        no_delay(sock)
        self._sock: "Any" = sock  # None once it was given away
        self._rest: bytes | memoryview = b""  # what write() found no room for
        self.has_answered = False  # at least with the first bytes
        self.task: "Any" = None  # that serves it
        self.where = where
        self.phase = ASKING
        self.visitor = "", ""  # whose events it follows: (digest of a session, id of a token)
        self.since = time.ticks_ms()  # it is here, or parts
        self.expire_in(HEAD_MS)

    def expire_in(self, ms: int) -> None:
        """Set the deadline."""
        self.deadline = time.ticks_add(time.ticks_ms(), ms)

    async def receive(self) -> bytes:
        """Wait for some bytes. Raises OSError when the client has left."""
        await readable(self._sock)
        try:
            data = self._sock.recv(_CHUNK)
        except OSError:
            data = b""  # with which number it ended does not matter
        if not data:
            raise OSError(GONE)
        HEARD[0] = 1
        return data

    def has_asked(self) -> bool:
        """Whether something came that nobody has read yet: then it is the device that is slow."""
        poller = select.poll()
        poller.register(self._sock, select.POLLIN)
        return bool(poller.poll(0))

    def skim(self) -> "bytes | None":
        """Read some of what the client has sent, which is lost. Returns b"" if it has closed its
        side, None if nothing is there."""
        try:
            return self._sock.recv(_UNREAD)
        except OSError as error:
            return None if error.errno == _EAGAIN else b""

    def write(self, data: "bytes | memoryview") -> None:
        """Send as many bytes as there is room for; drain() sends the rest. Until then `data` must
        stay as it is: it is not copied."""
        self.has_answered = True
        if self._rest:
            self._rest = bytes(self._rest) + data
        else:
            self._rest = memoryview(data)[self._sock.write(data) or 0 :] or b""

    async def drain(self, has_room: "Callable[[int], bool] | None" = None) -> None:
        """Wait until everything is sent. What the client has not taken yet lies in the system's
        memory: whoever has more to send gives has_room, and waits until that is so, too."""
        self.expire_in(IDLE_MS)
        await asyncio.sleep_ms(_PACE_MS if has_room else 0)
        while has_room and not has_room(-1):
            await asyncio.sleep_ms(_POLL_MS)
        while self._rest:
            count = self._sock.write(self._rest)
            if count:
                self._rest = self._rest[count:] or b""
            else:
                await asyncio.sleep_ms(_POLL_MS)

    async def part(self) -> None:
        """Let the client close first, half a second at most. Whoever closes first remembers the
        connection for two minutes: 208 bytes each, in the middle of the system's memory, and a
        client that uses the same port again gets no answer before."""
        self.phase = PARTING
        self.since = time.ticks_ms()
        for _ in range(_PARTS_WITHIN):
            if not self._sock or self.skim() == b"":
                break
            await asyncio.sleep_ms(_POLL_MS)

    def send_problem(self, problem: str) -> None:
        """Try once to answer, without waiting: the connection is about to be closed."""
        try:
            # Bytes that are unread when a socket closes would take the answer with them.
            for _ in range(_PIECES):  # a client may send without end
                if not self.skim():
                    break
            self._sock.send(problem_of(problem))
        except (OSError, MemoryError):
            pass  # no room, or gone

    async def turn_away(self, problem: str) -> None:
        """Answer without a place, and close. What was asked is waited for, half a second at most:
        a client that is told before it has asked may never see it."""
        for _ in range(_ASKS_WITHIN):
            if self.skim() is not None:
                break
            await asyncio.sleep_ms(_POLL_MS)
        self.send_problem(problem)
        await self.part()
        self.close()

    def dismiss(self, problem: str) -> None:
        """End the task of this connection. The client is told why unless its answer has begun."""
        if self.phase == ASKING:
            self.send_problem(problem)
        self.phase = LEAVING
        self.task.cancel()

    def give(self) -> "socket.socket":
        """The socket, for somebody who serves it from now on: this connection is over."""
        sock = self._sock
        self._sock = None
        return sock

    def close(self) -> None:
        """Close the socket. Never raises."""
        self._rest = b""
        try:
            if self._sock:
                self._sock.close()
        except OSError:
            pass
