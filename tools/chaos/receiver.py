"""Where the device pushes to: an HTTP server that keeps what it takes, or fails."""

import asyncio
import contextlib
import time
from collections.abc import Callable

from .loop import Loop
from .peer import BLACK_HOLE, CLOSING, HALF_OPEN, SLOW, WELL, Peer
from .record import PUSH, Arrival, Record

SERVER_ERROR = "500"
TOO_LARGE = "413"
HALF = "half an answer"
GARBAGE = "garbage"
_OK = b"HTTP/1.1 204 No Content\r\n\r\n"
_OTHER_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
# A server that has a problem, and what stands in front of it.
_ERRORS = (b"500 Internal Server Error", b"503 Service Unavailable", b"429 Too Many Requests",
           b"302 Found", b"401 Unauthorized", b"404 Not Found")
_MOST = 12.0  # s that a slow answer takes


class Receiver(Peer):
    """Puts what it takes into `record`."""

    def __init__(self, loop: Loop, seed: int, broke: Callable[[], None], record: Record) -> None:
        self._record = record
        super().__init__(loop, seed, broke)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Requests of one connection, until it ends."""
        while True:
            if self.mode == HALF_OPEN:
                await self.held(HALF_OPEN)
                return
            await self.held(BLACK_HOLE)  # what was sent meanwhile is taken late, as by TCP
            if self.mode == CLOSING and self.random.random() < 0.5:
                await reader.read(self.random.randrange(1, 400))
                return
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r")[0])
            body = await reader.readexactly(length)
            await self.held(BLACK_HOLE)
            if not await self._answer(body, writer):
                return

    async def _answer(self, body, writer):
        """False if that was the connection's last request."""
        mode = self.mode
        if mode != WELL:
            self.broke()
        if mode in (SERVER_ERROR, TOO_LARGE):
            status = b"413 Content Too Large"
            if mode == SERVER_ERROR:
                status = self.random.choice(_ERRORS)
            else:
                self._record.refused += readings_of(body)
            writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return True
        now = time.monotonic()
        self._record.arrived[PUSH] += [Arrival(now, one) for one in readings_of(body)]
        answer = self.random.choice((_OK, _OTHER_OK))
        if mode == CLOSING:
            return False
        if mode == HALF:
            writer.write(answer[:self.random.randrange(1, len(answer) - 3)])
            await writer.drain()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.held(HALF), self.random.choice((0.1, 20)))
            return False
        if mode == GARBAGE:
            writer.write(self.random.randbytes(self.random.randrange(1, 3000)))
            await writer.drain()
            return False
        if mode == SLOW:
            seconds = self.random.uniform(0.5, _MOST)
            for byte in answer:
                await asyncio.sleep(seconds / len(answer))
                writer.write(bytes((byte,)))
                await writer.drain()
            return True
        writer.write(answer)
        await writer.drain()
        return True


def readings_of(body: bytes) -> list[bytes]:
    """The Readings of a POST: one object, or lines."""
    return [body] if body[:1] == b"{" else body.split(b"\n")
