"""Who asks the device for pages while it is watched, and how each request was answered."""

import collections
import http.client
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .console import Clock

PAGES = ("/", "/status.json", "/reading.json", "/telegram.txt")
# Of a section "open", what its switches bring.
WAYS = {"homewizard": "/api/v1/data", "ecotracker": "/v1/json",
        "shelly": "/rpc/EM.GetStatus?id=0"}
HOSTNAME = "emulated"  # the emulator's port is no address that the device knows
UNANSWERED_S = 30  # of the guest's time
_AGAIN_S = 3  # of the guest's: an event stream that broke off is opened again, as browsers do
_BREATH_S = 0.2  # of ours, after a refusal: not to spin


class Kind(NamedTuple):
    """Clients: `at_once` of them, each so many seconds (0: without pause), or of /events."""

    words: str
    at_once: int = 0
    every_s: float = 0
    events: bool = False


KINDS = {
    "": Kind("nobody asks"),
    "events": Kind("a client of /events", 1, events=True),
    "page": Kind("a page each 10 s", 1, 10),
    "seldom": Kind("a page each minute", 1, 60),
    "five": Kind("5 at once each 10 s", 5, 10),
    "ceaseless": Kind("4 clients without pause", 4),
}


class Site:
    """The device's HTTP server, asked with its token."""

    def __init__(self, port: int, token: str, clock: "Clock") -> None:
        self._port = port
        self._clock = clock
        self._headers = {"Host": HOSTNAME, "Authorization": "Bearer " + token}

    def connect(self) -> http.client.HTTPConnection:
        """A connection that gives up once the guest must have answered."""
        return http.client.HTTPConnection("127.0.0.1", self._port,
                                          timeout=self._clock.real(UNANSWERED_S))

    def ask(self, path: str) -> tuple[str, bytes]:
        """(outcome in words, body): "200", "503", "503 without Retry-After", another status,
        "unanswered" or "broken off"."""
        connection = self.connect()
        try:
            connection.request("GET", path, headers=self._headers)
            answer = connection.getresponse()
            body = answer.read()
            words = str(answer.status)
            if answer.status == 503 and not answer.getheader("Retry-After"):
                words += " without Retry-After"
            return words, body
        except TimeoutError:
            return "unanswered", b""
        except (OSError, http.client.HTTPException):
            return "broken off", b""
        finally:
            connection.close()

    def status(self) -> dict | None:
        """/status.json, or None."""
        words, body = self.ask("/status.json")
        try:
            return json.loads(body) if words == "200" else None
        except ValueError:
            return None

    def events(self, heard: Callable[[], None], stopped: threading.Event) -> str:
        """Follow /events until it breaks off; heard() at each Reading. Returns the outcome."""
        connection = self.connect()
        try:
            connection.request("GET", "/events", headers=self._headers)
            answer = connection.getresponse()
            if answer.status != 200:
                return str(answer.status)
            while not stopped.is_set():
                line = answer.fp.readline()
                if not line:
                    return "broken off"
                if line.startswith(b"event: reading"):
                    heard()
            return "200"
        except TimeoutError:
            return "unanswered"
        except (OSError, http.client.HTTPException):
            return "broken off"
        finally:
            connection.close()


class Clients:
    """Clients of one kind, from start() to stop(). `log`: gets a line for each request."""

    def __init__(self, kind: Kind, site: Site, clock: "Clock",
                 pages: tuple[str, ...] = PAGES, log: Path | None = None) -> None:
        self.outcomes: collections.Counter[str] = collections.Counter()
        self.events: list[float] = []  # when each Reading came on /events
        self.left = 0.0  # when stop() was called
        self.kind = kind
        self._site = site
        self._clock = clock
        self._pages = pages
        self._log = log
        self._stopped = threading.Event()
        work = self._follow if kind.events else self._ask
        self._threads = [threading.Thread(target=work, args=(number,), daemon=True)
                         for number in range(kind.at_once)]

    def start(self) -> None:
        """They begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """They end, after the answers that they wait for."""
        self.left = self._clock.now()
        self._stopped.set()
        for thread in self._threads:
            thread.join(self._clock.real(2 * UNANSWERED_S))

    def _ask(self, number):
        began, index = self._clock.now(), 0
        while not self._stopped.is_set():
            if self.kind.every_s and self._clock.now() < began + index * self.kind.every_s:
                self._stopped.wait(0.05)
                continue
            path = self._pages[(number + index) % len(self._pages)]
            words, _ = self._site.ask(path)
            self.outcomes[words] += 1
            index += 1
            if self._log:
                with open(self._log, "a", encoding="utf-8") as log:
                    log.write(f"[{self._clock.now():8.2f}] {path} {words}\n")
            if words == "broken off":
                time.sleep(_BREATH_S)

    def _follow(self, number):
        while not self._stopped.is_set():
            self.outcomes[self._site.events(self._heard, self._stopped)] += 1
            self._stopped.wait(self._clock.real(_AGAIN_S))

    def _heard(self):
        self.events.append(self._clock.now())

    def answered(self) -> tuple[int, int]:
        """(requests answered as they should be, all requests)."""
        return self.outcomes["200"] + self.outcomes["503"], sum(self.outcomes.values())
