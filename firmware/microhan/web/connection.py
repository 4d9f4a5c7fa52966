"""One client: the guard between its socket and microdot.

microdot gets it as reader and as writer. It hands out the head that was checked before, keeps
the deadlines, gathers small writes into one segment, and closes what was opened for the answer.
"""

import time
from asyncio.stream import Stream  # not offered in `asyncio` itself

from micropython import const

from .problems import answer_of

HEAD_MS = const(10_000)  # from accept to the end of the head
IDLE_MS = const(10_000)  # for each further piece, read or written

# Phases. In the first and the last one the place may be given to another client.
ASKING = const(0)
ANSWERING = const(1)
LEAVING = const(2)

_SEGMENT = const(1460)
_CHUNK = const(256)
_GONE = const(104)  # ECONNRESET: microdot takes it as the ordinary end of a client
_EAGAIN = const(11)


class Connection:
    """The reader and writer of one request, over a non-blocking socket."""

    def __init__(self, sock, peer):
        sock.setblocking(False)
        try:
            # Header and body go out in two pieces at times: do not wait for the first one's ACK.
            # Numbers, since not every port names them: IPPROTO_TCP, TCP_NODELAY.
            sock.setsockopt(6, 1, 1)
        except OSError:
            pass  # only slower
        self._sock = sock
        self._stream = Stream(sock)
        self._peer = peer
        self._lines = ()
        self._rest = b""
        self._out = bytearray()
        self._kept = None
        self.task = None
        self.phase = ASKING
        self.is_started = False  # its task has run
        self.farewell = ""  # the problem for which the server cancelled its task
        self.born = time.ticks_ms()
        self._has_deadline = True
        self._deadline = time.ticks_add(self.born, HEAD_MS)

    # Deadlines

    def expire_in(self, ms):
        """Set the time after which the server cancels this connection."""
        self._has_deadline = True
        self._deadline = time.ticks_add(time.ticks_ms(), ms)

    def never_expire(self):
        """Nothing is owed by the client now."""
        self._has_deadline = False

    def is_late(self, now):
        """True once the deadline has passed; now in ticks_ms."""
        return self._has_deadline and time.ticks_diff(now, self._deadline) >= 0

    def age_ms(self, now):
        """Milliseconds since accept."""
        return time.ticks_diff(now, self.born)

    # Reading

    async def receive(self):
        """Some bytes; OSError when the client has ended."""
        data = await self._stream.read(_CHUNK)
        if not data:
            raise OSError(_GONE, "client left")
        return data

    def begin(self, head):
        """Take over a checked head: what follows is read by microdot."""
        self.phase = ANSWERING
        self.expire_in(IDLE_MS)
        self._lines = head.lines
        self._rest = head.rest

    async def readline(self):
        """The next line of the head, b"" at its end."""
        return self._lines.pop(0) if self._lines else b""

    async def readexactly(self, n):
        """n bytes of the body; OSError when the client ends before."""
        data = self._rest
        while len(data) < n:
            data += await self.receive()
        self._rest = data[n:]
        return data[:n]

    def is_gone(self):
        """True if a client that has nothing more to say has closed its side."""
        try:
            return not self._sock.recv(64)
        except OSError as error:
            return error.errno != _EAGAIN

    # Writing

    async def awrite(self, data):
        """Write, gathering what fits into one segment."""
        if len(self._out) + len(data) > _SEGMENT:
            await self.flush()
        if len(data) > _SEGMENT:
            await self._send(data)
        else:
            self._out.extend(data)

    async def flush(self):
        """Send what was gathered."""
        if self._out:
            data = self._out
            self._out = bytearray()
            await self._send(data)

    async def _send(self, data):
        self.expire_in(IDLE_MS)
        self._stream.write(data)
        await self._stream.drain()

    async def aclose(self):
        """End of the answer. The server closes the socket, on this path as on every other."""
        await self.flush()

    def get_extra_info(self, name):
        """Address of the client."""
        return self._peer if name == "peername" else None

    async def leave(self):
        """Read on until the client has closed, or for the time set by expire_in.

        Closing a socket with unread bytes resets the connection, and the client may never see
        the answer that told it what was wrong.
        """
        for _ in range(128):  # 32 kB
            await self.receive()

    def say(self, problem):
        """One attempt to answer without waiting, for a client that is about to be closed."""
        try:
            self._sock.recv(1024)
        except OSError:
            pass  # nothing there; the answer goes out all the same
        try:
            self._sock.send(answer_of(problem))
        except OSError:
            pass  # no room, or gone

    # End

    def dismiss(self, problem):
        """Cancel the task of this connection: it is late (408), or in the way (503)."""
        self.farewell = problem
        self.task.cancel()

    def bid_farewell(self):
        """Tell a dismissed client why, unless an answer has begun."""
        if self.phase == ASKING:
            self.say(self.farewell)

    def keep(self, thing):
        """Have `thing` closed together with this connection, whatever ends it."""
        self._kept = thing

    def close(self):
        """Close the socket and what was kept. Never raises."""
        try:
            if self._kept:
                self._kept.close()
        except OSError:
            pass
        try:
            self._sock.close()
        except OSError:
            pass
