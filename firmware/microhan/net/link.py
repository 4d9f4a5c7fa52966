"""One outgoing TCP connection, plain or TLS, that never blocks and never waits for ever.

Every wait has a deadline, but that of the one task that reads for as long as the link lives. A
deadline that passes ends the link. Waits with a deadline look again every 10 ms: to be woken and
cancelled they would need asyncio's wait_for, and MicroPython forgets *both* waiters of a socket
when one of them is cancelled (extmod/asyncio/core.py, IOQueue.remove).
"""

import asyncio
import time

from micropython import const

from .sockets import left, meaning_of, words
from .wait import readable

_RESOLVE_MS = const(8000)  # below the 10 s in which every task owes the supervisor a beat
_POLL_MS = const(10)
_CONN_EOF = const(-0x7280)  # MBEDTLS_ERR_SSL_CONN_EOF: the peer left without a TLS goodbye


class Link:
    """A connection that dial.begin began. One task may read and one may write at a time.

    Every method that waits raises OSError with words in args[0] when the peer ends the
    connection, breaks it, or lets the deadline (ms) pass. Then only `close` is left to call.
    """

    def __init__(self, raw, sock, peer, settings):
        self.peer = peer  # "host:port", for messages
        self.by_tls = settings is not None
        self._raw = raw
        self._sock = sock  # `raw`, or the TLS socket over it
        self._tls = settings
        self._open = False  # True once a write went through

    async def readinto(self, buf, deadline_ms=None):
        """Read at least one byte into `buf`; return how many. Without a deadline, wait."""
        end = time.ticks_add(time.ticks_ms(), deadline_ms or 0)
        while True:
            if deadline_ms is None:
                await readable(self._sock)
            count = self._do(self._sock.readinto, buf)
            if count:
                return count
            if count == 0:
                raise self._broken("EPIPE")
            # None: nothing yet, or TLS had a record that carried no data for us
            if deadline_ms is not None:
                await self._pause(end, "ETIMEDOUT")

    async def write(self, buf, deadline_ms):
        """Write all of `buf`. Usually it fits at once, and nothing is waited for.

        The first write of a link also waits for what connect began: the TCP connection and
        the TLS handshake, which this drives.
        """
        end = time.ticks_add(time.ticks_ms(), deadline_ms)
        rest = memoryview(buf)
        late = "FULL" if self._open else "ETIMEDOUT" if self._tls is None else "TLS"
        while True:
            rest = rest[self._do(self._sock.write, rest) or 0 :]
            if not rest:
                break
            await self._pause(end, late)
        self._open = True

    def _do(self, call, buf):
        try:
            return call(buf)
        except (OSError, ValueError) as error:
            raise self._fault(error)

    async def _pause(self, end, late):
        """Wait a moment; `late` names what it means if `end` has passed."""
        if left(end) <= 0:
            raise self._broken(late)
        await asyncio.sleep_ms(_POLL_MS)

    def _fault(self, error):
        """Return an OSError with words for what went wrong."""
        code = error.args[0] if error.args else 0
        if self._tls is not None and (_is_tls(error) or not self._open):
            if code == _CONN_EOF and self._open:
                return self._broken("EPIPE")
            return OSError(self._tls.words(self.peer, error))
        return OSError(words(error, self.peer))

    def _broken(self, name):
        return OSError(meaning_of(name, self.peer))

    def close(self):
        """Close, whatever state it is in; a second time does nothing."""
        # The raw socket too: a TLS socket whose certificate check failed has let go of it
        # without closing (extmod/modtls_mbedtls.c), and the device has ten sockets in all.
        for sock in (self._sock, self._raw):
            try:
                sock.close()
            except OSError:
                pass  # already gone
        if self._tls:
            self._tls.keep()
            self._tls = None


def _is_tls(error):
    """True for TLS's own errors: the certificate's ValueError, mbedTLS's negative numbers."""
    code = error.args[0] if error.args else 0
    return (
        isinstance(error, ValueError)
        or (isinstance(code, int) and code < 0)
        or getattr(error, "reason", None) is not None  # CPython's ssl.SSLError
    )


def connector(names):
    """Return what the outputs connect with: connect(host, port, tls, deadline_ms) -> Link.

    It is dial.begin bound to `names`. The first write waits for the connection and proves it.
    """

    async def bound(host, port, tls=None, deadline_ms=_RESOLVE_MS):
        from .dial import begin

        return Link(*await begin(names, host, port, tls, deadline_ms))

    return bound
