"""The way to the broker: a TCP proxy that lets the device's packets through, or does not."""

import asyncio
import contextlib

from .loop import drop
from .peer import BLACK_HOLE, CLOSING, HALF_OPEN, LYING, SLOW, Peer

_SLOW = (0.2, 4.0)  # s by which a piece comes late
# What a broker that lies says: a welcome and nothing more, refusals, other protocols, malformed
# lengths.
_LIES = (b"\x20\x02\x00\x00", b"\x20\x02\x00\x05", b"\x20\x02\x00\x03", b"\x20\x02\x00\x63",
         b"\x30\xff\xff\xff\xff\x7f", b"HTTP/1.1 400 Bad Request\r\n\r\n",
         b"\x15\x03\x03\x00\x02\x02\x28", b"\x20\x09", b"\x40\x02", b"\xd0\x00\xd0\x00\xd0\x00")
_INJECTED = (b"\x40\x02\xff\xfe", b"\x90\x03\xff\xfe\x00", b"\x20\x02\x00\x00", b"\x30\x01\x00")


class Way(Peer):
    """To the broker on port `to` of this PC."""

    to = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connect it with the broker, if the mode says so."""
        if self.mode == HALF_OPEN:
            await self.held(HALF_OPEN)
            return
        await self.held(BLACK_HOLE)  # what was sent meanwhile comes through late, as TCP does
        if self.mode == LYING and self.random.random() < 0.7:
            await self._lie(reader, writer)
            return
        there, back = await asyncio.open_connection("127.0.0.1", self.to)
        limit = self.random.randrange(20, 900) if self.mode == CLOSING else 0
        pumps = [asyncio.ensure_future(self._pump(reader, back, limit)),
                 asyncio.ensure_future(self._pump(there, writer, 0))]
        if self.mode == LYING:
            pumps.append(asyncio.ensure_future(self._inject(writer)))
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            drop(back, bool(limit))

    async def _pump(self, source, sink, limit):
        """Hand on what comes; with a limit, close after so many bytes, in the middle of a packet.
        """
        count = 0
        with contextlib.suppress(OSError):
            while data := await source.read(4096):
                await self.held(BLACK_HOLE, HALF_OPEN)
                if self.mode == SLOW:
                    await asyncio.sleep(self.random.uniform(*_SLOW))
                    self.broke()  # what waits this long may go by another way
                if self.mode == CLOSING and not limit:
                    limit = count + self.random.randrange(1, 900)
                if limit and count + len(data) >= limit:
                    sink.write(data[:max(0, limit - count)])
                    await sink.drain()
                    return
                count += len(data)
                sink.write(data)
                await sink.drain()
        await self.held(BLACK_HOLE, HALF_OPEN)  # nor does the end come through

    async def _lie(self, reader, writer):
        await reader.read(512)
        lie = self.random.choice((*_LIES, self.random.randbytes(64)))
        writer.write(lie)
        await writer.drain()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(reader.read(), self.random.uniform(0.5, 12))

    async def _inject(self, writer):
        """A broker that works, and then says what it must not."""
        await asyncio.sleep(self.random.uniform(0.2, 4))
        writer.write(self.random.choice((*_INJECTED, self.random.randbytes(40))))
        await writer.drain()
        await asyncio.Event().wait()

    def begins(self) -> None:
        """A lie begins in the middle of a session."""
        if self.mode == LYING:
            for writer in self._writers:
                with contextlib.suppress(OSError):
                    writer.write(self.random.choice(_INJECTED))
