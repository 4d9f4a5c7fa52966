"""A TCP port that answers, or fails in one of many ways: what the broker's way and the push
receiver have in common."""

import asyncio
import contextlib
import random
from collections.abc import Callable

from twin import ports

from .loop import Loop, drop

WELL = "well"
ABSENT = "absent"
HALF_OPEN = "half-open"
SLOW = "slow"
CLOSING = "closing"
FLAPPING = "flapping"
LYING = "lying"
BLACK_HOLE = "black hole"
_FLAP = (0.3, 2.5)  # s between going and coming back


class Peer:
    """Listens on `port` of this PC. broke(): called when a connection ends.

    A subclass has `serve(reader, writer)`, which looks at `mode`.
    """

    def __init__(self, loop: Loop, seed: int, broke: Callable[[], None]) -> None:
        self.loop = loop
        self.random = random.Random(seed)
        self.broke = broke
        self.mode = WELL
        self._is_away = False
        self.port = ports.free_port()  # when it comes back it still is
        self._changed = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._flapping: asyncio.Task | None = None
        loop.call(self._listen())

    async def _listen(self):
        if not self._server:
            self._server = await asyncio.start_server(
                self._accept, "127.0.0.1", self.port, reuse_address=True)

    async def _go(self):
        """Nobody listens any more, and all connections are reset."""
        if self._server:
            self._server.close()
            self._server = None
        await self._drop()

    async def _drop(self):
        for writer in list(self._writers):
            drop(writer, True)

    def drop(self) -> None:
        """Reset every connection."""
        self.loop.call(self._drop())

    def set(self, mode: str) -> None:
        """From now on, fail in this way, or be WELL."""
        self.loop.call(self._set(mode))

    async def _set(self, mode):
        self.mode = mode
        if self._flapping:
            self._flapping.cancel()
            self._flapping = None
        if mode == ABSENT:
            await self._go()
        elif mode == FLAPPING:
            self._flapping = asyncio.create_task(self._flap())
        else:
            await self._listen()
        self.begins()
        self._wake()

    def _wake(self):
        self._changed.set()
        self._changed = asyncio.Event()

    def away(self, is_away: bool) -> None:
        """Whether nothing comes through, whatever the mode: there is no network at all."""
        self._is_away = is_away
        self.loop.loop.call_soon_threadsafe(self._wake)

    def begins(self) -> None:
        """A mode begins: what a subclass does with the connections that are there."""

    async def _flap(self):
        while True:
            await self._go()
            await asyncio.sleep(self.random.uniform(*_FLAP))
            await self._listen()
            await asyncio.sleep(self.random.uniform(*_FLAP))

    async def held(self, *modes: str) -> None:
        """Wait while one of these modes lasts, or the network is away."""
        while self.mode in modes or self._is_away:
            await self._changed.wait()

    async def _accept(self, reader, writer):
        self._writers.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self.serve(reader, writer)
        finally:
            self._writers.discard(writer)
            self.broke()
            drop(writer)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        raise NotImplementedError
