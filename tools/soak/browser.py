"""The owner, who looks at the page now and then, and a program that reads with a token."""

import collections
import json
import socket
from collections.abc import Callable

from .world import Connection, World

_PATIENCE = 60  # s until an answer counts as missing
_LISTENS = 600  # s that the owner follows the events
_PAGES = ("/", "/session.json", "/reading.json", "/status.json", "/history.json?step=quarter",
          "/history.json?step=day", "/peaks.json", "/log.txt", "/config.json", "/tokens",
          "/telegram.txt")


class _Request(Connection):
    """One request. done(status, head, body) once it is over; status 0: no answer."""

    def __init__(self, world: World, port: int, text: str, done: Callable,
                 heard: Callable[[], None] | None, patience: float) -> None:
        sock = socket.create_connection(("127.0.0.1", port))
        super().__init__(world, sock)
        self._done = done
        self._heard = heard
        self._answer = b""
        world.at(world.now + patience, self._give_up)
        self.send(text.encode())

    def take(self, data):
        self._answer += data
        if self._heard:
            for _ in range(data.count(b"event: reading")):
                self._heard()
        if not data:
            self._end()

    def _give_up(self):
        if self.is_open:
            self.close()
            self._end()

    def _end(self):
        head, _, body = self._answer.partition(b"\r\n\r\n")
        status = int(head.split()[1]) if head.startswith(b"HTTP/1.") else 0
        self._done(status, head, body)


class Browser:
    """`outcomes`: how many requests were answered by which status, 0: not at all; `heard`: events
    of Readings; `status`: the newest /status.json."""

    def __init__(self, world: World, port: int, password: str, token: str) -> None:
        self.outcomes: collections.Counter[int] = collections.Counter()
        self.heard = 0
        self.status: dict = {}
        self._world = world
        self._port = port
        self._password = password
        self._token = f"Authorization: Bearer {token}\r\n"
        self._cookie = ""
        self._left: list[str] = []

    def visit(self) -> None:
        """The owner logs in, looks at all there is, and stays for a while."""
        body = json.dumps({"password": self._password})
        self._left = list(_PAGES)
        self._ask("POST /login", "X-Microhan: 1\r\nContent-Type: application/json\r\n"
                  f"Content-Length: {len(body)}\r\n", self._logged_in, body)

    def _logged_in(self, status, head, body):
        self.outcomes[status] += 1
        cookie = head.partition(b"Set-Cookie: ")[2].partition(b";")[0].decode()
        self._cookie = f"Cookie: {cookie}\r\n"
        self._next()

    def _next(self):
        if self._left:
            self._ask("GET " + self._left.pop(0), self._cookie, self._seen)
        else:
            self._ask("GET /events", self._cookie, self._listened, heard=self._hear,
                      patience=_LISTENS)

    def _seen(self, status, head, body):
        self.outcomes[status] += 1
        self._next()

    def _hear(self):
        self.heard += 1

    def _listened(self, status, head, body):
        self.outcomes[status] += 1

    def look(self) -> None:
        """The program asks how the device is."""
        self._ask("GET /status.json", self._token, self._looked)

    def _looked(self, status, head, body):
        self.outcomes[status] += 1
        if status == 200:
            self.status = json.loads(body)

    def _ask(self, what: str, headers: str, done: Callable, body: str = "",
             heard: Callable[[], None] | None = None, patience: float = _PATIENCE) -> None:
        text = f"{what} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n{body}"
        try:
            _Request(self._world, self._port, text, done, heard, patience)
        except OSError:
            done(0, b"", b"")
