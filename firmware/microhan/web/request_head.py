"""The head of a request: bytes in, what is asked for out. No I/O.

Only the headers that the server acts on are kept.
"""

from binascii import unhexlify

from micropython import const

_MAX_REQUEST_LINE = const(512)
_MAX_LINE = const(2048)
_MAX_HEAD = const(4096)
_MAX_HEADERS = const(40)
_MAX_BODY = const(4096)
_MAX_FILE = const(4_000_000)  # it is not kept in memory


def _unescaped(target):
    """The text of a request target. ValueError if an escape is cut off, or no UTF-8 comes out."""
    plain, *parts = target.split("%")
    plain = plain.encode()
    for part in parts:
        plain += unhexlify(part[:2] or "x") + part[2:].encode()
    return plain.decode()


class Head:
    """Takes the head of one request in pieces of any size; where it is cut makes no difference."""

    def __init__(self) -> None:
        self.method = ""  # empty until the request line has come
        self.path = ""  # without the query; escapes as sent
        self.query = ""  # as sent
        self.takes_chunks = False  # whether it is HTTP/1.1, which an answer in chunks needs
        self.takes_openmetrics = False  # whether it is asked for as OpenMetrics
        self.authorization = b""  # value of the Authorization header
        self.host = b""  # value of the Host header
        self.origin = b""  # value of the Origin header
        self.cookie = b""  # value of our own cookie
        self.is_deliberate = False  # whether it has `X-Microhan: 1`, which no form can send
        self.websocket: "dict[bytes, bytes]" = {}  # the headers of its handshake
        self.length = -1  # Content-Length in bytes; -1: none was sent
        self.rest = b""  # bytes behind the head: the first ones of the body
        self._size = 0
        self._count = 0

    def feed(self, data: bytes) -> str | None:
        """Take bytes. Returns None while the head is not complete, then "" or its problem ("400").
        """
        self.rest += data
        problem = ""
        while not problem:
            line, end, rest = self.rest.partition(b"\n")
            if not self.method and len(line) > _MAX_REQUEST_LINE:
                return "414"
            if len(line) > _MAX_LINE or self._size + len(line) > _MAX_HEAD:
                return "431"
            if not end:
                return None
            self.rest = rest
            self._size += len(line) + 1
            if line.endswith(b"\r"):
                line = line[:-1]
            if line:
                problem = self._header(line) if self.method else self._request(line)
            elif self.method:
                break
        return problem

    def _request(self, line):
        for byte in line:
            if not 32 <= byte <= 126:
                return "400"
        try:
            method, target, version = line.decode().split(" ")
            _unescaped(target)
        except ValueError:
            return "400"
        if (
            len(method) > 16
            or not (method.isalpha() and method.isupper())
            or target[:1] != "/"
            or version not in ("HTTP/1.1", "HTTP/1.0")
        ):
            return "400"
        self.method = method
        self.takes_chunks = version == "HTTP/1.1"
        self.path, _, self.query = target.partition("?")
        return ""

    def _header(self, line):
        self._count += 1
        if self._count > _MAX_HEADERS:
            return "431"
        name, colon, value = line.partition(b":")
        # Names with spaces, and folded lines, are used to smuggle requests (RFC 9112, 5.1, 5.2).
        # No NUL or CR in a value: RFC 9110, 5.5.
        if not colon or name.split() != [name] or b"\0" in value or b"\r" in value:
            return "400"
        return self._take(name.lower(), value.strip())

    def _take(self, name, value):
        """Keep the value of a header that matters. Returns "" or its problem."""
        if name == b"transfer-encoding":
            return "411"
        if name == b"authorization":
            if self.authorization:
                return "400"
            self.authorization = value
        elif name == b"host":
            if self.host:
                return "400"
            self.host = value
        elif name == b"origin":
            self.origin = value
        elif name == b"accept":
            self.takes_openmetrics = b"application/openmetrics-text" in value.lower()
        elif name == b"cookie":
            self._take_cookie(value)
        elif name == b"upgrade" or name.startswith(b"sec-websocket-"):
            self.websocket[name] = value
        elif name == b"x-microhan":
            self.is_deliberate = value == b"1"
        elif name == b"content-length":
            if self.length >= 0 or not value.isdigit():
                return "400"
            most = _MAX_FILE if self.path in ("/backup", "/update") else _MAX_BODY
            if len(value) > 9 or int(value) > most:
                return "413"
            self.length = int(value)
        return ""

    def _take_cookie(self, value):
        for one in value.split(b";"):
            name, _, told = one.strip().partition(b"=")
            if name == b"microhan" and not self.cookie:
                self.cookie = told
