"""Raw P1 of the whole firmware on its own MicroPython, taken by programs that others wrote."""

import asyncio
import contextlib
import socket
import threading
import time
from datetime import datetime
from decimal import Decimal

import pytest
import websockets
from dsmr_parser import telegram_specifications
from dsmr_parser.clients import SocketReader

from fits.ways.dsmr_names import NAMES
from fixtures.ports_out import twin_with
from fixtures.twin_answers import answered, counters
from fixtures.web_server import wait_until


def running(folder, *options, **changes):
    """A twin with raw P1 on, over TCP and WebSocket."""
    return twin_with("p1", folder, *options, **{"ws": True, **changes})


def p1(twin, key):
    return answered(twin)["outputs"].get("p1", {}).get(key)


def clients_are(twin, count):
    wait_until(lambda: p1(twin, "clients") == count)


def connect(twin, small=False):
    """A client; `small`: for which next to nothing waits on the way."""
    sock = socket.socket()
    sock.settimeout(60)
    if small:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    sock.connect(("127.0.0.1", twin.opened))
    return sock


def telegrams(sock):
    """The telegrams that come, each with its line end."""
    data = b""
    while piece := sock.recv(4096):
        data += piece
        head, mark, rest = data.partition(b"!")
        while mark and b"\n" in rest:
            line, _, data = rest.partition(b"\n")
            yield head + mark + line + b"\n"
            head, mark, rest = data.partition(b"!")


def same_moment(twin, telegram):
    """/reading.json of the moment of a telegram; None if another one has come since."""
    reading = answered(twin, "/reading.json")
    told = telegram.P1_MESSAGE_TIMESTAMP.value
    return reading if reading and datetime.fromisoformat(reading["time"]) == told else None


@pytest.mark.parametrize(("vm", "meter", "least"), [
    ("i386", "sagemcom-p1", 20), ("i386", "kamstrup-hdlc", 8), ("i386", "aidon-hdlc", 20),
    ("cpython", "kaifa-p1", 20)])
def test_dsmr_parser_reads_the_same_values(tmp_path, vm, meter, least):
    """Its socket reader with the Swedish list, `5S` in Home Assistant: a meter of text, and of
    lists, which are written as P1. All its numbers are those of /reading.json."""
    with running(tmp_path, vm, meter) as twin:
        reader = SocketReader("127.0.0.1", twin.opened, telegram_specifications.SWEDEN)
        compared = set()
        for count, telegram in enumerate(reader.read(), 1):
            reading = same_moment(twin, telegram)
            for name, key in NAMES.items():
                if reading and hasattr(telegram, name):
                    value = getattr(telegram, name).value
                    scale = 1000 if key.endswith(("_w", "_var")) else 1
                    assert value * scale == Decimal(str(reading[key])), key
                    compared.add(key)
            if len(compared) >= least and count >= 3 or count > 20:
                break
        assert len(compared) >= least
        assert p1(twin, "sent") >= 3 and not p1(twin, "dropped")


def test_a_websocket_gets_each_telegram_as_one_message(tmp_path):
    with running(tmp_path) as twin:
        with connect(twin) as plain:
            by_tcp = telegrams(plain)

            async def talk():
                url = f"ws://127.0.0.1:{twin.client.port}/ws"
                async with websockets.connect(url, ping_interval=None) as one:
                    got = [await one.recv() for _ in range(3)]
                    await asyncio.wait_for(await one.ping(b"well?"), 60)
                    await one.send("thrown away")
                    got.append(await one.recv())
                    await one.close()
                    assert one.close_code == 1000
                return got

            got = asyncio.run(talk())
            seen = [next(by_tcp).decode() for _ in range(4)]
            assert set(got) & set(seen) and all(one.endswith("\r\n") for one in got)
            assert [one for one in seen if one in got] == [one for one in got if one in seen]
        clients_are(twin, 0)
        # The place among HTTP's is free again: one is who asks.
        wait_until(lambda: answered(twin)["outputs"]["http"]["connections"] == 1)


def test_one_of_four_stalls_and_one_sends_without_end(tmp_path):
    """Each costs itself alone; Readings, the two others and HTTP go on."""
    with running(tmp_path, interval=0.2) as twin:
        well = [connect(twin) for _ in range(2)]
        streams = [telegrams(sock) for sock in well]
        lame, loud = connect(twin, small=True), connect(twin)
        clients_are(twin, 4)
        over = threading.Event()

        def send():
            with contextlib.suppress(OSError):
                while not over.is_set():
                    loud.sendall(b"/garbage!" * 100)

        thread = threading.Thread(target=send)
        thread.start()
        end = time.monotonic() + 120
        while p1(twin, "clients") != 2 and time.monotonic() < end:
            one, two = [next(stream) for stream in streams]
            assert one.startswith(b"/ELL5") and one == two
        over.set()
        assert p1(twin, "dismissed") == 2 and p1(twin, "clients") == 2
        assert answered(twin)["outputs"]["http"]["state"] == "ok"
        count = counters(twin)
        assert count["skipped"] == count["crc"] == 0
        thread.join(60)
        for sock in (*well, lame, loud):
            sock.close()
        clients_are(twin, 0)


def test_a_hundred_come_and_leave(tmp_path):
    with running(tmp_path) as twin:
        for turn in range(100):
            connect(twin).close()
            if turn % 25 == 0:
                assert twin.client.get("/reading.json")[0] == 200
        clients_are(twin, 0)
        with connect(twin) as sock:
            assert next(telegrams(sock)).startswith(b"/ELL5")
        assert "accept failed" not in "\n".join(twin.firmware.lines)


def test_ten_sockets_are_enough_for_all_that_is_on(tmp_path):
    """With MQTT three clients fit, HTTP keeps two connections: one stream, and one to ask."""
    with running(tmp_path, mqtt="") as twin:
        wait_until(lambda: answered(twin)["outputs"].get("mqtt", {}).get("state") == "ok")
        peers = [connect(twin) for _ in range(3)]
        clients_are(twin, 3)
        fourth = connect(twin)
        assert fourth.recv(1) == b""
        assert p1(twin, "refused") == 1
        request = b"GET /events HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n" % (
            twin.token().encode())
        with socket.create_connection(("127.0.0.1", twin.client.port), 60) as stream:
            stream.sendall(request)
            assert b" 200 " in stream.recv(15)
            for _ in range(10):
                assert twin.client.get("/status.json")[0] == 200
            with socket.create_connection(("127.0.0.1", twin.client.port), 60) as another:
                another.sendall(request)
                assert b" 503 " in another.recv(15)
        for peer in peers:
            assert next(telegrams(peer)).startswith(b"/ELL5")
        assert answered(twin)["outputs"]["mqtt"]["state"] == "ok"
        assert "ENFILE" not in "\n".join(twin.firmware.lines)


def test_off_nothing_listens_and_ws_is_no_address(tmp_path):
    with running(tmp_path, p1=0, ws=False) as twin:
        assert "p1" not in answered(twin)["outputs"]
        assert twin.client.get("/ws")[0] == 404
        with pytest.raises(ConnectionRefusedError):
            connect(twin)


def test_addresses_that_are_not_listed_are_refused(tmp_path):
    with running(tmp_path, allow="192.168.1.0/24") as twin:
        assert connect(twin).recv(1) == b""
        assert twin.client.get("/ws")[0] == 404
        assert p1(twin, "refused") == 1
