"""What is at which address, and the words for what is not. docs/http.md fixes the shapes.

Addresses, headers and words lie in answers.txt beside this file, where they take no heap. A row
has its key first, the rest parted by `|`; plain ASCII, and nothing that JSON would escape:

    always|header|header|…                              of every answer; the policy comes last
    /path|method of Routes|content type|policy|header…  policy: what this address adds to it
    404b|reason|error|hint|header…                      a problem: the status, with a letter where
                                                        one status has several causes
"""

import os
import sys
from asyncio import Event

from micropython import const

from ..reading import Buffer

# /events. Each client has a short queue in the hub, which drops its oldest when the client is
# slow. Nobody waits for it: its own task writes, and its write deadline ends a dead one.
_MAX_STREAMS = const(3)  # of 4 connections: one always remains for other requests
_QUEUE = const(4)
_HEARTBEAT_MS = const(15_000)

_HERE = __file__[: __file__.rfind("/") + 1]
_PAGE = _HERE + "page.html"
_WRITTEN = "written"  # a row that no path can ask for: paths begin with /


def row_of(key):
    """The fields of a row after its key; None if there is no such row."""
    with open(_HERE + "answers.txt") as rows:
        for row in rows:
            fields = row.rstrip().split("|")
            if fields.pop(0) == key:
                return fields


def _head_of(status, size, kind, policy, *headers):
    """The head of an answer, text. size: bytes of the body, None = until the connection ends."""
    lines = ["HTTP/1.0 " + status, "Content-Type: " + kind]
    lines += headers
    if size is not None:
        lines.append("Content-Length: %d" % size)
    return "\r\n".join(lines + row_of("always")) + policy + "\r\n\r\n"


def problem_of(problem, with_body=True):
    """A whole answer, bytes: {"error": what happened, "hint": what to do}."""
    reason, error, hint, *headers = row_of(problem)
    body = '{"error": "%s", "hint": "%s"}\n' % (error, hint)
    head = _head_of(problem[:3] + " " + reason, len(body), "application/json", "", *headers)
    return (head + (body if with_body else "")).encode()


class Routes:
    """The answers to GET. hub: the Hub; status: () -> str, the text of /status.json.

    The method of an address gives the body as bytes, or the name of a problem as text, or else
    (its size or None, a coroutine function that writes it to the connection).
    """

    def __init__(self, hub, status):
        self._hub = hub
        self._status = status
        self._lost = 0
        self.streams = []  # one for each stream of /events

    async def answer(self, connection, head):
        """Write the whole answer to a request that is allowed."""
        row = row_of(head.path)
        is_get = head.method == "GET"
        if not row:
            body = "404"
        elif is_get or head.method == "HEAD":
            try:
                body = getattr(self, row[0])()
                if body is _WRITTEN:  # another row: another header
                    row = row_of(body)
                    body = self.written()
            except Exception as error:
                sys.print_exception(error)
                body = "500"
        else:
            body = "405"
        if isinstance(body, str):
            connection.write(problem_of(body, head.method != "HEAD"))
        else:
            size, send = body if isinstance(body, tuple) else (len(body), None)
            connection.write(_head_of("200 OK", size, *row[1:]).encode())
            if is_get:
                if send:
                    await send(connection)
                else:
                    connection.write(body)
        await connection.drain()

    def page(self):
        """The page, from flash in pieces of 1 kB."""
        return os.stat(_PAGE)[6], self._send_page

    async def _send_page(self, connection):
        with open(_PAGE, "rb") as page:
            data = page.read(1024)
            while data:
                connection.write(data)
                await connection.drain()
                data = page.read(1024)

    def reading(self):
        """The State: newest proven value of each field."""
        return self._hub.state.json() if self._hub.reading else "503t"

    def status(self):
        """The device, its meter line and its outputs."""
        return self._status().encode()

    def text(self):
        """The newest proven telegram where that was text as sent; else one is written."""
        return self.raw() if self._hub.raw_is_text or not self._hub.reading else _WRITTEN

    def written(self):
        """A P1 telegram of the State, so with registers that come once an hour."""
        from ..system.modules import forget
        from ..telegram.p1_writer import write

        forget("microhan.telegram.p1_writer")
        return write(self._hub.state.reading(), "se", self._hub.base_min)

    def raw(self):
        """The newest proven telegram, byte by byte as sent."""
        return bytes(self._hub.raw) or "503t"

    def capture(self):
        """The last bytes that were no telegram."""
        return self._hub.capture() or "404c"

    def events(self):
        """Server-sent events for as long as the client stays."""
        return "503e" if len(self.streams) >= _MAX_STREAMS else (None, self._send_events)

    async def _send_events(self, connection):
        event = Event()
        follower = self._hub.follow(_QUEUE, event.set)
        self.streams.append(follower)
        try:
            connection.write(b"retry: 3000\n\n")
            connection.write(_diagnosis(self._hub.diagnosis))
            data = _reading(self._hub.reading) or b":\n\n"
            while True:
                if not data:
                    event.clear()
                    connection.expire_in(_HEARTBEAT_MS, event.set)
                    await event.wait()
                    if connection.is_gone():
                        break
                    data = self._news(follower) or b":\n\n"
                connection.write(data)
                await connection.drain()
                data = self._news(follower)
        finally:
            self._lost += follower.dropped
            self.streams.remove(follower)
            follower.close()

    def _news(self, follower):
        if follower.take_news():
            return _diagnosis(self._hub.diagnosis)
        return _reading(follower.get())

    def dropped(self):
        """Readings that slow clients of /events have lost since the start."""
        total = self._lost
        for follower in self.streams:
            total += follower.dropped
        return total


def _diagnosis(diagnosis):
    return ("event: meter\ndata: %s\n\n" % diagnosis.json()).encode() if diagnosis else b""


def _reading(reading):
    """The event of a Reading, b"" if there is none."""
    if not reading:
        return b""
    out = Buffer(1024)
    out.put(b"event: reading\ndata: ")
    reading.write(out.put)
    out.put(b"\n\n")
    return out.view()
