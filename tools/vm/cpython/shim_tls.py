"""MicroPython's `tls` module on top of CPython's `ssl`; `shim` installs it under that name.

Sources: micropython docs/library/ssl.rst, extmod/modtls_mbedtls.c (1.29): a context for
clients demands a certificate and a host name, errors of the check are ValueErrors, and with
do_handshake_on_connect=False the first read or write drives the handshake.
"""

import errno
import socket
import ssl
from collections.abc import Callable
from typing import Any

PROTOCOL_TLS_CLIENT = 0
PROTOCOL_TLS_SERVER = 1
CERT_NONE = 0
CERT_OPTIONAL = 1
CERT_REQUIRED = 2

_PEM_MARK = b"-----BEGIN "


def readline(stream: Any, n: int = -1) -> bytes | None:
    """Return what there is, up to and with a line feed; None if there is nothing."""
    line = b""
    while not line.endswith(b"\n") and (n < 0 or len(line) < n):
        byte = stream.read(1)
        if byte is None:
            return line or None
        if not byte:
            break
        line += byte
    return line


class SSLSocket:
    """A TLS connection with MicroPython's stream methods.

    `wrap(sock)` makes CPython's, and is called once the TCP connection stands: CPython takes
    an unconnected socket for a plain one, MicroPython does not mind.
    """

    def __init__(self, sock: socket.socket, wrap: Callable | None) -> None:
        self._sock: Any = sock  # CPython's SSLSocket once it is connected
        self._wrap = wrap
        self._wants: bool | None = None  # the direction that TLS itself waits for: True = writing

    def direction(self, writing: bool) -> bool:
        """Return whether to wait for writing: what TLS needs goes before what the caller asks."""
        return writing if self._wants is None else self._wants

    def _connected(self):
        if self._wrap is not None:
            error = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                raise OSError(error, errno.errorcode[error])
            try:
                self._sock.getpeername()
            except OSError:
                self._wants = True
                return False
            self._sock, self._wrap = self._wrap(self._sock), None
        return True

    def _attempt(self, name, *arguments):
        self._wants = None
        if not self._connected():
            return None
        try:
            return getattr(self._sock, name)(*arguments)
        except ssl.SSLWantReadError:
            self._wants = False
        except ssl.SSLWantWriteError:
            self._wants = True
        except ssl.SSLCertVerificationError as error:
            raise ValueError(error.verify_message) from error
        except ssl.SSLZeroReturnError:
            return b"" if name == "recv" else 0
        return None

    def read(self, n: int = -1) -> bytes | None:
        """Return up to `n` bytes, b"" at the end, None if it would block."""
        return self._attempt("recv", n if n >= 0 else 4096)

    def readinto(self, buf: bytearray | memoryview, n: int = -1) -> int | None:
        """As `read`, into `buf`; return the count."""
        return self._attempt("recv_into", buf, n if n >= 0 else len(buf))

    def readline(self, n: int = -1) -> bytes | None:
        """As the function of this name."""
        return readline(self, n)

    def write(self, buf: bytes | bytearray | memoryview) -> int | None:
        """Send what fits now; return the count, None if nothing does."""
        return self._attempt("send", buf)

    def getpeercert(self, binary_form: bool) -> bytes | None:
        """The peer's certificate, DER, once the handshake is done; else None."""
        try:
            return None if self._wrap is not None else self._sock.getpeercert(binary_form)
        except ValueError:  # it is not
            return None

    def setblocking(self, flag: bool) -> None:
        self._sock.setblocking(flag)

    def pending(self) -> int:
        """Return the number of decrypted bytes that wait."""
        return 0 if self._wrap is not None else self._sock.pending()

    def fileno(self) -> int:
        return self._sock.fileno()

    def cipher(self) -> tuple[str, str]:
        return self._sock.cipher()[:2]

    def close(self) -> None:
        self._sock.close()


class SSLContext:
    """Settings of TLS connections, as MicroPython's."""

    def __init__(self, protocol: int) -> None:
        server = protocol == PROTOCOL_TLS_SERVER
        self._server = server
        self._ssl = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)

    @property
    def verify_mode(self) -> int:
        """CERT_NONE, CERT_OPTIONAL or CERT_REQUIRED, which is a client's default."""
        return int(self._ssl.verify_mode)

    @verify_mode.setter
    def verify_mode(self, mode: int) -> None:
        if not self._server:
            self._ssl.check_hostname = mode != CERT_NONE
        self._ssl.verify_mode = ssl.VerifyMode(mode)

    def load_verify_locations(self, cadata: str | bytes) -> None:
        """Add certificates of authorities: PEM or DER, str or bytes."""
        if isinstance(cadata, str):
            cadata = cadata.encode()
        try:
            self._ssl.load_verify_locations(
                cadata=cadata.decode() if _PEM_MARK in cadata else bytes(cadata)
            )
        except (ssl.SSLError, UnicodeError) as error:
            raise ValueError("invalid cert") from error

    def wrap_socket(self, sock: socket.socket, *, server_side: bool = False,
                    do_handshake_on_connect: bool = True,
                    server_hostname: str | None = None) -> SSLSocket:
        """Return a TLS connection over `sock`, which it takes over."""
        if not server_side and server_hostname is None and self.verify_mode == CERT_REQUIRED:
            raise ValueError("CERT_REQUIRED requires server_hostname")

        def wrap(raw):
            return self._ssl.wrap_socket(
                raw,
                server_side=server_side,
                do_handshake_on_connect=do_handshake_on_connect,
                server_hostname=server_hostname,
            )

        wrapped = SSLSocket(sock, wrap)
        if do_handshake_on_connect:
            wrapped._connected()
        return wrapped
