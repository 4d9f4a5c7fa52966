"""TLS settings of one way out: whom to trust, and what a failed handshake means."""

import gc
import socket
import time
from binascii import a2b_base64
from typing import TYPE_CHECKING

import tls

from micropython import const

if TYPE_CHECKING:
    from typing import Any

_OLDEST_YEAR = const(2025)  # chips start in 2000 or 1970: an earlier year was never set


_held: list = []


def hold(place: "Any") -> None:
    """Keep `place`, a TLS socket or None, until the memory that it takes is wanted for the first
    one of a TlsSettings."""
    if place:
        _held.append(place)


def clock_is_set() -> bool:
    """True if the clock says a year in which this firmware existed."""
    return time.gmtime()[0] >= _OLDEST_YEAR


class TlsSettings:
    """What one configuration section ("mqtt", "push") says about TLS.

    section: the section's name, for messages.
    ca: certificate(s) of the authority to trust: PEM text, or DER as base64 text or bytes. It is
    let go of once it is loaded.
    insecure: True takes any certificate; the traffic is encrypted, but to anyone.
    host: of the server, if memory is to be reserved for it while there is no connection.
    """

    def __init__(self, section: str, ca: str | bytes = "", insecure: bool = False,
                 host: str = ""):
        self.section = section
        self.insecure = insecure
        self.warning = ""  # for /status.json
        if insecure:
            self.warning = "%s.tls_insecure is on: the %s's certificate is not checked" % (
                section, "broker" if section == "mqtt" else "server")
        self._ca = ca
        self._context: Any = None
        self._host = host
        self._reserved: tuple | None = None  # sockets for the next connection
        self._names: list[str] = []  # of the certificate that was refused
        self.wants_names = False  # True if `fetch_names` should be called before the next try
        self.reserve()

    def reserve(self) -> None:
        """Make the next connection's sockets now, before others take that memory: TLS needs two
        blocks of 17 and 4 kB, and 10 kB more for the handshake. No exception: if it cannot be
        done now it is tried again, and reported, when it is needed."""
        if self._host and not self._reserved:
            try:
                self._reserved = self._sockets(self._host)
            except (OSError, ValueError, MemoryError):
                pass

    def sockets(self, host: str) -> tuple:
        """(TCP socket, TLS socket over it) for a connection to `host`; not connected."""
        reserved = self._reserved
        self._reserved = None
        return reserved or self._sockets(host)

    def _sockets(self, host, context=None):
        context = context or self.context()
        gc.collect()  # gives empty areas of the heap back to the system, where TLS's memory is
        while _held:
            _held.pop().close()
        raw = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            raw.setblocking(False)
            # do_handshake_on_connect would loop in C and block all other tasks.
            return raw, context.wrap_socket(
                raw, server_hostname=host, do_handshake_on_connect=False)
        except Exception:
            raw.close()
            raise

    def check(self) -> None:
        """OSError if a connection cannot work now; better than a handshake for nothing."""
        self.context()
        if not self.insecure and not clock_is_set():
            raise OSError(
                "the clock is not set yet, and without the right time no certificate is valid: "
                "wifi.ntp sets it"
            )

    def context(self) -> "Any":
        """Return the tls.SSLContext, made at first use; OSError if the settings cannot work."""
        if self._context is None:
            context: Any = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
            if self.insecure:
                context.verify_mode = tls.CERT_NONE
            else:
                context.verify_mode = tls.CERT_REQUIRED
                self._load(context)
            self._ca = ""  # text of 1 to 2 kB; the context has it
            self._context = context
        return self._context

    def _load(self, context):
        ca = self._ca
        if not ca:
            raise OSError(
                "%s.ca is empty: TLS needs the certificate (PEM) of the authority that signed "
                "the server's; or set %s.tls_insecure to do without" % ((self.section,) * 2)
            )
        try:
            if isinstance(ca, str) and "-----BEGIN" not in ca:
                ca = a2b_base64(ca)
            context.load_verify_locations(ca)
        except (ValueError, OSError):  # MicroPython says "invalid cert" for want of memory, too
            raise OSError(
                "%s.ca is no certificate, or memory was short: give the authority's PEM text, "
                "from its BEGIN line to its END line" % self.section
            )

    def explain(self, peer: str, error: Exception) -> str:
        """Say what an exception of the handshake with `peer` means, and what to do."""
        from .errors import is_name_mismatch, tls_meaning

        text = tls_meaning(self.section, peer, error, self._names)
        self._names = []
        self.wants_names = is_name_mismatch(error)
        return text

    async def fetch_names(self, host: str, address: "Any", deadline_ms: int) -> None:
        """Ask the server for its certificate, which was refused for its name, so that `explain`
        can say whom it is made out to."""
        from .certificate import fetch_names

        self.wants_names = False
        for sock in self._reserved or ():
            sock.close()
        self._reserved = None
        context: Any = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
        context.verify_mode = tls.CERT_NONE  # nothing is sent after this handshake
        self._names = await fetch_names(self._sockets(host, context), address, deadline_ms)
