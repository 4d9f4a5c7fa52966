"""Who asks the device by HTTP: a browser now and then, and those who ask badly."""

import contextlib
import http.client
import json
import random
import socket
import threading
import time

SLOW, HALF_OPEN, FLOOD, BROWSER = "slow", "half-open", "flood", "browser"
_FROM = "127.0.0.5"  # who asks badly: the device shuts out whom it refuses too often
_PAGES = ("/", "/reading.json", "/status.json", "/telegram.bin", "/peaks.json",
          "/history.json?step=quarter&from=2026-01-01&to=2026-01-02", "/nothing")
_AT_ONCE = 30


class Clients:
    """Of the device at `host`:`port`, with its token and its owner's password."""

    def __init__(self, host: str, port: int, token: str, password: str, seed: int) -> None:
        self._host = host
        self._port = port
        self._token = token
        self._password = password
        self._random = random.Random(seed)
        self._over = threading.Event()

    def begin(self, kind: str) -> None:
        """Ask in this way until end()."""
        self._over = threading.Event()
        many = {SLOW: 5, HALF_OPEN: 8, FLOOD: _AT_ONCE, BROWSER: 2}[kind]
        call = {SLOW: self._slow, HALF_OPEN: self._half_open, FLOOD: self._flood,
                BROWSER: self._browse}[kind]
        for _ in range(many):
            threading.Thread(target=self._repeat, daemon=True, args=(
                call, self._over, random.Random(self._random.random()))).start()

    def end(self) -> None:
        """They go, within some seconds."""
        self._over.set()

    def _repeat(self, call, over, chance):
        while not over.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                call(over, chance)
            over.wait(0.05)

    def _connected(self):
        return socket.create_connection((self._host, self._port), 10, (_FROM, 0))

    def _slow(self, over, chance):
        """A head that never ends: a byte now and then."""
        with self._connected() as peer:
            for byte in b"GET /reading.json HTTP/1.1\r\nHost: 127.0.0.2\r\nX: " + b"a" * 400:
                peer.send(bytes((byte,)))
                if over.wait(chance.uniform(0.1, 1)):
                    return

    def _half_open(self, over, chance):
        """Nothing is ever sent, and it may be cut off without a word."""
        with self._connected() as peer:
            peer.setblocking(False)
            end = time.monotonic() + chance.uniform(1, 30)
            while time.monotonic() < end and not over.wait(0.1):
                with contextlib.suppress(BlockingIOError):
                    if not peer.recv(512):
                        return

    def _flood(self, over, chance):
        with self._connected() as peer:
            path = chance.choice(_PAGES)
            peer.sendall(f"GET {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
                         f"Authorization: Bearer {self._token}\r\n\r\n".encode())
            if chance.random() < 0.5:
                peer.recv(100)

    def _browse(self, over, chance):
        """The page, what it asks for, and its stream of events for some seconds."""
        for path in _PAGES:
            if over.is_set():
                return
            self._ask("GET", path)
        connection = http.client.HTTPConnection(self._host, self._port, timeout=3)
        try:
            connection.request("GET", "/events", headers=self._known())
            answer = connection.getresponse()
            end = time.monotonic() + chance.uniform(2, 8)
            while answer.status == 200 and time.monotonic() < end and not over.is_set():
                answer.read1(1000)
        finally:
            connection.close()

    def _known(self):
        return {"Authorization": "Bearer " + self._token}

    def _ask(self, method, path, body=None, headers=None, patience=10.0):
        """(status, cookie)."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=patience)
        try:
            connection.request(method, path, body, headers or self._known())
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers.get("Set-Cookie", "").partition(";")[0]
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def answers(self) -> bool:
        """Whether the device answers who asks well."""
        return self._ask("GET", "/reading.json", patience=3.0)[0] == 200

    def restart(self) -> bool:
        """Have the owner's page restart the device, by a setting that changes. False if that did
        not work."""
        given = {"X-Microhan": "1", "Content-Type": "application/json"}
        status, cookie = self._ask("POST", "/login", json.dumps({"password": self._password}),
                                   given, 30.0)
        if status != 204:
            return False
        language = self._random.choice(("sv", "en"))
        for one in (language, "sv" if language == "en" else "en"):
            body = json.dumps({"http": {"language": one}})
            connection = http.client.HTTPConnection(self._host, self._port, timeout=15)
            try:
                connection.request("PUT", "/config.json", body, {**given, "Cookie": cookie})
                answer = connection.getresponse()
                if answer.status == 200 and json.loads(answer.read())["restart"]:
                    return True
            except (OSError, http.client.HTTPException, ValueError):
                return False
            finally:
                connection.close()
        return False
