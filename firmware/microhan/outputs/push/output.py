"""Readings by HTTP POST to a server of the owner's choice, as JSON or InfluxDB line protocol.

One socket, kept open between Readings where the server agrees, because a TLS handshake costs
the ESP32 a second. What cannot be delivered goes to the backlog; what the server refuses for
good is dropped and counted.
"""

import random
from typing import TYPE_CHECKING

from micropython import const

from ...net.pause import BEAT_MS, pause
from ..base import NO_MEMORY
from ..http.output import FIRST_PAUSE_MS, HttpOutput
from .influx import line

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_MAX_PAUSE_MS = const(16_000)
_LINES = const(1000)  # a POST of kept Readings as lines takes the next one up to this size


class PushOutput(HttpOutput):
    """The HTTP push way out. config: the section "push", of which nothing is kept as a whole."""

    NAME = "push"
    RETRIES = 3  # with every_s: after the first try, with 2, 4 and 8 s between

    def __init__(self, config: dict, device_id: str, hub: "Any", connect: "Callable",
                 log: "Callable[[str], None]", beat: "Callable[[], None] | None" = None):
        super().__init__(hub, connect, log, beat)
        self._id = device_id
        self._is_influx = config["format"] == "influx"
        self._every_ms = 1000 * config["every_s"]
        self._seq = -1  # of the newest Reading taken, with every_s
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

                self._tls = TlsSettings(
                    "push", config["ca"], config["tls_insecure"], self._host)

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
        pause_ms = FIRST_PAUSE_MS
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

    def _request(self, text):
        body = text.encode()
        return (self._head + "%d\r\n\r\n" % len(body)).encode() + body
