"""Requests, as a server gets them."""

import contextlib
import http.server
import queue
import threading
from collections.abc import Iterator

_PATIENCE = 60  # s


class Receiver:
    """Requests that came to an HTTP server at `url`, which is Python's own."""

    def __init__(self) -> None:
        self._came: queue.Queue = queue.Queue()
        came = self._came

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                size = int(self.headers["Content-Length"])
                came.put((self.path, self.rfile.read(size).decode()))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                """A twin that is switched off leaves in the middle: nothing to tell."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def next(self) -> tuple[str, str]:
        """(path, body) of the next request."""
        return self._came.get(timeout=_PATIENCE)


@contextlib.contextmanager
def receiver() -> Iterator[Receiver]:
    """A Receiver, at work."""
    one = Receiver()
    threading.Thread(target=one.server.serve_forever, daemon=True).start()
    try:
        yield one
    finally:
        one.server.shutdown()
        one.server.server_close()
