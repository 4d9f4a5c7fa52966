"""One outgoing TCP connection, plain or TLS, that never blocks and never waits for ever.

Every wait has a deadline, except that of the task that reads for as long as the link lives. A
deadline that passes ends the link. Waits with a deadline poll every 10 ms. To be woken instead
they would need asyncio's wait_for, and when MicroPython cancels one of the two tasks that wait
for a socket it forgets the other one, too (extmod/asyncio/core.py, IOQueue.remove).
"""

import asyncio
import time
from typing import TYPE_CHECKING

from micropython import const

from .sockets import HEARD, explain, ms_left
from .wait import readable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from .names import Names
    from .tls import TlsSettings

_RESOLVE_MS = const(8000)
_POLL_MS = const(10)
_BEGINNING = const(6_000)  # bytes of heap that it takes until a connection stands
_ROOM_POLL_MS = const(100)
_CONN_EOF = const(-0x7280)  # MBEDTLS_ERR_SSL_CONN_EOF: closed without TLS's close_notify


class Link:
    """A connection that dial.begin began. One task may read and one may write at a time.

    Every method that waits raises OSError with a sentence in args[0] when the peer closes the
    connection, resets it, or lets the deadline (ms) pass. Then only `close` is left to call.
    """

    def __init__(self, raw: "Any", sock: "Any", peer: str, tls: "TlsSettings | None",
                 over: "Callable[[], None]"):
        self._over = over  # called once it is closed
        self.peer = peer  # "host:port", for messages
        self.by_tls = tls is not None
        self._raw = raw
        self._sock = sock  # `raw`, or the TLS socket over it
        self._tls = tls  # net.tls.TlsSettings or None
        self._open = False  # True once a write went through: it is connected

    async def readinto(self, buf: bytearray, deadline_ms: int | None = None) -> int:
        """Read at least one byte into `buf`; return how many. Without a deadline, wait."""
        end = time.ticks_add(time.ticks_ms(), deadline_ms or 0)
        while True:
            if deadline_ms is None:
                await readable(self._sock)
            count = self._do(self._sock.readinto, buf)
            if count:
                HEARD[0] = 1
                return count
            if count == 0:
                raise self._error("EPIPE")
            # None: nothing yet, or a TLS record without data
            if deadline_ms is not None:
                await self._poll(end, "ETIMEDOUT")

    async def write(self, buf: bytes | memoryview, deadline_ms: int) -> None:
        """Write all of `buf`. Usually it fits into the socket's buffer at once.

        The first write of a link also waits for the TCP connection, and drives the TLS
        handshake.
        """
        end = time.ticks_add(time.ticks_ms(), deadline_ms)
        rest = memoryview(buf)
        too_late = "FULL" if self._open else "TLS" if self._tls else "ETIMEDOUT"
        while True:
            rest = rest[self._do(self._sock.write, rest) or 0 :]
            if not rest:
                break
            await self._poll(end, too_late)
        self._open = True

    def _do(self, call, buf):
        try:
            return call(buf)
        except (OSError, ValueError) as error:
            raise self._explained(error)

    async def _poll(self, end, too_late):
        """Wait a moment; `too_late` names the error if `end` has passed."""
        if ms_left(end) <= 0:
            raise self._error(too_late)
        await asyncio.sleep_ms(_POLL_MS)

    def _explained(self, error):
        """The OSError with a sentence for this one."""
        code = error.args[0] if error.args else 0
        if self._tls is not None and (_is_tls(error) or not self._open):
            if code == _CONN_EOF and self._open:
                return self._error("EPIPE")
            return OSError(self._tls.explain(self.peer, error))
        return OSError(explain(error, self.peer))

    def _error(self, name):
        return OSError(explain(OSError(name), self.peer))

    def close(self) -> None:
        """Close, whatever state it is in; a second time does nothing."""
        # The raw socket too: a TLS socket whose certificate check failed no longer refers to it
        # and did not close it (extmod/modtls_mbedtls.c). The device has ten sockets in all.
        for sock in (self._sock, self._raw):
            try:
                sock.close()
            except OSError:
                pass  # already gone
        if self._tls:
            self._tls.reserve()
            self._tls = None
        self._over()


def _is_tls(error):
    """True for TLS's own errors: the certificate's ValueError, mbedTLS's negative numbers."""
    code = error.args[0] if error.args else 0
    return (
        isinstance(error, ValueError)
        or (isinstance(code, int) and code < 0)
        or getattr(error, "reason", None) is not None  # CPython's ssl.SSLError
    )


def connector(names: "Names", has_room: "Callable[[int, bool], bool]",
              over: "Callable[[], None]") -> "Callable[..., Coroutine[Any, Any, Link]]":
    """Return what the outputs connect with: connect(host, port, tls, deadline_ms) -> Link.

    names: net.names.Names; has_room(bytes of heap, True): whether a connection may begin; over()
    is called when it has failed or ended. The Link's first write waits until it is connected.
    """

    async def connect(host, port, tls=None, deadline_ms=_RESOLVE_MS):
        if tls:
            tls.context()  # raises what is wrong with the settings: that comes first
        end = time.ticks_add(time.ticks_ms(), deadline_ms)
        while not has_room(_BEGINNING, True):
            if ms_left(end) <= 0:
                raise OSError("memory is short just now: no connection to %s:%d" % (host, port))
            await asyncio.sleep_ms(_ROOM_POLL_MS)
        from .dial import begin

        try:
            return Link(*await begin(names, host, port, tls, deadline_ms), over)
        except OSError:
            over()
            raise

    return connect
