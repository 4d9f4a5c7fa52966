"""An update package is fetched from the owner's address: by verified TLS, resumable, whatever the
server does; and never installed."""

import json
import os
import threading
import time

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures import update_package
from fixtures.fakes_outputs import make_certificates
from fixtures.package_server import Server, part
from fixtures.update_device import NEWER, Device, be_a_chip
from fixtures.visits import said, telegram_comes
from fixtures.web_server import wait_until
from microhan.net.link import connector
from microhan.net.names import Names
from microhan.update import choice
from microhan.web import fetch


def words(text):
    """A server that always says this."""
    return lambda server, one, first, last, n: one.sendall(text)


@pytest.fixture(autouse=True)
def chip(monkeypatch):
    be_a_chip(monkeypatch)
    monkeypatch.setattr(fetch, "_PAUSE_MS", 1)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def package():
    return update_package.signed(NEWER, text=os.urandom(40_000), notes="* snabbare på å\n" * 20)


@pytest.fixture
def house(certificates):
    """house(content, behave): a device whose owner named that server."""
    made = []

    class House(Device):
        def __init__(self, content, behave=part, ca="ca", host="localhost", by_tls=True):
            super().__init__()
            self.shop = Server(certificates, content, behave, by_tls)
            made.append(self)
            self.sources.connect = connector(Names(lambda: []), lambda heap, output: True,
                                             lambda: None)
            with open(self.sources.config_path, "w") as file:
                json.dump({"update": {"url": f"https://{host}:{self.shop.port}/new.pack",
                                      "ca": (certificates / f"{ca}.pem").read_text()}}, file)

        def press(self):
            return self.do("/update/fetch", {}, self.cookie)

        def ended(self):
            """What is said once it has ended."""
            assert self.press()[0] == 200
            self.wait()
            return self.shown()

        def wait(self):
            """Until it has ended; without a question, which would keep the device busy."""
            wait_until(lambda: not self.sources.fetch.busy)

    yield House
    for one in made:
        one.shop.close()
        one.close()


def test_a_package_is_fetched_and_waits_for_the_owner(house, package):
    one = house(package)
    assert one.shown()["fetch"] == {}
    told = one.ended()
    assert (told["state"], told["version"], told["fetch"]) == (
        "ready", NEWER, {"busy": False, "error": ""})
    news = ("* snabbare på å\n" * 20).encode()[:255].decode(errors="ignore")
    assert told["news"] == news and one.part() == package
    assert (one.shop.asked, one.shop.count) == ([0], 4)
    assert choice.read(one.app) == ("a", "") and not one.restarts
    assert one.press()[0] == 200  # all is there: only what it is, is asked again
    one.wait()
    assert one.shop.asked == [0] and one.shown()["state"] == "ready"
    assert one.do("/install", {}, one.cookie)[0] == 200
    assert choice.read(one.app) == ("a", "wanted")


def test_one_that_is_cut_off_goes_on_where_it_was(house, package):
    def cut(server, one, first, last, n):
        part(server, one, first, last, stop=15_000 if n else None)
    one = house(package, cut)
    assert one.ended()["state"] == "ready" and one.part() == package
    assert one.shop.asked == list(range(0, len(package), 15_000))


def test_what_had_come_of_an_upload_is_not_fetched_again(house, package):
    one = house(package)
    one.announce(package)
    one.send(package[:20_000])
    assert one.ended()["state"] == "ready" and one.part() == package
    assert one.shop.asked == [20_000]


def test_a_server_that_stalls_is_left_and_asked_again(house, package, monkeypatch):
    def stall(server, one, first, last, n):
        if n == 1:
            monkeypatch.setattr(fetch, "_STALL_MS", 800)
        part(server, one, first, last, stop=10_000 if n == 1 else None)
        if n == 1:
            server.over.wait(3)
            monkeypatch.setattr(fetch, "_STALL_MS", 20_000)
    one = house(package, stall)
    assert one.ended()["state"] == "ready" and one.part() == package
    assert one.shop.asked == [0, 10_000]


def test_one_that_sends_nothing_more_is_given_up(house, package):
    def stall(server, one, first, last, n):
        part(server, one, first, last, stop=0 if n else None)
    one = house(package, stall)
    told = one.ended()
    assert told["state"] == "stopped" and "closed the connection" in told["fetch"]["error"]
    assert one.shop.asked == [0] * 5


def test_one_that_sends_a_byte_now_and_then_has_an_hour(house, package):
    def drip(server, connection, first, last, n):
        part(server, connection, first, last, stop=0 if n else None)
        if n:
            one.sources.fetch._end = time.ticks_ms()  # the hour is over
        for byte in server.content if n else b"":
            connection.sendall(bytes([byte]))
            time.sleep(0.1)
    one = house(package, drip)
    told = one.ended()
    assert told["state"] == "stopped" and "longer than an hour" in told["fetch"]["error"]


def test_a_head_that_never_ends_is_left(house, package, monkeypatch):
    def endless(server, one, first, last, n):
        one.sendall(b"HTTP/1.1 206 X\r\n" + b"X-A: b\r\n" * 3_000)
    told = house(package, endless).ended()
    assert "does not answer the request" in told["fetch"]["error"] and "state" not in told


@pytest.mark.parametrize("answer, says", [
    (b"HTTP/1.1 302 Found\r\nLocation: https://localhost/x\r\n\r\n", "redirects are not followed"),
    (b"HTTP/1.1 404 No\r\n\r\n", "answers 404: is update.url right"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "as a whole only"),
    (b"HTTP/1.1 503 Busy\r\n\r\n", "answers 503"),
    (b"HTTP/1.1 206 X\r\n\r\nhello", "another part"),
    (b"HTTP/1.1 206 X\r\nContent-Range: bytes 0-4/9\r\n\r\nhello", "another part"),
    (b"HTTP/1.1 206 X\r\nContent-Range: bytes 0-4/5\r\n\r\nhello", "no package"),
    (b"HTTP/1.1 206 X\r\nContent-Range: bytes 604-999/1000\r\n\r\n" + b"<html>" * 66,
     "no package"),
    (b"HTTP/1.1 206 X\r\nContent-Range: bytes x-y/z\r\n\r\n", "another part"),
    (b"SSH-2.0-x\r\n\r\n", "not HTTP"), (b"", "closed the connection"),
])
def test_what_is_no_part_of_a_package_is_told(house, package, answer, says):
    one = house(package, words(answer))
    told = one.ended()
    assert says in told["fetch"]["error"] and "state" not in told
    assert one.shop.count == 1 and not os.path.exists(one.app + "/b.part")


@pytest.mark.parametrize("how, says", [
    ({"arch": update_package.RV32IMC}, "another chip"), ({"version": "0.0.1"}, "takes your word"),
    ({"sub": 2}, "by cable")])
def test_what_is_not_for_this_device_is_refused_before_it_comes(house, how, says):
    one = house(update_package.signed(**{"version": NEWER, **how}))
    told = one.ended()
    assert says in told["fetch"]["error"] and one.shop.asked == []


@pytest.mark.parametrize("more", [-700, 700])
def test_a_length_that_is_not_the_package_s_is_no_package(house, package, more):
    def lie(server, one, first, last, n):
        part(server, one, first, last, said_size=len(package) + more)
    told = house(package, lie).ended()
    assert "state" not in told and told["fetch"]["error"]


def test_more_bytes_than_were_said_are_not_taken(house, package):
    def more(server, one, first, last, n):
        part(server, one, first, last, length=2 * len(package))
        one.sendall(b"x" * 50_000)
    one = house(package, more)
    assert one.ended()["state"] == "ready" and one.part() == package


def test_another_file_in_between_begins_anew(house, package):
    other = update_package.signed("99.2.0", text=os.urandom(50_000))

    def swap(server, one, first, last, n):
        if n == 1:
            part(server, one, first, last, stop=9_000)
            server.content = other
        else:
            part(server, one, first, last)
    one = house(package, swap)
    told = one.ended()
    assert (told["state"], told["version"]) == ("ready", "99.2.0") and one.part() == other


@pytest.mark.parametrize("how, says", [
    ({"ca": "other"}, "certificate of localhost"), ({"host": "127.0.0.1"}, "certificate of 127"),
    ({"by_tls": False}, "localhost")])
def test_nobody_else_is_listened_to(house, package, how, says):
    one = house(package, **how)
    told = one.ended()
    assert says in told["fetch"]["error"] and "state" not in told and one.shop.count == 0


@pytest.mark.parametrize("update, word", [
    ({}, "no_address"), ({"url": "https://a/b"}, "no_certificate"),
    ({"url": "http://a/b", "ca": "x"}, "no_address"),
    ({"url": "https://me@a/b", "ca": "x"}, "no_address"),
    ({"url": "https://a/b", "ca": "no certificate"}, "no_address")])
def test_settings_that_cannot_work_are_told_at_once(house, package, update, word):
    one = house(package)
    with open(one.sources.config_path, "w") as file:
        json.dump({"update": update}, file)
    assert said(one.press()) == (422, word)


def test_a_plain_board_says_so_where_it_is_asked_and_where_it_is_set(house, package):
    one = house(package)
    one.sources.is_plain = True
    assert said(one.press()) == (422, "no_memory")
    assert one.do("/config.json", {"update": {"url": ""}}, one.cookie, method="PUT")[0] == 200
    status, _, body = one.do("/config.json", {"update": {"url": "https://a/b"}}, one.cookie,
                             method="PUT")
    assert status == 422 and json.loads(body)["key"] == "update.url"
    assert "too little memory" in json.loads(body)["error"]
    assert one.do("/config.json", {"update": {"url": ""}}, one.cookie, method="PUT")[0] == 200


def test_where_no_address_is_set_nothing_is_said_of_it(house, package):
    one = house(package)
    one.sources.connect = None
    assert "fetch" not in one.shown()


@pytest.mark.parametrize("end", ["upload", "drop", "again"])
def test_who_sends_or_gives_up_ends_it(house, package, end):
    go_on = threading.Event()

    def slow(server, one, first, last, n):
        part(server, one, first, last, stop=5_000 if n == 1 else None)
        if n == 1:
            go_on.wait(60)
    one = house(package, slow)
    one.press()
    wait_until(lambda: one.shown().get("received", 0) > 0)
    assert one.shown()["state"] == "coming" and one.shown()["fetch"]["busy"]
    if end == "upload":
        told = json.loads(one.announce(package)[2])
        assert one.send(package[told["received"]:], told["received"])[0] == 200
    elif end == "drop":
        assert one.do("/update.json", {}, one.cookie, method="DELETE")[0] == 200
    else:
        first = one.sources.fetch
        go_on.set()
        assert one.press()[0] == 200 and one.sources.fetch is not first
    go_on.set()
    one.wait()
    told = one.shown()
    assert told["fetch"]["error"] == "" and told.get("state") == (
        None if end == "drop" else "ready")
    if end != "drop":
        assert one.part() == package


def test_while_one_is_tried_nothing_is_fetched(house, package):
    one = house(package)
    os.mkdir(one.app)
    choice._set(one.app, "a", b"b1")
    assert said(one.press()) == (422, "busy")


def test_flash_is_written_between_telegrams(house, package, monkeypatch):
    one = house(package)
    seen = telegram_comes(one.hub, monkeypatch)
    assert one.ended()["state"] == "ready"
    assert seen.count(9) == 2
