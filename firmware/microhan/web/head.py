"""The head of a request: bytes in, checked lines out. No I/O.

microdot's own reader takes any number of headers, waits without limit and prints a stack trace for
a line that it cannot parse. So this stands before it: only a head that microdot can parse
is handed on, and of the headers only those that a route reads (the rest is heap for nothing).
"""

from micropython import const

MAX_REQUEST_LINE = const(512)
MAX_LINE = const(2048)
MAX_HEAD = const(4096)
MAX_HEADERS = const(40)
MAX_BODY = const(4096)

_BAD = "400"

# Headers handed on to the routes.
_KEPT = (b"host", b"content-type")


class Refused(Exception):
    """The request cannot be taken; `problem` is one of problems.txt."""

    def __init__(self, problem):
        super().__init__(problem)
        self.problem = problem


def _is_plain(line):
    """True if all bytes are printable ASCII."""
    for byte in line:
        if byte < 32 or byte > 126:
            return False
    return True


def _is_decodable(target):
    """True if the percent escapes are whole and spell UTF-8, as microdot takes for granted."""
    parts = target.split(b"%")
    text = parts[0]
    for part in parts[1:]:
        digits = part[:2]
        if len(digits) < 2 or digits.lower().strip(b"0123456789abcdef"):
            return False
        text += bytes((int(digits, 16),)) + part[2:]
    try:
        text.decode()
    except ValueError:
        return False
    return True


class Head:
    """Takes the head of one request in pieces of any size; the result depends on no cut."""

    def __init__(self):
        self.is_head = False  # the method is HEAD: no body in the answer
        self.authorization = b""  # value of the Authorization header
        self.length = 0  # Content-Length, bytes
        self.lines = []  # what microdot is to read: request line, kept headers
        self.rest = b""  # bytes past the head: the body's first ones
        self._size = 0
        self._count = 0
        self._has_length = False

    def feed(self, data):
        """Take bytes. Return True once the head is whole; raise Refused when it cannot be."""
        data = self.rest + data
        start = 0
        while True:
            end = data.find(b"\n", start)
            length = (end if end >= 0 else len(data)) - start
            self._limits(length)
            if end < 0:
                self.rest = data[start:]
                return False
            line = data[start:end]
            self._size += length + 1
            start = end + 1
            if line.endswith(b"\r"):
                line = line[:-1]
            if not line:
                if self.lines:
                    self.rest = data[start:]
                    return True
            elif self.lines:
                self._header(line)
            else:
                self._request(line)

    def _limits(self, length):
        if not self.lines and length > MAX_REQUEST_LINE:
            raise Refused("414")
        if length > MAX_LINE or self._size + length > MAX_HEAD:
            raise Refused("431")

    def _request(self, line):
        parts = line.split(b" ")
        if len(parts) != 3 or not _is_plain(line):
            raise Refused(_BAD)
        method, target, version = parts
        if not 0 < len(method) <= 16 or method.strip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
            raise Refused(_BAD)
        if not target.startswith(b"/") or not _is_decodable(target):
            raise Refused(_BAD)
        if version not in (b"HTTP/1.1", b"HTTP/1.0"):
            raise Refused(_BAD)
        self.is_head = method == b"HEAD"
        self.lines.append(line)

    def _header(self, line):
        self._count += 1
        if self._count > MAX_HEADERS:
            raise Refused("431")
        colon = line.find(b":")
        # A name with spaces, or a folded line, is how requests are smuggled (RFC 9112, 5.1, 5.2).
        if colon <= 0 or b" " in line[:colon] or b"\t" in line[:colon]:
            raise Refused(_BAD)
        name = line[:colon].lower()
        if name == b"authorization":
            if self.authorization:
                raise Refused(_BAD)
            self.authorization = line[colon + 1 :].strip()
        elif name == b"content-length":
            self._content_length(line[colon + 1 :].strip(), line)
        elif name == b"transfer-encoding":
            raise Refused("411")
        elif name in _KEPT:
            if not _is_plain(line):
                raise Refused(_BAD)
            self.lines.append(line)

    def _content_length(self, digits, line):
        if self._has_length or not digits or digits.strip(b"0123456789"):
            raise Refused(_BAD)
        if len(digits) > 9 or int(digits) > MAX_BODY:
            raise Refused("413")
        self._has_length = True
        self.length = int(digits)
        self.lines.append(line)
