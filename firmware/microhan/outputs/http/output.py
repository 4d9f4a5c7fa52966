"""An output that makes HTTP requests: one socket, kept open as long as server and output like."""

import time
from typing import TYPE_CHECKING

from micropython import const

from ...net.sockets import ms_left
from ..base import NO_MEMORY, Output
from .response import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...net.link import Link

_DEADLINE_MS = const(8000)  # for connecting, for writing, and for the answer
FIRST_PAUSE_MS = const(2000)  # before the second try; then twice the one before
# What a server says of this content, and would say again. All else passes, some day: a portal's
# redirect while a router has no internet, a database that is not there yet, a token that expired.
_FOR_GOOD = (400, 413, 422)


async def exchange(link: "Link", request: bytes, deadline_ms: int,
                   beat: "Callable[[], None]") -> Response:
    """Send a request, and read its answer. Raises OSError."""
    beat()
    await link.write(request, deadline_ms)
    beat()
    response = Response()
    buf = bytearray(256)
    end = time.ticks_add(time.ticks_ms(), deadline_ms)
    while not response.done:
        if ms_left(end) <= 0:
            raise OSError("%s does not answer the request" % link.peer)
        response.feed(buf, await link.readinto(buf, ms_left(end)))
    return response


class HttpOutput(Output):
    """What push and webhook share. They set where it goes, and make requests of texts."""

    _port = 0
    _link: "Link | None" = None
    _given_up = 0  # what the server refused, or what could not be kept

    def status(self) -> dict:
        """For /status.json."""
        out = super().status()
        out["dropped"] += self._given_up
        return out

    def _request(self, text: str) -> bytes:
        """The whole request for what is to be said."""
        raise NotImplementedError

    async def _try(self, text, count):
        """Send what stands for `count` Readings. True if the server has it or refuses it for good,
        False if it is to be sent again."""
        try:
            status = await self._ask(text)
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

        self._report(http_error(status, self.NAME))

    async def _ask(self, text):
        """Send the request, return the answer's status code."""
        if self._link:
            # The server may have closed it since, which shows only now: that is no failure.
            try:
                return await self._exchange(text)
            except OSError:
                self._close()
        self._beat()
        # The request is made once that has waited for memory, and others stand back.
        self._link = await self._connect(self._host, self._port, self._tls, _DEADLINE_MS)
        return await self._exchange(text)

    async def _exchange(self, text):
        response = await exchange(self._link, self._request(text), _DEADLINE_MS, self._beat)
        if not response.keep:
            self._close()
        return response.status

    def _close(self):
        if self._link:
            self._link.close()
            self._link = None
