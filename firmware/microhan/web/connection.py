"""One client: its socket, and until when it has time."""

import asyncio
import time

from micropython import const

from ..net.wait import readable
from .answers import problem_of

HEAD_MS = const(10_000)  # from accept to the end of the head
IDLE_MS = const(10_000)  # for each further piece, read or written

# Phases. In the first and the last one the place may be given to another client.
ASKING = const(0)
ANSWERING = const(1)
LEAVING = const(2)

_CHUNK = const(256)
_POLL_MS = const(10)
_GONE = const(104)  # ECONNRESET
_EAGAIN = const(11)


class Connection:
    """A non-blocking socket with a deadline, which the server looks after.

    When `deadline` (ticks_ms) has passed the server dismisses the client: it owed something.
    """

    def __init__(self, sock):
        sock.setblocking(False)
        try:
            # Head and body go out in two pieces: do not wait for the first one's ACK.
            # Numbers, since not every port names them: IPPROTO_TCP, TCP_NODELAY.
            sock.setsockopt(6, 1, 1)
        except OSError:
            pass  # only slower
        self._sock = sock
        self._rest = b""  # what write() found no room for
        self.task = None
        self.phase = ASKING
        self.born = time.ticks_ms()
        self.expire_in(HEAD_MS)

    def expire_in(self, ms):
        """Set the deadline."""
        self.deadline = time.ticks_add(time.ticks_ms(), ms)

    async def receive(self):
        """Some bytes; OSError when the client has ended."""
        await readable(self._sock)
        data = self._sock.recv(_CHUNK)
        if not data:
            raise OSError(_GONE)
        return data

    def is_gone(self):
        """True if a client that has nothing more to say has closed its side."""
        try:
            return not self._sock.recv(64)
        except OSError as error:
            return error.errno != _EAGAIN

    def write(self, data):
        """Send bytes as far as there is room; drain() sends the rest."""
        if not self._rest:
            data = data[self._sock.write(data) or 0 :]
        self._rest += data

    async def drain(self):
        """Send what write() found no room for."""
        self.expire_in(IDLE_MS)
        await asyncio.sleep_ms(0)
        while self._rest:
            count = self._sock.write(self._rest)
            if count:
                self._rest = self._rest[count:]
            else:
                await asyncio.sleep_ms(_POLL_MS)

    def say(self, problem):
        """One attempt to answer without waiting, for a client that is about to be closed."""
        # What is unread when a socket closes would take the answer with it: read first.
        try:
            self._sock.recv(1024)
        except (OSError, MemoryError):
            pass  # nothing there
        try:
            self._sock.send(problem_of(problem))
        except (OSError, MemoryError):
            pass  # no room, or gone

    def dismiss(self, problem):
        """End the task of this connection, and tell the client why unless an answer has begun."""
        if self.phase == ASKING:
            self.say(problem)
        self.phase = LEAVING
        self.task.cancel()

    def close(self):
        """Close the socket. Never raises."""
        try:
            self._sock.close()
        except OSError:
            pass
