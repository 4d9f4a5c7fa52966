"""What is at which address. docs/http.md fixes the shapes, answers.txt has the addresses."""

import os
import sys

from .answers import HERE, head_of, problem_of, row_of

_PAGE = HERE + "page.html"
_WRITTEN = "written"  # a row that no path can ask for: paths begin with /


class Routes:
    """The answers to GET. hub: the Hub; status: () -> str, the text of /status.json.

    The method of an address gives the body as bytes, or the name of a problem as text, or else
    (its size, a coroutine function that writes it to the connection); the size is None for events,
    which whoever asked for the answer is to send.
    """

    def __init__(self, hub, status, streams):
        self._hub = hub
        self._status = status
        self._streams = streams

    async def answer(self, connection, head):
        """Write the whole answer to a request that is allowed. True if events are to follow."""
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
            connection.write(head_of("200 OK", size, *row[1:]).encode())
            if is_get and size is None:
                return True
            if is_get and send:
                await send(connection)
            elif is_get:
                connection.write(body)
        await connection.drain()
        return False

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
        from ..telegram.p1.writer import write

        return write(self._hub.state.reading(), "se", self._hub.base_min)

    def raw(self):
        """The newest proven telegram, byte by byte as sent."""
        return bytes(self._hub.raw) or "503t"

    def capture(self):
        """The last bytes that were no telegram."""
        return self._hub.capture() or "404c"

    def events(self):
        """Server-sent events for as long as the client stays."""
        return "503e" if self._streams.is_full() else (None, None)
