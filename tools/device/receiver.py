"""A server that takes what the device's webhook calls it with."""

import http.server
import threading
from typing import Any

from .broker import HOST


class Receiver(http.server.ThreadingHTTPServer):
    """On a free port, as a context. `url`: as the device reaches it; `bodies`: of all calls."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.url = f"http://{HOST}:{self.server_port}/"
        self.bodies: list[bytes] = []

    def __enter__(self) -> "Receiver":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Answer(http.server.BaseHTTPRequestHandler):
    server: Any

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """The device's console says enough."""
