"""Who attacks from the home's network, or from a web page that somebody in it looks at."""

import json
import random
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures.web_server import (
    BEARER,
    DELIBERATE,
    PASSWORD,
    a_reading,
    answer,
    read_all,
    request,
    wait_until,
)
from microhan.web import answers, strangers

with open(answers.HERE + "answers.txt") as file:
    ROUTES = {row.split("|")[0]: row.split("|")[1].strip() for row in file
              if "/" in row.split("|")[0]}
FOREIGN = "Origin: http://evil.example"
# What each kind of visitor may do, besides what is open to all.
MAY = {"nothing": "", "wrong token": "", "wrong cookie": "", "wrong password": "",
       "owner's password": "", "revoked token": "", "expired token": "", "ended session": "",
       "token for now": "now", "token for raw": "raw", "token for history": "history",
       "token for all": "now raw history", "session": "now raw history owner"}


@pytest.fixture
def visitors(web):
    """{kind of visitor: its header}."""
    owner = web.login()

    def token(scope, expires=None):
        body = web.do("/tokens", {"name": "x", "scope": scope, "expires": expires}, owner)[2]
        return json.loads(body)["id"], "Authorization: Bearer " + json.loads(body)["token"]

    revoked_id, revoked = token(["now"])
    web.do("/tokens/" + revoked_id, None, owner, method="DELETE")
    expired_id, expired = token(["now", "raw", "history"], "2090-01-01")
    next(one for one in web.owner.grants().tokens if one[0] == expired_id)[4] = 1
    ended = web.login()
    web.do("/logout", {}, ended)
    return {
        "nothing": "X: y",
        "wrong token": "Authorization: Bearer " + "0" * 32,
        "wrong cookie": "Cookie: microhan=" + "0" * 32,
        "wrong password": "Authorization: Basic bWU6d3Jvbmc=",
        "owner's password": "Authorization: Bearer " + "smoergaas: 7",
        "revoked token": revoked,
        "expired token": expired,
        "ended session": ended,
        "token for now": token(["now"])[1],
        "token for raw": token(["raw"])[1],
        "token for history": token(["history"])[1],
        "token for all": token(["now", "raw", "history"])[1],
        "session": owner,
    }


def method_and_path(key):
    method, _, path = key.rpartition(" ")
    return method or "GET", path + ("0" * 8 if path.endswith("s/") else "")


class Portal:
    """Stands for set-up mode's, which has nothing to say."""

    address = "http://192.168.4.1/"

    async def answer(self, request):
        return "404"


@pytest.mark.parametrize("mode", ["run", "setup"])
@pytest.mark.parametrize("key", ROUTES)
def test_every_route_opens_to_those_alone_whom_it_is_for(web, visitors, key, mode, tmp_path):
    web.publish()
    web.call(setattr, web.sources, "config_path", f"{tmp_path}/config.json")
    web.sources.mode = mode
    web.sources.portal = Portal() if mode == "setup" else None
    web.call(setattr, web.sources, "capture", lambda: b"x")
    method, path = method_and_path(key)
    assert set(visitors) == set(MAY)
    for kind, line in visitors.items():
        may = ROUTES[key] == "any" or ROUTES[key] in MAY[kind].split()
        lines = [line] if method == "GET" else [line, DELIBERATE]
        if path == "/events" and may:
            with web.connect() as client:
                client.sendall(request(path, line))
                assert client.recv(12) == b"HTTP/1.0 200", kind
            continue
        status, _, body = web.ask(path, *lines, method=method)
        code = json.loads(body).get("code") if status >= 400 else None
        if ROUTES[key] not in answers._SCOPES and MAY[kind]:  # as long as the owner has it off
            assert (status, code) == (404, "not_found"), kind
            continue
        told = f"{kind}: {status} {code}"
        if may:  # what it then says to an empty body is another question
            assert status in (200, 204) or code in (
                "password_missing", "bad_name", "not_found", "already_claimed", "no_crash",
                "bad_backup", "no_package"), told
        elif MAY[kind]:
            assert (status, code) == (403, "out_of_scope"), told
        elif kind == "expired token":
            assert (status, code) == (401, "token_expired"), told
        else:
            assert (status, code) == (401, "unauthorized"), told


@pytest.mark.parametrize("key", ROUTES)
def test_a_page_of_another_site_gets_nothing_from_any_route(web, visitors, key):
    """With the browser's own cookie, and whatever it asks."""
    web.publish()
    method, path = method_and_path(key)
    for line in (visitors["session"], visitors["token for all"], "X: y"):
        for origin in (FOREIGN, "Origin: null", f"Origin: https://127.0.0.1:{web.port}",
                       "Origin: http://127.0.0.1"):
            status, headers, body = web.ask(path, line, origin, DELIBERATE,
                                            f"Host: 127.0.0.1:{web.port}", method=method)
            assert (status, json.loads(body)["code"]) == (403, "foreign_origin")
            assert not [name for name in headers if name.startswith("access-control")]
    own = f"Origin: http://127.0.0.1:{web.port}", f"Host: 127.0.0.1:{web.port}"
    assert web.ask("/status.json", visitors["session"], *own)[0] == 200


@pytest.mark.parametrize("key", [key for key in ROUTES if " " in key])
def test_a_form_of_another_site_changes_nothing(web, visitors, key):
    """It cannot send the header, and a browser that is asked to by a script asks us first."""
    method, path = method_and_path(key)
    for kind in (["Content-Type: text/plain"], ["Content-Type: application/x-www-form-urlencoded"],
                 ["X-Microhan: 0"], ["X-Microhan:"]):
        status, _, body = web.ask(path, visitors["session"], *kind, method=method)
        assert (status, json.loads(body)["code"]) == (403, "header_missing")
    status, headers, _ = web.ask(path, FOREIGN, "Access-Control-Request-Method: POST",
                                 "Access-Control-Request-Headers: x-microhan", method="OPTIONS")
    assert status == 403 and "access-control-allow-origin" not in headers


@pytest.mark.parametrize("host,ours", [
    ("127.0.0.1:{port}", True), ("localhost:{port}", True), ("LOCALHOST", True),
    ("microhan-a1b2c3.local", True), ("MICROHAN-A1B2C3.LOCAL:80", True),
    ("evil.example", False), ("evil.example:{port}", False), ("192.0.2.1", False),
    ("microhan-a1b2c3.local.evil.example", False), ("microhan-a1b2c3.evil.example", False),
    ("127.0.0.1.evil.example", False), ("evil.example\\@127.0.0.1", False),
    ("127.0.0.1,evil.example", False), ("[::1]:{port}", False), (":{port}", False),
    ("\xe5", False), (".", False),
])
def test_a_name_that_was_turned_to_our_address_opens_nothing(web, host, ours):
    """DNS rebinding: the browser takes us for evil.example, and gives its page what we answer."""
    cookie = web.login()
    for path in ("/", "/session.json", "/reading.json", "/status.json"):
        with web.connect() as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: {host.format(port=web.port)}\r\n"
                           f"{cookie}\r\n\r\n".encode("latin-1"))
            status, _, body = answer(client)
        if ours:
            assert status in (200, 503)
        else:
            assert (status, json.loads(body)["code"]) == (421, "wrong_host")


def test_a_cookie_that_somebody_planted_becomes_no_session(web):
    planted = "Cookie: microhan=" + "ab" * 16
    assert web.ask("/tokens", planted)[0] == 401
    cookie = web.login(PASSWORD, planted)
    assert cookie != planted
    assert web.ask("/tokens", planted)[0] == 401 and web.ask("/tokens", cookie)[0] == 200


def test_a_login_ends_the_session_that_the_browser_had(web):
    first = web.login()
    second = web.login(PASSWORD, first)
    assert web.ask("/tokens", first)[0] == 401 and web.ask("/tokens", second)[0] == 200


PATHS = ("/../data/grants.json", "/..%2fdata/grants.json", "/%2e%2e/data/config.json",
         "//data/config.json", "/./page.html", "/answers.txt", "/web/page.html", "/app/a/core.mpy",
         "/data/grants.json", "/tokens/../status.json", "/reading.json%00", "/reading.json/..",
         "/login/", "/events/x", "\\\\data\\config.json", "/%252e%252e/x", "/;/x")


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_the_list(web, visitors, path):
    for method in ("GET", "POST", "DELETE"):
        status, _, body = web.ask(path, visitors["session"], DELIBERATE, method=method)
        assert status in (400, 404, 405) and b"rounds" not in body and b"digest" not in body
        assert web.ask(path, DELIBERATE, method=method)[0] in (400, 401)


def test_an_address_without_its_place_in_the_list_is_no_secret_door(web, visitors):
    """Every path that the program mentions is in the list, and the list has no other ones."""
    for path in ("/page", "/page.html", "/claim", "/debug", "/console", "/repl", "/update"):
        if not any(key.rpartition(" ")[2] == path for key in ROUTES):
            assert web.ask(path, visitors["session"])[0] == 404


BODIES = [
    b"[" * 4000, b"{" * 4000, b'{"a":' * 600, b"[{" * 200, b'"' + b"x" * 4000 + b'"', b"5",
    b"null", b"[]", b"\xff" * 100, b"\0" * 100, b'{"password": ', b'{"password": "\\ud800"}',
    b'{"password": "' + b"x" * 4000 + b'"}', b'{"password": 1' + b"0" * 4000 + b"}",
]


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_is_a_bomb_is_refused(web, visitors, body):
    for path, line, codes in (
        ("/login", "X: y", {"bad_json", "body_too_large", "password_missing", "wrong_password"}),
        ("/tokens", visitors["session"], {"bad_json", "bad_name"}),
    ):
        status, _, text = web.ask(path, line, DELIBERATE, f"Content-Length: {len(body)}",
                                  method="POST", body=body)
        assert 400 <= status < 500 and json.loads(text)["code"] in codes
    assert web.ask("/status.json", BEARER)[0] == 200


def test_heads_that_are_bombs_are_refused(web):
    for lines in (["Cookie: " + "microhan=1;" * 180], ["Host: " + "a" * 2000],
                  ["Origin: " + "a" * 2000], ["Authorization: Basic " + "A" * 2000],
                  ["Authorization: Bearer " + "a" * 2000], ["X: y"] * 41,
                  ["Cookie: microhan=" + "%00" * 100], ["Authorization: Basic ===="],
                  ["Content-Length: 99999999999999999999"], ["Content-Length: 4, 4"]):
        assert web.ask("/reading.json", *lines)[0] in (400, 401, 403, 413, 421, 431)
    assert web.ask("/status.json", BEARER)[0] == 200


def test_scripts_in_names_stay_text(web):
    """In a token's name, a meter's identification and its message: never a page, never a line of
    its own in the event stream."""
    script = "<script>alert('x')</script>\"\\'&"
    cookie = web.login()
    assert web.do("/tokens", {"name": script, "scope": ["now"], "expires": None}, cookie)[0] == 200
    web.publish(a_reading(identification=script, message=script + "\r\n\r\nevent: reading\r\n"),
                raw=b"/" + script.encode() + b"\r\n\r\n!0000\r\n")
    for path in ("/tokens", "/reading.json", "/telegram.txt", "/telegram.bin"):
        status, headers, body = web.ask(path, cookie)
        assert status == 200 and script.split("\"")[0].encode() in body
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["content-type"].split(";")[0] in (
            "application/json", "text/plain", "application/octet-stream")
    assert json.loads(web.ask("/tokens", cookie)[2])[-1]["name"] == script
    assert json.loads(web.ask("/reading.json", cookie)[2])["identification"] == script
    with web.connect() as client:
        client.sendall(request("/events", cookie))
        got = b""
        while not got.endswith(b"\n\n") or b"event: reading" not in got:
            got += client.recv(4096)
    block, = [one for one in got.split(b"\n\n") if one.startswith(b"event: reading")]
    assert block.count(b"\n") == 1 and b"\r" not in block


def test_two_hundred_slow_connections_cost_themselves(crowded):
    """Each sends a byte of its head now and then, and never comes to its end."""
    web, stop = crowded, threading.Event()
    head = request("/", "X: " + "y" * 900)

    def drip(number):
        chance = random.Random(number)
        while not stop.is_set():
            client = socket.socket()
            client.settimeout(60)
            try:
                client.connect(("127.0.0.1", web.port))
                for byte in head:
                    client.send(bytes((byte,)))
                    if stop.wait(chance.uniform(0.1, 0.4)):
                        break
            except OSError:
                pass
            client.close()

    threads = [threading.Thread(target=drip, args=(n,), daemon=True) for n in range(200)]
    for thread in threads:
        thread.start()
    wait_until(lambda: web.server.status()["connections"] == 4)
    outcomes = []
    for _ in range(10):
        assert web.server.status()["connections"] <= server_limit()
        outcomes.append(ask_patiently(web))
    stop.set()
    for thread in threads:
        thread.join(60)
    assert outcomes == [200] * 10 and web.server.status()["displaced"] > 0
    wait_until(lambda: web.server.status()["connections"] == 0)


def server_limit():
    from microhan.web import connections

    return connections._MOST


def ask_patiently(web):
    """The status of /status.json, asked again for as long as we are turned away."""
    for _ in range(30):
        try:
            status = web.ask("/status.json", BEARER)[0]
        except (OSError, IndexError) as error:  # reset in the rush
            status = error
            continue
        if status != 503:
            break
    return status


def test_an_address_that_is_refused_again_and_again_is_not_heard_for_a_while(web, monkeypatch):
    monkeypatch.setattr(strangers, "_MOST", 20)
    now = [0]
    monkeypatch.setattr(strangers, "time", SimpleNamespace(
        ticks_ms=lambda: now[0], ticks_diff=time.ticks_diff))

    def guess(source, path="/status.json"):
        try:
            with web.connect(source) as client:
                client.sendall(request(path, "Authorization: Bearer wrong"))
                return answer(client)[0]
        except (OSError, IndexError):
            return 0

    assert [guess("127.0.0.2") for _ in range(25)] == [401] * 20 + [0] * 5
    assert web.server.status()["turned_away"] == 5
    assert web.ask("/status.json", BEARER)[0] == 200  # from another address
    assert guess("127.0.0.3") == 401
    assert [guess("127.0.0.4", "/session.json") for _ in range(21)] == [200] * 20 + [0]
    now[0] += 10_000
    assert guess("127.0.0.2") == 401
    # who is let in now and then is not taken for a stranger
    for _ in range(30):
        assert guess("127.0.0.1") == 401
        assert web.ask("/status.json", BEARER)[0] == 200


def test_few_addresses_are_remembered():
    table = strangers.Strangers()
    for number in range(100):
        table.note(f"192.0.2.{number}")
        assert len(table._refusals) <= 8


@pytest.mark.parametrize("kind", ["wrong token", "wrong cookie", "idle", "page", "login"])
def test_the_owner_is_served_within_a_second_among_fifty_strangers(crowded, monkeypatch, kind):
    monkeypatch.setattr(strangers, "_MOST", 20)
    web, stop = crowded, threading.Event()
    body = b'{"password": "wrong password"}'
    heads = {
        "wrong token": request("/reading.json", "Authorization: Bearer " + "0" * 32),
        "wrong cookie": request("/reading.json", "Cookie: microhan=" + "0" * 32),
        "idle": b"",
        "page": request("/"),
        "login": request("/login", DELIBERATE, f"Content-Length: {len(body)}", method="POST")
        + body,
    }

    def stranger():
        while not stop.is_set():
            try:
                with web.connect("127.0.0.2") as client:
                    client.sendall(heads[kind])
                    client.settimeout(3)
                    read_all(client)  # it does not leave first
            except (OSError, IndexError):
                pass

    try:
        with ThreadPoolExecutor(50) as pool:
            for _ in range(50):
                pool.submit(stranger)
            time.sleep(1)
            waits = []
            while len(waits) < 20:
                start = time.monotonic()
                try:
                    status = web.ask("/status.json", BEARER)[0]
                except (OSError, IndexError):
                    status = 0
                waits.append((time.monotonic() - start, status))
                time.sleep(0.05)
            timeouts = web.server.status()["timeouts"]
            stop.set()
        assert {status for _, status in waits} == {200}
        waits.sort()
        # The slowest ones tell how busy the PC is, whose fifty strangers run beside the server.
        assert waits[len(waits) // 2][0] < 1, waits
        assert timeouts == 0  # nobody waited until an idle one's 10 s had passed
    finally:
        stop.set()
