"""Readings by HTTP POST to a server of the owner's choice, as JSON or InfluxDB line protocol.

One socket, kept open between Readings where the server agrees, because a TLS handshake costs
the ESP32 a second. What cannot be delivered goes to the backlog; what the server refuses for
good is dropped and counted.
"""

import random
import time
from typing import TYPE_CHECKING

from micropython import const

from ...net.pause import BEAT_MS, pause
from ...net.sockets import ms_left
from ..base import NO_MEMORY, Output
from .http_response import Response
from .influx import line

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ...net.link import Link

_DEADLINE_MS = const(8000)  # for connecting, for writing, and for the answer
# What a server says of this Reading, and would say again. All else passes, some day: a portal's
# redirect while a router has no internet, a database that is not there yet, a token that expired.
_FOR_GOOD = (400, 413, 422)
_FIRST_PAUSE_MS = const(2000)
_MAX_PAUSE_MS = const(16_000)
_LINES = const(1000)  # a POST of kept Readings as lines takes the next one up to this size


class PushOutput(Output):
    """The HTTP push way out. config: the section "push", of which nothing is kept as a whole."""

    NAME = "push"
    RETRIES = 3  # with every_s: after the first try, with 2, 4 and 8 s between

    def __init__(self, config: dict, device_id: str, hub: "Any", connect: "Callable",
                 log: "Callable[[str], None]", beat: "Callable[[], None] | None" = None):
        super().__init__(hub, connect, log, beat)
        self._id = device_id
        self._is_influx = config["format"] == "influx"
        self._every_ms = 1000 * config["every_s"]
        self._link: Link | None = None
        self._seq = -1  # of the newest Reading taken, with every_s
        self._given_up = 0  # Readings that the server refused, or that could not be kept
        if config["url"]:
            self._state = "connecting"
            from ...net.url import split_url
            from .request import request_head

            try:
                tls, self._host, self._port, path = split_url("push.url", config["url"])
            except ValueError as error:
                self._report(error)
                return
            self._head = request_head(config, tls, self._host, self._port, path)
            self._follower = hub.follow(self.QUEUE, self._event.set, self.keep)
            if self._every_ms:
                self._follower.close()  # _next() puts in what is to be sent
            if tls:
                from ...net.tls import TlsSettings

                self._tls = TlsSettings("push", config["ca"], config["tls_insecure"])

    def status(self) -> dict:
        """For /status.json."""
        out = super().status()
        out["dropped"] += self._given_up
        return out

    async def run(self) -> None:
        """Push for ever; every failure is an entry in `status`, no exception."""
        while not self._host:
            await pause(BEAT_MS, self._beat)
        try:
            while True:
                await self._deliver(await self._next())
        finally:
            self._close()

    # ---- what to send -----------------------------------------------------------------------

    async def _next(self):
        """Wait for the Reading that is to be sent next; send what was kept meanwhile."""
        while self._every_ms:
            while await self.drain():
                pass
            await pause(self._every_ms, self._beat)
            reading = self._hub.reading
            if reading and reading.seq != self._seq:
                self._seq = reading.seq
                self._follower.enqueue(reading)
                return reading
        while True:
            self._beat()
            reading = self._follower.first()
            if reading:
                return reading
            if not await self.drain():
                await self._event.wait(BEAT_MS)

    def _text(self, reading):
        """The body for a Reading; None for one with a clock only, for which line protocol has no
        form."""
        if self._is_influx:
            return line(reading, self._id)
        return reading.json(reading.identity())

    # ---- sending ----------------------------------------------------------------------------

    async def _deliver(self, reading):
        """Send one Reading, which stays in the queue meanwhile. Over when the server has it or
        refuses it for good, or when it went to the backlog."""
        pause_ms = _FIRST_PAUSE_MS
        tries = 0
        while not await self._send(reading):
            if self._every_ms and tries == self.RETRIES:
                if not self.keep(reading):
                    self._given_up += 1
                break
            tries += 1
            await pause(pause_ms + (pause_ms * random.getrandbits(8) >> 10), self._beat)
            pause_ms = min(2 * pause_ms, _MAX_PAUSE_MS)
            if self._follower.first() is not reading:
                return
        if self._follower.first() is reading:
            self._follower.get()

    async def _send(self, reading):
        """As _try(), for one Reading."""
        try:
            text = self._text(reading)
        except MemoryError:
            self._report(OSError(NO_MEMORY))
            return False
        return text is None or await self._try(text, 1)

    async def drain(self) -> bool:
        """Send some of the backlog: lines up to some size, or one object. False if nothing is to
        be sent now."""
        text = ""
        count = 0
        while len(text) < (_LINES if self._is_influx else 1):
            reading = self.take()
            if not reading:
                break
            try:
                more = self._text(reading)
                if more:
                    text = text + "\n" + more if text else more
                    count += 1
            except MemoryError:
                self._kept.give_up()
        if not count:
            return False
        if await self._try(text, count):
            return True
        self._kept.restart(True)
        return False

    async def _try(self, text, count):
        """POST `count` Readings. True if the server has them or refuses them for good, False if
        they are to be sent again."""
        try:
            status = await self._post(text.encode())
            if 200 <= status < 300:
                self._report()
                self._sent += count
                return True
            self._refused(status)
            if status in _FOR_GOOD:
                self._given_up += count
                return True
        except OSError as error:
            self._report(error)
        except MemoryError:
            self._report(OSError(NO_MEMORY))
        self._close()
        return False

    def _refused(self, status):
        from ..errors import http_error

        self._report(http_error(status))

    async def _post(self, body):
        """Send the request, return the answer's status code."""
        request = (self._head + "%d\r\n\r\n" % len(body)).encode() + body
        if self._link:
            # The server may have closed it since, which shows only now: that is no failure.
            try:
                return await self._exchange(request)
            except OSError:
                self._close()
        self._beat()
        self._link = await self._connect(self._host, self._port, self._tls, _DEADLINE_MS)
        return await self._exchange(request)

    async def _exchange(self, request):
        self._beat()
        await self._link.write(request, _DEADLINE_MS)
        self._beat()
        response = Response()
        buf = bytearray(256)
        end = time.ticks_add(time.ticks_ms(), _DEADLINE_MS)
        while not response.done:
            if ms_left(end) <= 0:
                raise OSError("%s does not answer the request" % self._link.peer)
            response.feed(buf, await self._link.readinto(buf, ms_left(end)))
        if not response.keep:
            self._close()
        return response.status

    def _close(self):
        if self._link:
            self._link.close()
            self._link = None
