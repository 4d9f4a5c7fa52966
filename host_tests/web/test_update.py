"""An update package comes over the network: in pieces, resumable, refused in words."""

import json
import os
import time

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures import update_package
from fixtures.update_device import NEWER, Device, be_a_chip, manifest
from fixtures.visits import make_token, said, telegram_comes
from fixtures.web_server import BEARER, DELIBERATE, request, wait_until
from microhan import BUILD, VERSION
from microhan.update import choice

ROUTES = [("GET", "/update.json"), ("POST", "/update.json"), ("POST", "/update?at=0"),
          ("POST", "/update/fetch"), ("POST", "/install"), ("DELETE", "/update.json")]


@pytest.fixture(autouse=True)
def chip(monkeypatch):
    be_a_chip(monkeypatch)


@pytest.fixture
def device():
    made = Device()
    yield made
    made.close()


@pytest.fixture(scope="module")
def package():
    return update_package.signed(NEWER, text=os.urandom(30_000))


@pytest.mark.parametrize("method, path", ROUTES)
@pytest.mark.parametrize("who", ["nobody", "token", "token of all", "foreign", "form", "owner"])
def test_only_the_owner_s_session_may(device, method, path, who):
    token = json.loads(make_token(device, device.cookie, scope=["now", "history", "raw"])[2])
    lines, wanted = {
        "nobody": ([DELIBERATE], (401, "unauthorized")),
        "token": ([DELIBERATE, "Authorization: Bearer " + token["token"]], (403, "out_of_scope")),
        "token of all": ([DELIBERATE, BEARER], (403, "out_of_scope")),
        "foreign": ([DELIBERATE, device.cookie, "Origin: http://x.example"],
                    (403, "foreign_origin")),
        "form": ([device.cookie], (403, "header_missing")),
        "owner": ([DELIBERATE, device.cookie], None)}[who]
    result = device.ask(path, *lines, "Content-Length: 2", method=method, body=b"{}")
    if who == "owner" or (who, method) == ("form", "GET"):
        assert result[0] in (200, 409, 422)
    else:
        assert said(result) == wanted
        assert not os.path.exists(device.app) and not device.restarts


def test_nothing_is_said_while_there_is_nothing(device):
    assert device.shown() == {"runs": {"version": VERSION, "build": BUILD,
                                       "mpy": update_package.mpy(), "micropython": "1.29"}}
    assert device.sources.update == {}


def test_a_package_comes_in_pieces_and_is_installed(device, package):
    told = json.loads(device.announce(package)[2])
    assert told["state"] == "stopped" and told["received"] == 0 and told["version"] == NEWER
    for at in range(0, len(package), 16_384):
        status, _, body = device.send(package[at:at + 16_384], at)
        assert status == 200
        assert json.loads(body)["received"] == min(at + 16_384, len(package))
    assert device.part() == package
    assert device.sources.update["state"] == device.shown()["state"] == "ready"
    status, _, body = device.do("/install", {}, device.cookie)
    assert (status, json.loads(body)["state"]) == (200, "wanted")
    assert choice.read(device.app) == ("a", "wanted") and not choice.is_older_allowed(device.app)
    wait_until(lambda: device.restarts)
    assert device.restarts == [1]
    for result in (device.announce(package), device.do("/install", {}, device.cookie),
                   device.do("/update.json", {}, device.cookie, method="DELETE")):
        assert said(result) == (422, "busy")


def test_what_keeps_telegrams_away_now_is_handed_over(device, package):
    device.call(device.hub.diagnose, type("Diagnosis", (), {"state": "silent"})())
    device.announce(package)
    device.send(package)
    assert device.do("/install", {}, device.cookie)[0] == 200
    assert choice.diagnosis(device.app) == "silent"


def test_it_goes_on_where_a_lost_connection_ended(device, package, capsys):
    device.announce(package)
    with device.connect() as client:
        client.sendall(request("/update?at=0", DELIBERATE, device.cookie,
                               f"Content-Length: {len(package)}", method="POST") + package[:9000])
        wait_until(lambda: device.sources.update.get("received") == 9000)
        assert device.sources.update["state"] == device.shown()["state"] == "coming"
    wait_until(lambda: device.sources.update.get("state") == "stopped")
    assert "Traceback" not in capsys.readouterr().out  # who leaves is no fault of ours
    assert device.part() == package[:9000]
    assert json.loads(device.announce(package)[2])["received"] == 9000  # the same: it stays
    assert said(device.send(package[8000:], 8000)) == (409, "no_package")
    assert device.send(package[9000:], 9000)[0] == 200
    assert device.part() == package and device.shown()["state"] == "ready"


def test_whoever_sends_it_anew_is_heard_and_not_the_connection_that_hangs(device, package):
    device.announce(package)
    with device.connect() as client:
        client.sendall(request("/update?at=0", DELIBERATE, device.cookie,
                               f"Content-Length: {len(package)}", method="POST") + package[:9000])
        wait_until(lambda: device.sources.update.get("received") == 9000)
        status, _, body = device.send(package[9000:], 9000)
        assert status == 200 and json.loads(body)["state"] == "ready"
        client.sendall(package[9000:9100])
        time.sleep(0.2)
    assert device.part() == package


def test_another_package_begins_anew(device, package):
    device.announce(package)
    device.send(package[:5000])
    other = update_package.signed("99.2.0")
    assert json.loads(device.announce(other)[2])["received"] == 0
    assert device.send(other)[0] == 200 and device.part() == other


def test_giving_up_leaves_nothing(device, package):
    device.announce(package)
    device.send(package[:5000])
    status, _, body = device.do("/update.json", {}, device.cookie, method="DELETE")
    assert status == 200 and "state" not in json.loads(body)
    assert os.listdir(device.app) == [] and device.sources.update == {}
    assert said(device.send(package[5000:], 5000)) == (409, "no_package")


@pytest.mark.parametrize("how, word, words", [
    ({"arch": update_package.RV32IMC}, "architecture", "another chip"),
    ({"sub": 2}, "micropython", "by cable"),
    ({"version": "0.0.1"}, "older", "going back takes your word")])
def test_what_is_not_for_this_device_is_refused_before_a_byte_comes(device, how, word, words):
    package = update_package.signed(**{"version": NEWER, **how})
    result = device.announce(package)
    assert said(result) == (422, word)
    assert words in json.loads(result[2])["error"]
    assert not os.path.exists(device.app) and device.sources.update == {}


def test_an_older_one_goes_by_the_owner_s_word(device):
    package = update_package.signed("0.0.1")
    assert device.announce(package, older=True)[0] == 200
    device.send(package)
    assert device.do("/install", {}, device.cookie)[0] == 200
    assert choice.is_older_allowed(device.app)


@pytest.mark.parametrize("given", [
    {}, {"size": 9}, {"size": "9", "manifest": {}}, {"size": 9, "manifest": []},
    {"size": 0, "manifest": 0}, {"size": 9, "manifest": {"version": "x"}}])
def test_what_is_no_announcement_is_refused(device, given):
    assert said(device.do("/update.json", given, device.cookie)) == (422, "format")
    whole = manifest(update_package.signed(NEWER))
    for key in whole:
        if key in ("version", "mpy", "micropython", "sha256"):
            less = {name: value for name, value in whole.items() if name != key}
            assert said(device.do("/update.json", {"size": 9000, "manifest": less},
                                  device.cookie)) == (422, "format")


def test_other_bytes_than_a_package_s_are_refused_as_they_come(device, package):
    device.announce(package)
    assert said(device.send(b"PK\3\4" + package[4:])) == (422, "format")
    assert device.part() == b""
    assert said(device.send(package + b"x")) == (422, "format")
    assert said(device.ask("/update?at=0", DELIBERATE, device.cookie, "Content-Length: 5000000",
                           method="POST")) == (413, "body_too_large")


def test_a_truncated_one_is_not_installed(device, package):
    device.announce(package)
    device.send(package[:-1])
    assert said(device.do("/install", {}, device.cookie)) == (409, "no_package")
    assert choice.read(device.app) == ("a", "") and not device.restarts


def test_without_room_on_flash_the_copy_before_goes_and_then_it_is_refused(
        device, package, monkeypatch):
    os.mkdir(device.app)
    before = device.app + "/b.pack"
    with open(before, "wb") as file:
        file.write(b"x")
    free = [20]
    monkeypatch.setattr(os, "statvfs", lambda path: (
        4096, 4096, 512, free[0], free[0], 0, 0, 0, 0, 255))
    assert said(device.announce(package)) == (422, "no_room")
    assert os.listdir(device.app) == [] and device.sources.update == {}
    free[0] = 100
    with open(before, "wb") as file:
        file.write(b"x")
    assert device.announce(package)[0] == 200
    assert os.path.exists(before)  # there is room: it stays


def test_it_comes_where_nobody_can_say_what_is_free(device, package, monkeypatch):
    def fails(path):
        raise OSError(5)
    monkeypatch.setattr(os, "statvfs", fails)
    assert device.announce(package)[0] == 200
    assert device.send(package)[0] == 200 and device.part() == package


def test_a_flash_that_is_full_after_all_is_told(device, package, monkeypatch):
    device.announce(package)

    def full(self, data):
        yield
        raise OSError(28)
    with monkeypatch.context() as patch:
        patch.setattr("microhan.update.incoming.Part.take", full)
        assert said(device.send(package)) == (507, "no_room")
    assert device.send(package)[0] == 200


def test_without_memory_and_in_set_up_mode_it_is_told(device, package):
    device.has_room = True
    device.sources.has_room = lambda heap: heap < 5000
    assert said(device.announce(package)) == (503, "memory_short")
    device.sources.restart = None
    for method, path in ROUTES:
        result = device.ask(path, DELIBERATE, device.cookie, "Content-Length: 2", method=method,
                            body=b"{}")
        assert said(result) == (409, "no_package")


def test_flash_is_written_when_no_telegram_is_coming_in(device, package, monkeypatch):
    device.announce(package)
    seen = telegram_comes(device.hub, monkeypatch)
    began = time.monotonic()
    assert device.send(package)[0] == 200
    assert time.monotonic() - began > 0.2 and seen.count(9) == 2


def test_why_the_last_one_came_back_is_told_until_another_comes(device, package):
    os.mkdir(device.app)
    choice.back(device.app, "signature", "nobody signed it")
    told = device.shown()
    assert (told["state"], told["word"], told["error"]) == (
        "back", "signature", "nobody signed it")
    assert device.announce(package)[0] == 200
    assert device.shown()["state"] == "stopped"


def test_others_are_served_meanwhile(device, package):
    device.publish()
    device.announce(package)
    with device.connect() as client:
        client.sendall(request("/update?at=0", DELIBERATE, device.cookie,
                               f"Content-Length: {len(package)}", method="POST") + package[:-1])
        wait_until(lambda: device.sources.update.get("received") == len(package) - 1)
        assert device.ask("/reading.json", device.cookie)[0] == 200
        assert device.sources.update["state"] == "coming"
