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
    PASSWORD,
    RAW,
    TOKEN,
    Events,
    a_reading,
    answer,
    read_all,
    request,
    wait_until,
)
from microhan.hub.hub import Hub
from microhan.web import requests, server, streams


def open_files():
    return len(os.listdir("/proc/self/fd"))


def is_well(house):
    """The server answers at once and holds nothing."""
    start = time.monotonic()
    assert house.ask("/status.json", BEARER)[0] == 200
    assert time.monotonic() - start < 1
    wait_until(lambda: house.server.status()["connections"] == 0)


def test_401_tells_nothing(hasty):
    basic = "Authorization: Basic " + b64encode(b"admin:wrong").decode()
    seen = set()
    for path in ("/", "/reading.json", "/nothing", "/events"):
        for method in ("GET", "POST", "OPTIONS"):
            for lines in ([], ["Authorization: Bearer wrong"], [basic], ["Authorization: x"]):
                status, headers, body = hasty.ask(path, *lines, method=method)
                assert status == 401
                assert headers["www-authenticate"].startswith('Basic realm="microhan"')
                seen.add((body, tuple(sorted(headers.items()))))
    assert len(seen) == 1
    assert hasty.ask("/", method="HEAD")[2] == b""
    assert hasty.server.status()["wrong_credentials"] == 36
    assert sum("wrong token or password" in line for line in hasty.log) == 1


def test_password_by_basic(house):
    for secret in (PASSWORD, TOKEN):
        line = "Authorization: Basic " + b64encode(f"me:{secret}".encode()).decode()
        assert house.ask("/status.json", line)[0] == 200


def test_a_guess_costs_time_but_not_others(house):
    guesser = house.connect()
    guesser.sendall(request("/", "Authorization: Bearer guess"))
    start = time.monotonic()
    assert house.ask("/status.json", BEARER)[0] == 200
    assert time.monotonic() - start < 0.3
    assert answer(guesser)[0] == 401
    assert time.monotonic() - start > 0.45


def test_dripping_head_is_408(hasty):
    with hasty.connect() as client:
        start = time.monotonic()
        try:
            for byte in request("/", "X: " + "y" * 200):
                client.send(bytes((byte,)))
                time.sleep(0.02)
        except ConnectionError:
            pass
        elapsed = time.monotonic() - start
    assert 0.5 < elapsed < 3  # a total for the head, not a pause between bytes
    assert hasty.server.status()["timeouts"] == 1
    with hasty.connect() as client:
        assert answer(client)[0] == 408
    is_well(hasty)


def test_a_body_that_drips_is_ended(hasty):
    with hasty.connect() as client:
        client.sendall(request("/", BEARER, "Content-Length: 100", method="POST") + b"x")
        assert read_all(client) == b""
    is_well(hasty)


def test_more_than_the_limits_is_refused_by_its_status(house):
    for data, status in (
        (request("/" + "a" * 5000), 414),
        (request("/", "X: " + "y" * 5000), 431),
        (request("/", *["X: y"] * 50), 431),
        (request("/", "Content-Length: 1000000", method="POST") + b"z" * 1_000_000, 413),
        (request("/", "Transfer-Encoding: chunked", method="POST") + b"5\r\nhello\r\n", 411),
        (request("/", BEARER, "Content-Length: 4096", method="POST") + b"z" * 4096, 405),
        (request("/", "Content-Length: 4096", method="POST") + b"z" * 4096, 401),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ):
        with house.connect() as client:
            try:
                client.sendall(data)
            except ConnectionError:
                pass  # it had enough
            result = answer(client)
            assert result[0] == status
            assert set(json.loads(result[2])) == {"error", "hint"}
    is_well(house)


def test_rubbish_prints_no_stack_trace(house, capfd):
    chance = random.Random(4)
    for _ in range(60):
        with house.connect() as client:
            try:
                client.sendall(chance.randbytes(chance.randrange(1, 600)))
                client.shutdown(socket.SHUT_WR)
                read_all(client)
            except OSError:
                pass
    is_well(house)
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err


def test_disconnects_at_every_point(house, capfd):
    house.publish()
    whole = request("/", BEARER, "Host: x")
    before = open_files()
    for cut in range(0, len(whole) + 1, 4):
        client = house.connect()
        client.sendall(whole[:cut])
        if cut % 8:  # half of them by RST
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    for path in ("/", "/events", "/telegram.bin"):
        for _ in range(10):
            client = house.connect()
            client.sendall(request(path, BEARER))
            client.recv(10)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            house.publish()
    house.publish()
    is_well(house)
    wait_until(lambda: open_files() <= before)
    assert "Traceback" not in "".join(capfd.readouterr())


def test_many_at_once(house):
    house.publish()
    clients = [house.connect() for _ in range(8)]
    for client in clients:
        client.sendall(request("/telegram.bin", BEARER))
    for client in clients:
        status, _, body = answer(client)
        assert (status, body) == (200, RAW)
        client.close()
    is_well(house)


def test_idle_flood_does_not_lock_out(house):
    idle = [house.connect() for _ in range(12)]
    start = time.monotonic()
    assert house.ask("/status.json", BEARER)[0] == 200
    assert time.monotonic() - start < 5  # 10 s is the idle timeout
    assert house.server.status()["displaced"] > 0
    for client in idle:
        client.close()
    is_well(house)


def test_displaced_client_is_told(house):
    idle = [house.connect() for _ in range(4)]
    wait_until(lambda: house.server.status()["connections"] == 4)
    assert house.ask("/status.json", BEARER)[0] == 200
    status, headers, _ = answer(idle[0])
    assert (status, headers["retry-after"]) == (503, "1")
    for client in idle:
        client.close()


def test_three_streams_and_one_place_for_others(house):
    house.publish()
    streams = [Events(house) for _ in range(3)]
    for stream in streams:
        assert stream.next()[0] == "reading"
    status, _, body = house.ask("/events", BEARER)
    assert status == 503 and "Three" in json.loads(body)["error"]
    for _ in range(20):
        assert house.ask("/reading.json", BEARER)[0] == 200
    streams[0].close()
    house.publish()
    house.publish()
    wait_until(lambda: house.server.status()["streams"] == 2)
    again = Events(house)
    assert again.next()[0] == "reading"
    for stream in [again, *streams]:
        stream.close()
    house.publish()
    house.publish()
    is_well(house)


def test_full_house_says_503(house, monkeypatch):
    house.publish()
    streams = [Events(house) for _ in range(3)]
    for stream in streams:
        stream.next()
    monkeypatch.setattr(requests, "_GUESS_MS", 3000)
    guesser = house.connect()  # has asked, so that its place is not given away
    guesser.sendall(request("/", "Authorization: Bearer no"))
    wait_until(lambda: house.server.status()["wrong_credentials"] == 1)
    status, headers, _ = house.ask("/reading.json", BEARER)
    assert (status, headers["retry-after"]) == (503, "1")
    assert house.server.status()["turned_away"] == 1
    for client in [guesser, *streams]:
        client.close()


def test_a_stalled_stream_delays_nobody(hasty):
    hasty.publish()
    stalled = Events(hasty, receive_buffer=2048)
    quick = [Events(hasty), Events(hasty)]
    for stream in quick:
        assert stream.next()[0] == "reading"
    wait_until(lambda: hasty.server.status()["streams"] == 3)
    # Too long a text for any socket buffer, so that the stalled client's writer has to wait.
    worst = 0
    rounds = 0
    while hasty.server.status()["streams"] == 3:
        rounds += 1
        assert rounds < 400
        reading = a_reading(identification="x" * 60_000, active_power_import_w=rounds)
        start = time.monotonic()
        hasty.publish(reading)
        for stream in quick:
            assert json.loads(stream.next()[1])["active_power_import_w"] == rounds
        worst = max(worst, time.monotonic() - start)
    assert worst < 0.25
    assert hasty.server.status()["dropped"] > 0  # its own oldest, before its deadline ended it
    stalled.close()
    for stream in quick:
        stream.close()


def test_a_quiet_stream_has_a_heartbeat(house, monkeypatch):
    monkeypatch.setattr(streams, "_HEARTBEAT_MS", 300)
    house.publish()
    stream = Events(house)
    assert stream.next()[0] == "reading"
    assert stream.next() == ("", "")
    # A client that left is noticed by it too, without any news from the meter.
    stream.close()
    wait_until(lambda: house.server.status()["streams"] == 0)


def test_port_in_use_is_said(house):
    config = {"port": house.port, "token": TOKEN, "password": ""}
    second = server.WebServer(config, house.hub, str, house.log.append)
    with pytest.raises(OSError):
        asyncio.run(second.run())
    assert second.status()["state"] == "error"
    assert str(house.port) in second.status()["error"]


def test_port_0_is_off():
    beats = []
    off = server.WebServer(
        {"port": 0, "token": "", "password": ""}, Hub(int, int), str, print,
        lambda: beats.append(1),
    )
    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(asyncio.wait_for(off.run(), 0.05))
    assert beats == [1] and off.status()["state"] == "off"


def test_the_house_answers(house):
    house.publish()
    status, _, body = house.ask("/reading.json", BEARER)
    assert status == 200
    assert json.loads(body)["active_power_import_w"] == 1234
    wait_until(lambda: house.beats > 2)
