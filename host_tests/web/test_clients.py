"""Clients that are slow, many, rude or gone: each costs itself and nobody else."""

import asyncio
import json
import os
import random
import socket
import struct
import time
from base64 import b64encode

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures.web_server import (
    BEARER,
    DELIBERATE,
    PASSWORD,
    RAW,
    TOKEN,
    Events,
    a_reading,
    answer,
    client_closes_first,
    kept,
    read_all,
    request,
    wait_until,
)
from microhan.hub.hub import Hub
from microhan.web import connection, connections, requests, server, streams
from microhan.web.connection import GONE, Connection


def open_files():
    return len(os.listdir("/proc/self/fd"))


def is_well(web):
    """The server answers before anybody's patience ends, and holds nothing."""
    before = web.server.status()["timeouts"]
    assert web.ask("/status.json", BEARER)[0] == 200
    assert web.server.status()["timeouts"] == before
    wait_until(lambda: web.server.status()["connections"] == 0)


def test_401_tells_nothing(hasty):
    basic = "Authorization: Basic " + b64encode(b"admin:wrong").decode()
    seen = set()
    for path in ("/status.json", "/reading.json", "/nothing", "/events"):
        for method in ("GET", "POST", "OPTIONS"):
            for lines in ([], ["Authorization: Bearer wrong"], [basic], ["Authorization: x"]):
                status, headers, body = hasty.ask(path, DELIBERATE, *lines, method=method)
                assert status == 401
                assert headers["www-authenticate"] == 'Bearer realm="microhan"'
                seen.add((body, tuple(sorted(headers.items()))))
    assert len(seen) == 1
    assert hasty.ask("/status.json", method="HEAD")[2] == b""
    assert hasty.server.status()["wrong_credentials"] == 36
    assert sum("wrong credential from 127.0.0.1" in line for line in hasty.log) == 1


def test_basic_takes_a_token_and_never_the_owners_password(web):
    for secret, status in ((TOKEN, 200), (PASSWORD, 401)):
        line = "Authorization: Basic " + b64encode(f"me:{secret}".encode()).decode()
        assert web.ask("/status.json", line)[0] == status


def test_a_head_that_drips_is_408(hasty):
    with hasty.connect() as client:
        start = time.monotonic()
        try:
            for byte in request("/", "X: " + "y" * 200):
                client.send(bytes((byte,)))
                time.sleep(0.02)
        except ConnectionError:
            pass
        elapsed = time.monotonic() - start
    # A total for the head, 0.6 s: as a pause between bytes it would never have been reached.
    assert elapsed > 0.5 and hasty.server.status()["timeouts"] == 1
    with hasty.connect() as client:
        assert answer(client)[0] == 408
    is_well(hasty)


def test_a_body_that_drips_is_cut_off(hasty):
    with hasty.connect() as client:
        client.sendall(request("/status.json", BEARER, "Content-Length: 100") + b"x")
        assert read_all(client) == b""
    is_well(hasty)


def test_what_is_too_much_is_refused_and_told(web):
    for data, status in (
        (request("/" + "a" * 5000), 414),
        (request("/", "X: " + "y" * 5000), 431),
        (request("/", *["X: y"] * 50), 431),
        (request("/", "Content-Length: 1000000", method="POST") + b"z" * 1_000_000, 413),
        (request("/", "Transfer-Encoding: chunked", method="POST") + b"5\r\nhello\r\n", 411),
        (request("/", BEARER, DELIBERATE, "Content-Length: 4096", method="POST") + b"z" * 4096,
         405),
        (request("/x", DELIBERATE, "Content-Length: 4096", method="POST") + b"z" * 4096, 401),
        (request("/login", DELIBERATE, "Content-Length: 513", method="POST") + b"z" * 513, 413),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ):
        with web.connect() as client:
            try:
                client.sendall(data)
            except ConnectionError:
                pass  # it had enough
            result = answer(client)
            assert result[0] == status
            assert set(json.loads(result[2])) == {"code", "error", "hint"}
    is_well(web)


def test_the_client_closes_first_if_it_does_so_soon(web, monkeypatch):
    # whoever closes first keeps the connection for minutes, and that is to be the client
    client_closes_first(web, monkeypatch, "/status.json", 200)
    is_well(web)


def four_that_part(web):
    """As many clients as there are places: each has its answer, and has not closed yet."""
    clients = [web.connect() for _ in range(4)]
    for client in clients:
        client.sendall(request("/status.json", BEARER))
        assert client.recv(20).startswith(b"HTTP/1.0 200 OK")
    return clients


def test_who_has_an_answer_makes_room_at_once_and_is_no_stranger_for_it(web, monkeypatch):
    monkeypatch.setattr(connection, "_PARTS_WITHIN", 10**6)  # nobody goes unless made to
    for _ in range(8):
        parting = four_that_part(web)
        assert web.ask("/status.json", BEARER)[0] == 200
        for client in parting:
            client.close()
    assert web.server.status()["displaced"] == web.server.status()["turned_away"] == 0
    is_well(web)


def test_who_has_an_answer_has_time_to_close_first_whoever_waits(web, monkeypatch):
    monkeypatch.setattr(connection, "_PARTS_WITHIN", 10**6)
    monkeypatch.setattr(connections, "_PARTS_MS", 10**6)
    parting = four_that_part(web)
    assert web.ask("/status.json", BEARER)[0] == 503
    for client in parting:
        client.close()
    wait_until(lambda: web.server.status()["connections"] == 0)
    assert web.ask("/status.json", BEARER)[0] == 200
    assert web.server.status()["displaced"] == 0


def test_who_has_asked_keeps_its_place_however_slow_the_device_is(web):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        client = Connection(ours, "10.0.0.1")
        client.since -= 10_000
        pool = connections.ConnectionPool(web.sources, web.server.counters, print)
        now = time.ticks_ms()
        assert pool._may_go(client, now)
        theirs.sendall(b"GET / HTTP/1.1")
        assert not pool._may_go(client, now)
        client.skim()
        assert pool._may_go(client, now)


def test_rubbish_prints_no_stack_trace(web, capfd):
    chance = random.Random(4)
    for _ in range(60):
        with web.connect() as client:
            try:
                client.sendall(chance.randbytes(chance.randrange(1, 600)))
                client.shutdown(socket.SHUT_WR)
                read_all(client)
            except OSError:
                pass
    is_well(web)
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err


def test_clients_may_leave_at_every_point(web, capfd):
    web.publish()
    whole = request("/", BEARER, "Host: x")
    before = open_files()
    for cut in range(0, len(whole) + 1, 4):
        client = web.connect()
        client.sendall(whole[:cut])
        if cut % 8:  # half of them by RST
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    for path in ("/", "/events", "/telegram.bin"):
        for _ in range(10):
            client = web.connect()
            client.sendall(request(path, BEARER))
            client.recv(10)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            web.publish()
    web.publish()
    is_well(web)
    wait_until(lambda: open_files() <= before)
    assert "Traceback" not in "".join(capfd.readouterr())


def test_eight_clients_at_once_all_get_an_answer(web):
    web.publish()
    clients = [web.connect() for _ in range(8)]
    for client in clients:
        client.sendall(request("/telegram.bin", BEARER))
    for client in clients:
        status, _, body = answer(client)
        assert (status, body) == (200, RAW)
        client.close()
    is_well(web)


def test_a_flood_of_idle_clients_keeps_nobody_out(web):
    idle = [web.connect() for _ in range(12)]
    assert web.ask("/status.json", BEARER)[0] == 200
    assert web.server.status()["timeouts"] == 0  # nobody waited until their 10 s had passed
    assert web.server.status()["displaced"] > 0
    for client in idle:
        client.close()
    is_well(web)


def test_a_client_that_is_displaced_is_told(web):
    idle = [web.connect() for _ in range(4)]
    wait_until(lambda: web.server.status()["connections"] == 4)
    assert web.ask("/status.json", BEARER)[0] == 200
    status, headers, _ = answer(idle[0])
    assert (status, headers["retry-after"]) == (503, "1")
    for client in idle:
        client.close()


def test_three_streams_and_one_place_for_others(web):
    web.publish()
    streams = [Events(web) for _ in range(3)]
    for stream in streams:
        assert stream.next()[0] == "reading"
    status, _, body = web.ask("/events", BEARER)
    assert status == 503 and "Three" in json.loads(body)["error"]
    for _ in range(20):
        assert web.ask("/reading.json", BEARER)[0] == 200
    streams[0].close()
    web.publish()
    web.publish()
    wait_until(lambda: web.server.status()["streams"] == 2)
    again = Events(web)
    assert again.next()[0] == "reading"
    for stream in [again, *streams]:
        stream.close()
    web.publish()
    web.publish()
    is_well(web)


def test_with_all_places_taken_a_client_gets_503(web):
    web.publish()
    streams = [Events(web) for _ in range(3)]
    for stream in streams:
        stream.next()
    web.owner.grants().owner = kept(PASSWORD)
    web.owner.grants().owner[0] = 10_000_000  # rounds: it takes its time
    body = json.dumps({"password": PASSWORD}).encode()
    guesser = web.connect()  # has asked, so that its place is not given away
    guesser.sendall(request("/login", DELIBERATE, f"Content-Length: {len(body)}", method="POST")
                    + body)
    wait_until(lambda: web.owner.checking)
    status, headers, _ = web.ask("/reading.json", BEARER)
    assert (status, headers["retry-after"]) == (503, "1")
    assert web.server.status()["turned_away"] == 1
    for client in [guesser, *streams]:
        client.close()


def test_a_refusal_does_not_read_for_ever():
    class Endless:
        """A client that sends faster than anybody reads."""

        read, told = 0, b""

        def setblocking(self, flag):
            pass

        def setsockopt(self, level, name, value):
            pass

        def recv(self, count):
            self.read += count
            assert self.read < 100_000
            return bytes(count)

        def send(self, data):
            self.told += data

    sock = Endless()
    Connection(sock, "").send_problem("503")
    assert sock.told.startswith(b"HTTP/1.0 503") and sock.read <= 1024


@pytest.mark.parametrize("number", [11, 103, 104, 113, 128])
def test_however_a_connection_ends_the_client_has_left(number):
    """lwIP and Linux have several numbers for it."""
    class Socket:
        def setblocking(self, flag):
            pass

        def setsockopt(self, *option):
            pass

        def recv(self, size):
            raise OSError(number)
    one = Connection(Socket(), "")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "readable", lambda sock: asyncio.sleep(0))
        with pytest.raises(OSError) as told:
            asyncio.run(one.receive())
    assert told.value.args == (GONE,)


def test_who_is_slow_with_what_anybody_may_ask_makes_room(web):
    """Neither a login that drips nor a page that is not read keeps the owner out."""
    slow = [web.connect() for _ in range(4)]
    for client in slow:
        client.sendall(request("/login", DELIBERATE, "Content-Length: 100", method="POST") + b"{")
    wait_until(lambda: web.server.status()["requests"] == 4)
    time.sleep(2.5)
    assert web.ask("/status.json", BEARER)[0] == 200
    assert web.server.status()["timeouts"] == 0  # nobody waited until their 10 s had passed
    assert web.server.status()["displaced"] > 0
    for client in slow:
        client.close()


def test_a_stalled_stream_delays_nobody(hasty, monkeypatch):
    for module in (connection, requests):
        monkeypatch.setattr(module, "IDLE_MS", 5000)  # longer than it takes to lose a Reading
    hasty.publish()
    stalled = Events(hasty, receive_buffer=2048)
    quick = [Events(hasty), Events(hasty)]
    for stream in quick:
        assert stream.next()[0] == "reading"
    wait_until(lambda: hasty.server.status()["streams"] == 3)
    # Too long a text for any socket buffer, so that the stalled client's writer has to wait. If
    # the others waited for it, they would until its deadline ended it, and it lost nothing.
    rounds = 0
    while not hasty.server.status()["dropped"]:
        rounds += 1
        assert rounds < 400 and hasty.server.status()["streams"] == 3
        reading = a_reading(identification="x" * 60_000, active_power_import_w=rounds)
        hasty.publish(reading)
        for stream in quick:
            assert json.loads(stream.next()[1])["active_power_import_w"] == rounds
    wait_until(lambda: hasty.server.status()["streams"] == 2)
    stalled.close()
    for stream in quick:
        stream.close()


def test_a_stream_without_news_has_a_heartbeat(web, monkeypatch):
    monkeypatch.setattr(streams, "_HEARTBEAT_MS", 300)
    web.publish()
    stream = Events(web)
    assert stream.next()[0] == "reading"
    assert stream.next() == ("", "")
    # A client that left is noticed by it too, without any news from the meter.
    stream.close()
    wait_until(lambda: web.server.status()["streams"] == 0)


def test_a_port_in_use_is_told(web):
    second = server.WebServer({"port": web.port}, web.sources, web.log.append, lambda: None)
    with pytest.raises(OSError):
        asyncio.run(second.run())
    assert second.status()["state"] == "error"
    assert str(web.port) in second.status()["error"]


def test_port_0_is_off():
    beats = []
    off = server.WebServer(
        {"port": 0}, server.Sources(Hub(int, int), dict, bytes, 60, bool, 4, 8, None, "", list),
        print, lambda: beats.append(1))
    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(asyncio.wait_for(off.run(), 0.05))
    assert beats == [1] and off.status()["state"] == "off"


def test_the_server_answers(web):
    web.publish()
    status, _, body = web.ask("/reading.json", BEARER)
    assert status == 200
    assert json.loads(body)["active_power_import_w"] == 1234
    wait_until(lambda: web.beats > 2)
