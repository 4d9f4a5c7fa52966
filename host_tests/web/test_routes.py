"""Each route's answer, and that docs/http.md shows the same shapes."""

import json
import re
from pathlib import Path

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures.p1_text import parse as read_text
from fixtures.readings_extra import extra_reading
from fixtures.repository import ROOT
from fixtures.web_server import (
    BEARER,
    DELIBERATE,
    RAW,
    Diagnosis,
    Events,
    RunningServer,
    a_reading,
    parse,
)
from microhan.reading.fields import EXTRAS, INDEX
from microhan.web import routes
from microhan.web.actions import action_of
from microhan.web.answers import _SCOPES, file_of, problem_of, row_of

DOCUMENT = ROOT / "docs" / "http.md"
WEB = Path(routes.__file__).parent
ROWS = (WEB / "answers.txt").read_text()
KEYS = [row.split("|")[0] for row in ROWS.splitlines()]
# Those of the ways out that know no password are in test_open.py.
PATHS = [key for key in KEYS if key in routes.BODIES and row_of(key)[0] in _SCOPES]
READ_ONLY = [path for path in PATHS if "POST " + path not in KEYS]
ROUTES = [key for key in KEYS if "/" in key]
PROBLEMS = [key for key in KEYS if key[0].isdigit()]
ALWAYS = [header.split(": ", 1) for header in row_of("always")]


def problem(result, status):
    assert result[0] == status
    assert result[1]["content-type"] == "application/json"
    said = json.loads(result[2])
    assert set(said) == {"code", "error", "hint"} and all(said.values())
    return said


def test_before_the_first_telegram_there_is_503(web):
    for path in ("/reading.json", "/telegram.txt", "/telegram.bin"):
        result = web.ask(path, BEARER)
        problem(result, 503)
        assert result[1]["retry-after"] == "10"
    assert json.loads(web.ask("/status.json", BEARER)[2]) == {"id": "a1b2c3"}
    assert web.ask("/", BEARER)[0] == 200


def test_a_reading_is_exact(web):
    web.publish()
    status, headers, body = web.ask("/reading.json", BEARER)
    assert status == 200 and headers["content-type"] == "application/json"
    assert b'"active_energy_import_kwh":123456.789' in body
    assert b'"voltage_l1_v":230.0,' in body and b'"current_l1_a":5.36' in body
    assert int(headers["content-length"]) == len(body)


def test_a_telegram_that_was_sent_as_text_is_given_as_sent(web):
    web.publish()
    status, headers, body = web.ask("/telegram.txt", BEARER)
    assert (status, body) == (200, RAW)
    assert headers["x-microhan-telegram"] == "sent"
    assert headers["content-type"] == "text/plain; charset=us-ascii"
    status, headers, body = web.ask("/telegram.bin", BEARER)
    assert (status, body) == (200, RAW)
    assert headers["content-type"] == "application/octet-stream"


def test_a_binary_meter_s_telegram_is_written(web):
    """From the State: registers that come once an hour are in every telegram."""
    web.call(setattr, web.sources, "base_min", 120)
    hourly = a_reading()
    web.publish(hourly, raw=b"\x7e", is_text=False)
    now = a_reading(active_power_import_w=4321)
    now.put(INDEX["active_energy_import_kwh"], None)
    web.publish(now, raw=b"\x7e\xa0\x00" * 700, is_text=False)
    status, headers, body = web.ask("/telegram.txt", BEARER)
    assert status == 200 and headers["x-microhan-telegram"] == "written"
    assert headers["content-type"] == "text/plain; charset=us-ascii"
    (again,), parser = read_text(body)
    assert parser.odd_lines == parser.skipped == 0
    assert again.get("active_power_import_w") == 4321
    assert again.get("active_energy_import_kwh") == hourly.get("active_energy_import_kwh")
    assert web.ask("/telegram.bin", BEARER)[2] == b"\x7e\xa0\x00" * 700


def test_a_capture_is_given_byte_by_byte(web):
    web.publish()
    said = problem(web.ask("/capture.bin", BEARER), 404)
    assert "nothing" in said["error"]
    assert web.ask("/capture.bin")[0] == 401
    web.call(setattr, web.sources, "capture", lambda: b"\x00\xffgarbage")
    status, headers, body = web.ask("/capture.bin", BEARER)
    assert (status, body) == (200, b"\x00\xffgarbage")
    assert headers["content-disposition"] == 'attachment; filename="capture.bin"'


def test_the_log_is_the_owner_s(web):
    web.call(setattr, web.sources, "recent", lambda: "7 started: ström\n".encode())
    assert web.ask("/log.txt", BEARER)[0] == 403
    assert web.ask("/log.txt", web.login())[2] == "7 started: ström\n".encode()


def test_what_a_crash_left_is_the_owner_s(web, tmp_path):
    web.call(setattr, web.sources, "config_path", f"{tmp_path}/config.json")
    owner = web.login()
    assert web.ask("/crash.txt", BEARER)[0] == 403
    assert problem(web.ask("/crash.txt", owner), 404)["code"] == "no_crash"
    (tmp_path / "crash").write_text("1 1 0 7 0 microhan build 1f2e3d4c watchdog\n7 ström\n")
    status, headers, body = web.ask("/crash.txt", owner)
    assert (status, body) == (200, (tmp_path / "crash").read_bytes())
    assert headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_a_body(web, path, tmp_path):
    web.publish()
    web.call(setattr, web.sources, "capture", lambda: b"x")
    (tmp_path / "crash").write_text("1 …")
    web.call(setattr, web.sources, "config_path", f"{tmp_path}/config.json")
    visitor = web.login() if row_of(path)[0] == "owner" else BEARER
    status, headers, body = web.ask(path, visitor, method="HEAD")
    assert status == 200 and body == b""
    if path != "/events":
        full = web.ask(path, visitor)
        assert {k: headers[k] for k in headers} == full[1]
    assert web.server.status()["streams"] == 0


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
def test_other_methods_are_405(web, method):
    for path in READ_ONLY:
        result = web.ask(path, BEARER, DELIBERATE, method=method)
        problem(result, 405)
        assert result[1]["allow"] == "GET, HEAD"
    problem(web.ask("/nothing", BEARER, DELIBERATE, method=method), 404)


def test_the_methods_of_an_address_are_told(web):
    assert web.ask("/login", BEARER)[1]["allow"] == "POST"
    assert web.ask("/tokens/abc", BEARER)[1]["allow"] == "DELETE"
    for path in ("/tokens", "/backup"):
        assert web.ask(path, BEARER, DELIBERATE, method="PUT")[1]["allow"] == "GET, HEAD, POST"


def test_unknown_addresses_are_404(web):
    for path in ("/nothing", "/readingXjson", "/reading.json/", "//", "/../reading.json", "/%2e"):
        problem(web.ask(path, BEARER), 404)
    assert web.ask("/status.json?x=%C3%A5", BEARER)[0] == 200


def test_every_answer_carries_the_same_headers(web):
    web.publish()
    for path, lines in (("/", []), ("/reading.json", [BEARER]), ("/x", [BEARER]), ("/x", []),
                        ("/session.json", []), ("/tokens", [web.login()])):
        headers = web.ask(path, *lines)[1]
        for name, value in ALWAYS:
            assert name.lower() in headers
            if path != "/":
                assert headers[name.lower()] == value


def test_a_failing_handler_is_500(capsys):
    def status():
        raise KeyError("inside")

    web = RunningServer(status)
    try:
        said = problem(web.ask("/status.json", BEARER), 500)
        assert "inside" not in str(said)
        assert web.ask("/status.json", BEARER)[0] == 500
    finally:
        web.close()
    # This one is a fault of ours, and the console may show where.
    assert "KeyError" in "".join(capsys.readouterr())


def test_events_begin_with_what_is_known(web):
    web.call(web.hub.diagnose, Diagnosis())
    web.publish()
    events = Events(web)
    name, data = events.next()
    assert name == "meter" and json.loads(data)["text_sv"] == "Allt är väl."
    name, data = events.next()
    assert name == "reading" and data == web.hub.reading.json(web.hub.reading.identity())
    web.publish(a_reading(active_power_import_w=42))
    assert json.loads(events.next()[1])["active_power_import_w"] == 42
    web.call(web.hub.diagnose, Diagnosis("silent", "Nothing comes."))
    name, data = events.next()
    assert name == "meter" and json.loads(data)["state"] == "silent"
    events.close()


def shown():
    """{heading: [JSON blocks below it]} of docs/http.md."""
    found = {}
    for part in re.split(r"^## ", DOCUMENT.read_text(), flags=re.M)[1:]:
        heading = part.split("\n", 1)[0]
        found[heading] = [json.loads(b) for b in re.findall(r"```json\n(.*?)```", part, re.S)]
    return found


def test_the_document_names_every_route_and_problem():
    text = DOCUMENT.read_text()
    for key in ROUTES:
        if not key.endswith((".js", ".css")):  # the page's own, called by their contents
            assert f"`{key}`" in text or key.endswith("/") and f"`{key}" in text, key
    for key in PROBLEMS:
        assert f"| {key[:3]} |" in text and f"`{row_of(key)[1]}`" in text, key


@pytest.mark.parametrize("key", PROBLEMS)
def test_the_words_of_problems(key):
    status, headers, body = parse(problem_of(key))
    assert status == int(key[:3])
    assert set(json.loads(body)) == {"code", "error", "hint"}
    assert int(headers["content-length"]) == len(body)
    assert set(headers) > {name.lower() for name, _ in ALWAYS}
    assert problem_of(key).startswith(f"HTTP/1.0 {status} {row_of(key)[0]}\r\n".encode())
    assert problem_of(key, False) == problem_of(key)[: -len(body)]


def test_the_table_has_a_row_for_each_problem_and_each_path_has_a_function():
    assert ROWS.isascii() and len(set(KEYS)) == len(KEYS) and KEYS[0] == "always"
    assert ALWAYS[-1][0] == "Content-Security-Policy"  # an address may add to it
    source = "".join(path.read_text() for room in (WEB, WEB.parent / "setup")
                     for path in room.rglob("*.py"))
    used = set(re.findall(r'"(\d{3}[a-z]?)"', source)) - {"204"}  # which is no problem
    assert used == set(PROBLEMS)
    assert set(routes.BODIES) <= set(KEYS)
    actions = [key for key in ROUTES if key not in routes.BODIES and not file_of(key)
               and row_of(key)[0] in _SCOPES]
    in_set_up = {action_of(key) for key in ("/setup.json", "POST /setup", "POST /erase")}
    assert len(in_set_up) == 1  # portal.py tells them apart
    updates = [key for key in actions if "/update" in key or key == "POST /install"]
    assert updates and len({action_of(key) for key in updates}) == 1  # and update.py
    shared = len(updates) - 1 + 2
    assert len({action_of(key) for key in actions}) == len(actions) - shared
    scopes = {row_of(key)[0] for key in ROUTES}
    assert scopes == {*_SCOPES.split(), "homewizard", "ecotracker", "shelly", "ws"}


def test_nothing_else_in_the_table_is_an_address(web):
    for path in ("always", "/always", "/404", "404", "/|text/html",
                 "/reading.json|application/json", "/%7C", "written", "/written"):
        status = web.ask(path, BEARER)[0]
        assert status == (404 if path.startswith("/") else 400), path


def test_the_document_shows_the_reading(web):
    (example,) = shown()["`/reading.json`"]
    as_of = example.pop("as_of")
    derived = example.pop("derived")
    assert set(as_of) <= set(example) <= set(INDEX)
    web.publish(a_reading(active_power_export_w=0))
    body = json.loads(web.ask("/reading.json", BEARER)[2])
    assert set(body) - {"derived", "as_of"} <= set(INDEX)
    assert set(derived) <= set(body["derived"])


def test_the_document_has_every_key_that_only_some_meters_send(web):
    document = DOCUMENT.read_text()
    part = document.partition("### What only some meters send")[2].partition("### `derived`")[0]
    for key, *_ in EXTRAS:
        stem = re.sub(r"_(l|q)[1-4](_kvarh)?$", "", key)
        assert f"`{key}`" in part or f"`{stem}_" in part, key
    web.publish(extra_reading())
    body = json.loads(web.ask("/reading.json", BEARER)[2])
    for key in body["derived"]:
        assert key in document.partition("### `derived`")[2].partition("\n## ")[0], key
    for channel in body["channels"].values():
        for name in channel:
            assert f"`{name}`" in part or f'"{name}"' in part, name
    assert {key for key, *_ in EXTRAS} <= set(body)


def test_events_and_the_written_telegram_have_nothing_derived(web):
    web.publish(extra_reading(), b"x", False)
    assert b"derived" in web.ask("/reading.json", BEARER)[2]
    with web.connect() as client:
        client.sendall(b"GET /events HTTP/1.0\r\n" + BEARER.encode() + b"\r\n\r\n")
        got = b""
        while b"event: reading" not in got or not got.endswith(b"\n\n"):
            got += client.recv(4096)
    assert b'"channels":{"1":' in got and b"derived" not in got
    text = web.ask("/telegram.txt", BEARER)[2]
    assert b"0-1:24.2.1(260525035000W)(12785.123*m3)" in text


def test_the_document_shows_the_error(web):
    (example,) = shown()["Errors"]
    assert json.loads(web.ask("/nothing", BEARER)[2]) == example


def test_the_document_shows_this_servers_status(web):
    (example,) = shown()["`/status.json`"]
    assert set(example["outputs"]["http"]) == set(web.server.status())


def test_the_status_is_written_in_small_pieces_and_is_whole(web):
    """Memory in one piece is what a plain ESP32 has least of."""
    told = {"id": "a1", "none": None, "healed": {}, "warnings": ["ä" * 50] * 3,
            "meter": {str(n): {"text": "word " * 20, "n": n} for n in range(30)}}
    web.sources.status = lambda: told
    size, pieces = routes.Routes(web.sources, None).status()
    assert json.loads(b"".join(pieces)) == told and size == sum(map(len, pieces))
    assert len(pieces) > 5 and max(map(len, pieces)) < 1024
    status, _, body = web.ask("/status.json", BEARER)
    assert status == 200 and json.loads(body) == told
