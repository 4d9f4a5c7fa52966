"""A new owner's first minutes, from the claim to three open pages; and set-up mode's memory."""

import gzip
import http.client
import json
import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from measure.limits import Row, at_least, at_most, told

from . import scenarios
from .bench import Bench, Setting
from .clients import HOSTNAME
from .loads import health, lowest

if TYPE_CHECKING:
    from .report import Outcome
    from .scenarios import Other

PASSWORD = "a new owner's password"
_PATIENCE_S = 60  # of the guest's time for one answer
_AGAIN_S = 3  # as Retry-After says
_PIECE = 4096  # bytes
_LOOK_S = 30  # for the heap with three pages open
_SET_UP_S = 60
_GZIP = b"\x1f\x8b"


class Visitor:
    """Asks the device as the page in a browser does, with its cookie. `host` is what stands in its
    address bar."""

    def __init__(self, bench: Bench, host: str = HOSTNAME) -> None:
        self._bench = bench
        self._host = host
        self.cookie = ""

    def ask(self, method: str, path: str, given: object = None,
            **headers: str) -> tuple[int, bytes, float]:
        """(status, body, seconds of the guest's time); 503 is asked again, as the page does."""
        clock = self._bench.clock
        began = clock.now()
        while True:
            status, body = self.once(method, path, given, **headers)
            if status not in (0, 503) or clock.now() > began + _PATIENCE_S:
                return status, body, round(clock.now() - began, 1)
            time.sleep(clock.real(_AGAIN_S))

    def once(self, method: str, path: str, given: object = None,
             **headers: str) -> tuple[int, bytes]:
        """(status, body) of one attempt; 0 where it broke off. Bytes are sent as they are, with
        patience for each piece; all else as JSON."""
        connection = self._bench.site.connect()
        sent = {"Host": self._host, "X-Microhan": "1", **headers}
        if self.cookie:
            sent["Cookie"] = self.cookie
        body: Iterable[bytes] | str | None = None
        if isinstance(given, bytes):
            sent["Content-Length"] = str(len(given))
            body = (given[at:at + _PIECE] for at in range(0, len(given), _PIECE))
        elif given:
            body = json.dumps(given)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            cookie = answer.getheader("Set-Cookie")
            if cookie:
                self.cookie = cookie.partition(";")[0]
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()


def run_first_light(setting: Setting, scenario: "Other") -> "Outcome":
    """The rows of a device that nobody owns yet."""
    with Bench(setting, scenario.name, leap=True, changes={"http": {}}) as bench:
        bench.broker.start()
        bench.switch_on()
        bench.plug_in(scenarios.TEXT, scenarios.INTERVAL_S)
        bench.until(lambda: bench.console.says("^microhan claim "), scenarios.PAGE_S)
        claim = [text for _, text in bench.console.lines if text.startswith("microhan claim ")]
        rows = [at_most("from power to the claim's address, s",
                        round(bench.clock.now(), 1) if claim else None, scenarios.PAGE_S)]
        if claim:
            rows += _owned(bench, claim[0].partition("code=")[2])
        return rows + health(bench, scenarios.PLAIN_LOW, 2), bench.console.samples


def _owned(bench, code):
    """The rows from the claim on."""
    owner = Visitor(bench)
    rows = [_is("readings before the claim", owner.ask("GET", "/reading.json"), 403)]
    rows += _page(owner)
    rows += [
        _is("a claim with another code", owner.ask("POST", "/claim", {
            "code": "0" * len(code), "owner_password": PASSWORD}), 403),
        *_took("claim", owner.ask("POST", "/claim", {"code": code, "owner_password": PASSWORD}))]
    other = Visitor(bench)
    rows += [_is("a wrong password", other.ask("POST", "/login", {"password": PASSWORD[1:]}), 401),
             *_took("login", other.ask("POST", "/login", {"password": PASSWORD})),
             _is("readings by the session", owner.ask("GET", "/reading.json"), 200)]
    rows += _token(bench, owner) + _three_pages(bench, owner)
    boots = bench.console.boots
    rows.append(_is("a setting", owner.ask(
        "PUT", "/config.json", {"http": {"language": "en"}}), 200))
    bench.until(lambda: bench.console.boots > boots, _PATIENCE_S)
    bench.started(_PATIENCE_S)
    rows.append(_is("the session after the restart", owner.ask("GET", "/status.json"), 200))
    rows.append(_is("the setting", owner.ask("GET", "/session.json"), 200,
                    lambda body: json.loads(body)["language"] == "en"))
    return rows


def _is(words: str, asked: tuple, status: int,
        check: Callable[[bytes], bool] | None = None) -> Row:
    found, body, _ = asked
    return Row(words, found, status, found == status and (check is None or check(body)))


def _took(words, asked):
    """A password was checked: in time?"""
    status, _, seconds = asked
    return [Row(words, status, 204, status == 204),
            at_most(f"{words}, s", seconds, scenarios.LOGIN_S)]


def _page(owner):
    """The whole page, file by file, as a browser without a cache loads it."""
    status, body, seconds = owner.ask("GET", "/")
    size = len(body)
    text = gzip.decompress(body).decode() if body[:2] == _GZIP else body.decode()
    for name in re.findall(r'(?:src|href)="(/[^"]*\.(?:js|css))"', text):
        found, more, took = owner.ask("GET", name)
        status = max(status, found)
        size, seconds = size + len(more), seconds + took
    return [Row("the page's files", status, 200, status == 200),
            told("the page, bytes", size),
            told("the page, s", round(seconds, 1))]


def _token(bench, owner):
    status, body, _ = owner.ask("POST", "/tokens", {
        "name": "partner", "scope": ["now"], "expires": None})
    rows = [Row("a token", status, 200, status in (200, 201))]
    if rows[0].ok:
        given = json.loads(body)
        bearer = {"Authorization": "Bearer " + given["token"]}
        partner = Visitor(bench)
        rows += [_is("readings by the token", partner.ask("GET", "/reading.json", **bearer), 200),
                 _is("settings by the token", partner.ask("GET", "/config.json", **bearer), 403)]
        revoked = owner.ask("DELETE", "/tokens/" + given["id"])
        rows += [Row("the token is revoked", revoked[0], 204, revoked[0] in (200, 204)),
                 _is("readings by it then", partner.ask("GET", "/reading.json", **bearer), 401)]
    return rows


def _three_pages(bench, owner):
    """The heap while three browsers follow, and one asks."""
    streams = []
    for _ in range(3):
        connection = bench.site.connect()
        connection.request("GET", "/events", None, {"Host": HOSTNAME, "Cookie": owner.cookie})
        streams.append((connection, connection.getresponse()))
    since = len(bench.console.samples)
    bench.rest(_LOOK_S)
    asked = owner.ask("GET", "/status.json")
    bench.rest(scenarios.INTERVAL_S)
    samples = bench.console.samples[since:]
    for connection, _ in streams:
        connection.close()
    return [at_least("event streams", sum(answer.status == 200 for _, answer in streams), 3),
            _is("/status.json beside them", asked, 200),
            told("heap with three pages open, bytes", max(one.allocated for one in samples)),
            told("system memory with them, bytes", lowest(samples))]


def run_set_up(setting: Setting, scenario: "Other") -> "Outcome":
    """The rows of set-up mode, whose access point no page of ours can reach."""
    with Bench(setting, scenario.name, leap=True, files={"data/mode": b"button"}) as bench:
        bench.switch_on()
        bench.plug_in(scenarios.TEXT, scenarios.INTERVAL_S)
        said = bench.until(lambda: bench.console.says("access point"), _SET_UP_S)
        bench.until(lambda: bench.console.says("meter: ok"), _SET_UP_S)
        bench.rest(_SET_UP_S)
        found = bench.console.samples
        rows = [Row("the access point is told", said, True, said),
                Row("the meter is heard", bench.console.says("meter: ok"), True,
                    bench.console.says("meter: ok")),
                told("heap, bytes", max(one.allocated for one in found[2:]))]
        return rows + health(bench, scenarios.PLAIN_LOW), found
