"""Reads the answer to a request."""

from micropython import const

_MAX_HEAD = const(2048)  # status line and headers, bytes
_MAX_BODY = const(4096)  # to skip a longer one costs more than a new connection
_MAX_LINE = const(128)  # bytes kept of a header line; the three that count are shorter


class Response:
    """Reads an answer's head from any split of its bytes, within limits. The body is skipped."""

    def __init__(self) -> None:
        self.status = 0
        self.done = False  # the head is read, and the body if the connection is to be kept
        self.keep = False  # the connection can be used again
        self._line = b""
        self._head = 0  # bytes of the head so far, -1 after it
        self._body = -1  # bytes of the body still to come, -1 while unknown

    def feed(self, buf: bytearray, n: int) -> None:
        """Take `n` bytes; raise OSError if this is not HTTP/1.x, or too long."""
        i = 0
        while i < n and not self.done:
            if self._head < 0:
                used = min(self._body, n - i)
                self._body -= used
                i += used
                self.done = self._body == 0
                continue
            end = buf.find(b"\n", i, n)
            stop = n if end < 0 else end
            self._line += bytes(buf[i : min(stop, i + _MAX_LINE - len(self._line))])
            self._head += stop - i + (end >= 0)
            if self._head > _MAX_HEAD:
                raise OSError("the server's answer has too long a head")
            i = stop + 1
            if end >= 0:
                text, self._line = self._line.strip(), b""
                self._take_line(text)

    def _take_line(self, text):
        if not self.status:
            parts = text.split(None, 2)
            if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not parts[1].isdigit():
                raise OSError("the server's answer is not HTTP")
            self.status = int(parts[1])
            self.keep = parts[0] != b"HTTP/1.0"
        elif text:
            name, _, value = text.lower().partition(b":")
            name = name.strip()
            value = value.strip()
            if name == b"connection" and value == b"close":
                self.keep = False
            elif name == b"content-length" and value.isdigit() and len(value) < 9:
                self._body = int(value)
        elif 100 <= self.status < 200:  # an interim answer (RFC 9110 15.2), the final one follows
            self.status = 0
        else:
            self._end_head()

    def _end_head(self):
        if self.status in (204, 304):
            self._body = 0
        if not 0 <= self._body <= _MAX_BODY:  # chunked, ended by closing, or long
            self.keep = False
        self._head = -1
        self.done = not self.keep or self._body == 0
