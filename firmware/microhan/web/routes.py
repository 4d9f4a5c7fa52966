"""What is at which address. docs/http.md fixes the shapes, answers.txt has types and headers."""

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING

from micropython import const

from ..store.files import read
from .access import utc
from .answers import file_of, head_of, problem_of, row_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .connection import Connection
    from .request_head import Head
    from .server import Sources
    from .streams import Streams

_ANSWER = const(3_000)  # bytes of heap that an answer takes for a while
_STREAMED = const(9_500)  # and one whose length nobody knows before: docs/performance.md
_WAIT_POLLS = const(20)  # how long a request waits for its turn before it gets 503: a second
_POLL_MS = const(50)
_PIECE = const(1024)  # bytes that are written at once
_PART = const(400)  # letters of JSON that are put together


def _cut(body):
    """Iterate over the pieces of a body."""
    body = memoryview(body)
    while body:
        yield body[:_PIECE]
        body = body[_PIECE:]


def _parts(told):
    """Iterate over the JSON text of a dict. Memory for all of it, or for what is said of the
    meter, is seldom there in one piece."""
    before = "{"
    for name in told:
        value = told[name]
        yield '%s"%s": ' % (before, name)
        before = ", "
        if isinstance(value, dict) and value:
            yield from _parts(value)
        else:
            yield json.dumps(value)
    yield "}"


def _read(path, piece):
    """Iterate over a file's pieces, each of them in `piece`."""
    with open(path, "rb") as file:
        while count := file.readinto(piece):
            yield piece[:count]


class Routes:
    """The answers to GET and HEAD.

    The function for an address returns the body as bytes; or the key of a problem, text; or a pair
    (its size, an iterator over its pieces), with further headers behind. Of what is streamed the
    size is None: nobody knows it before. Of events both are None: the caller of answer() is to
    send them.
    """

    def __init__(self, sources: "Sources", streams: "Streams"):
        self._sources = sources
        self._streams = streams
        self._answering = 0  # requests, now
        self._ways: "Any" = None  # open.ways.Ways, once somebody asked one

    async def answer(self, connection: "Connection", head: "Head", key: str) -> bool:
        """Write the whole answer to a request that is allowed, when its turn comes. key: of its
        row. Returns True if events are to follow. Raises MemoryError if it does not come."""
        give = BODIES.get(key)
        if not give and not file_of(key):
            give = Routes.open
        is_streamed = give == Routes.streamed
        await self.turn(self._sources.places, _STREAMED if is_streamed else _ANSWER)
        self._answering += 1
        try:
            if key == "/telegram.txt" and self._must_write_text():
                key = "written"  # no path: those begin with /
                give = Routes.written
            elif key == "/metrics" and head.takes_openmetrics:
                key = "openmetrics"
            elif key == "/" and self._sources.mode == "setup":
                key = "portal"
            with_body = head.method != "HEAD"
            body: tuple | bytes | str
            try:
                if give:
                    body = give(self, head) if give in _OF_HEAD else give(self)
                else:
                    path = file_of(key)
                    # The piece now: once the answer has begun it must be finished.
                    body = os.stat(path)[6], _read(path, memoryview(bytearray(_PIECE)))
            except MemoryError:
                body = "503m"
            except Exception as error:
                sys.print_exception(error)
                body = "500"
            if isinstance(body, str):
                connection.write(problem_of(body, with_body))
            else:
                size, pieces, *more = (
                    body if isinstance(body, tuple) else (len(body), _cut(body)))
                fields = row_of("/" if key == "/claim" else key)[1:] + more
                if is_streamed and head.takes_chunks:
                    fields.append("Transfer-Encoding: chunked")
                connection.write(head_of("200 OK", size, *fields).encode())
                if with_body:
                    if not pieces:
                        return True
                    await self._send(connection, size, pieces)
            await connection.drain()
            return False
        finally:
            self._answering -= 1

    async def _send(self, connection, size, pieces):
        """Write the pieces of a body. size: None if nobody knows it. An empty piece lets others
        run, and sends nothing."""
        for piece in pieces:
            if piece:
                connection.write(piece)
            if size is not None:
                size -= len(piece)
            more = piece and size != 0
            await connection.drain(self._sources.has_room if more else None)

    async def turn(self, places: int, heap: int = _ANSWER) -> None:
        """Wait until fewer answers than `places` are under way, and memory is there for one more,
        which takes `heap`. Raises MemoryError if that takes too long."""
        polls = _WAIT_POLLS
        while self._answering >= places or not self._sources.has_room(heap):
            if not polls:
                raise MemoryError
            polls -= 1
            await asyncio.sleep_ms(_POLL_MS)

    def _must_write_text(self):
        """Whether /telegram.txt is to be written from values: the meter did not send text."""
        hub = self._sources.hub
        return hub.reading and not hub.raw_is_text

    def reading(self) -> bytes | str:
        """The State: the newest proven value of each field."""
        hub = self._sources.hub
        return hub.state.json() if hub.reading else "503t"

    def open(self, head: "Head") -> "bytes | str":
        """What a way out that knows no password tells."""
        if not self._ways:
            from .open.ways import Ways

            self._ways = Ways()
        # Nothing: the telegram itself.
        return self._ways.answer(head.path, head.rest, self._sources) or (
            self.written() if self._must_write_text() else self.raw())

    def status(self) -> tuple:
        """The device, its meter line and its outputs."""
        pieces = []
        parts: "list[str]" = []
        size = 0
        for part in _parts(self._sources.status()):
            parts.append(part)
            size += len(part)
            if size > _PART:
                pieces.append("".join(parts).encode())
                parts.clear()
                size = 0
        pieces.append("".join(parts).encode())
        return sum([len(piece) for piece in pieces]), pieces

    def raw(self) -> bytes | str:
        """The newest proven telegram, byte by byte as sent."""
        return bytes(self._sources.hub.raw) or "503t"

    def written(self) -> bytes:
        """A P1 telegram of the State, and so with the registers that come once an hour."""
        from ..telegram.p1.writer import write

        return write(self._sources.hub.state.reading(), "se", self._sources.base_min)

    def capture(self) -> bytes | str:
        """The last bytes that were no telegram."""
        return self._sources.capture() or "404c"

    def log(self) -> bytes:
        """The last lines of the log, each with its uptime in seconds."""
        return self._sources.recent()

    def crash(self) -> bytes | str:
        """What the newest crash left."""
        path = self._sources.config_path
        return read(path[:path.rfind("/") + 1] + "crash") or "404r"

    def streamed(self, head: "Head") -> tuple | str:
        """What the ledger has kept; all of it with the settings, /backup; /metrics."""
        chunked = head.takes_chunks
        if head.path == "/metrics":
            from .chunks import gathered
            from .metrics import metrics

            return None, gathered(metrics(self._sources, head.takes_openmetrics), chunked)
        wanted = self._wanted(head)
        if isinstance(wanted, str):
            return wanted
        from .chunks import gathered, written

        if head.path == "/backup":
            pieces, name = wanted
            return None, gathered(pieces, chunked), name
        return None, gathered(written(head.path, self._sources.rings, wanted), chunked)

    def _wanted(self, head):
        """What is asked for. Separate, so that what reads it is gone before the answer begins."""
        now = utc(self._sources.hub)
        if head.path == "/backup":
            from .backup import asked_for

            return asked_for(self._sources, head.query, now)
        from .history import wanted

        return wanted(self._sources, head.path, head.query, now)

    def events(self) -> tuple | str:
        """Server-sent events for as long as the client stays."""
        return "503e" if self._streams.is_full() else (None, None)


# The body's function for each of these addresses of answers.txt. actions.py has the others.
BODIES: "dict[str, Callable]" = {
    "/reading.json": Routes.reading,
    "/status.json": Routes.status,
    "/telegram.txt": Routes.raw,
    "/telegram.bin": Routes.raw,
    "/capture.bin": Routes.capture,
    "/log.txt": Routes.log,
    "/crash.txt": Routes.crash,
    "/history.json": Routes.streamed,
    "/history.csv": Routes.streamed,
    "/peaks.json": Routes.streamed,
    "/backup": Routes.streamed,
    "/metrics": Routes.streamed,
    "/events": Routes.events,
}
_OF_HEAD = Routes.streamed, Routes.open
