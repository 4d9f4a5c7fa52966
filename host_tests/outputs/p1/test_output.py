"""outputs/p1: telegrams to those who connect, byte by byte, whatever one of them does."""

import asyncio
import contextlib
import json
import socket
import struct

import pytest

from fixtures import ports_out
from fixtures.fakes_outputs import House, free_port, reading, until
from fixtures.repository import ROOT
from microhan.outputs.p1 import client, output
from microhan.outputs.p1.output import P1Output
from microhan.outputs.port import Places
from microhan.telegram.decoder import Decoder
from microhan.telegram.p1.writer import write

CORPUS = ROOT / "host_tests" / "telegrams"
ONE = b"/TST5 house\r\n\r\n1-0:1.7.0(0001.234*kW)\r\n!1A2B"
LONG = b"/" + b"0123456789abcdef" * 263 + b"!1A2B"  # as long as a telegram can be


class Room:
    """Whether there is room, to be changed."""

    def __init__(self):
        self.has = True

    def __call__(self, heap):
        assert heap == -1
        return self.has


class Served:
    """A P1Output at work, and clients for it."""

    def __init__(self, **changes):
        self.house = House()
        self.room = Room()
        self.config = {"p1": free_port(), "ws": False, "allow": "", **changes}
        self.places = Places(6)
        self.out = P1Output(self.config, self.house.hub, 60, self.room, self.places,
                            self.house.note, lambda: None)

    def publish(self, raw=ONE, is_text=True, **values):
        self.house.hub.publish(reading(self.house.now, **values), lambda: raw, is_text)
        self.house.now += 10

    async def connect(self, buffer=0):
        sock = socket.socket()
        sock.setblocking(False)
        if buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.config["p1"]))
        return Peer(sock)

    async def clients(self, count):
        """So many, served."""
        peers = [await self.connect() for _ in range(count)]
        await self.until_clients(count)
        return peers

    async def until_clients(self, count):
        await until(lambda: self.status("clients") == count)

    def status(self, key):
        return self.out.status()[key]


class Peer(ports_out.Peer):
    """A client."""

    async def get(self, size):
        loop, data = asyncio.get_running_loop(), b""
        while len(data) < size:
            piece = await asyncio.wait_for(loop.sock_recv(self.sock, size - len(data)), 60)
            if not piece:
                break
            data += piece
        return data

    def leave(self, reset=False):
        if reset:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def serving(talk, **changes):
    """Run `talk(served)` beside it, and return Served."""
    return ports_out.serving(Served, talk, **changes)


@pytest.fixture
def small(monkeypatch):
    """Sockets that hold little of what is sent, as the chip's do."""
    true = client.Client.__init__

    def init(self, sock, frames):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        true(self, sock, frames)

    monkeypatch.setattr(client.Client, "__init__", init)


def telegrams(name, key=""):
    """[(bytes as sent, whether they are text, Reading)] of a file of the corpus."""
    found = []
    decoder = Decoder(lambda source: found.append(
        (source.raw(), source.is_text, source.reading())), key=bytes.fromhex(key))
    data = (CORPUS / name).read_bytes()
    decoder.feed(data, len(data))
    return found


def names():
    return sorted(path.name for path in CORPUS.glob("*.bin"))


@pytest.mark.parametrize("name", names())
def test_text_goes_out_as_it_was_sent(name):
    """Byte by byte, all that a file of the corpus proves; the line end behind it, always."""
    text = [raw for raw, is_text, _ in telegrams(name) if is_text]

    async def talk(served):
        one, two = await served.clients(2)
        for raw in text:
            served.publish(raw)
            for peer in (one, two):
                assert await peer.get(len(raw) + 2) == raw + b"\r\n"
            # A head that noise has eaten is put right by its checksum, in /telegram.bin as well.
            assert name == "star-p1.bin" or raw in (CORPUS / name).read_bytes()

    if text:
        out = serving(talk)
        assert out.status("sent") == 2 * len(text) and not out.status("dropped")


def test_the_corpus_has_text():
    text = [name for name in names() if any(is_text for _, is_text, _ in telegrams(name))]
    assert len(text) > 25


def test_lists_are_written_from_the_state():
    """With the register of the hour in each, as /telegram.txt."""
    async def talk(served):
        (one,) = await served.clients(1)
        served.publish(b"\x7e\xa0", False, active_energy_import_kwh=23_456_791)
        first = write(served.house.hub.state.reading())
        assert await one.get(len(first)) == first
        served.publish(b"\x7e\xa0", False, active_power_import_w=1234)
        second = write(served.house.hub.state.reading())
        assert await one.get(len(second)) == second
        assert b"1-0:1.8.0(00023456.791*kWh)" in second and b"(0001.234*kW)" in second

    serving(talk)


def test_a_client_that_stalls_is_dropped_alone(small):
    """By its queue: with a third telegram that it has not taken. Nobody else waits."""
    async def talk(served):
        lame = await served.connect(2048)
        await served.until_clients(1)
        quick = await served.connect()
        await served.until_clients(2)
        count = 0
        while served.status("clients") == 2:
            count += 1
            assert count < 100
            served.publish(LONG)
            assert await quick.get(len(LONG) + 2) == LONG + b"\r\n"
        assert served.status("dismissed") == 1 and served.status("dropped") == 3
        served.publish(ONE)
        assert await quick.get(len(ONE) + 2) == ONE + b"\r\n"
        await lame.is_closed()

    serving(talk)


def test_a_client_that_takes_nothing_for_a_while_is_dropped(small, monkeypatch):
    """Between two telegrams, too."""
    monkeypatch.setattr(output, "_STALLED_MS", 200)

    async def talk(served):
        lame = await served.connect(2048)
        await served.until_clients(1)
        while not served.status("queued"):
            served.publish(LONG)
            await asyncio.sleep(0.05)
        await served.until_clients(0)
        assert served.status("dismissed") == 1
        await lame.is_closed()

    serving(talk)


def test_what_clients_send_is_thrown_away_and_limited():
    """A kilobyte between two telegrams; garbage without end costs its sender the connection."""
    async def talk(served):
        chatty, quiet = await served.clients(2)
        for _ in range(5):
            await chatty.send(b"\xff\xfd" * 400)
            await asyncio.sleep(0.6)
            served.publish(ONE)
            for peer in (chatty, quiet):
                assert await peer.get(len(ONE) + 2) == ONE + b"\r\n"
        assert served.status("dismissed") == 0
        with contextlib.suppress(ConnectionError):
            while True:
                await chatty.send(bytes(4096))
        await served.until_clients(1)
        assert served.status("dismissed") == 1
        served.publish(ONE)
        assert await quiet.get(len(ONE) + 2) == ONE + b"\r\n"

    serving(talk)


@pytest.mark.parametrize("reset", [False, True])
def test_a_hundred_come_and_leave(reset, monkeypatch):
    monkeypatch.setattr(output, "_LOOK_MS", 10)

    async def talk(served):
        served.publish(ONE)
        for _ in range(100):
            (peer,) = await served.clients(1)
            assert await peer.get(2) == ONE[:2]
            peer.leave(reset)
            await served.until_clients(0)
        assert not served.status("dismissed") and not served.status("refused")
        (peer,) = await served.clients(1)
        assert await peer.get(len(ONE) + 2) == ONE + b"\r\n"

    serving(talk)


def test_four_find_a_place():
    async def talk(served):
        peers = await served.clients(4)
        fifth = await served.connect()
        await fifth.is_closed()
        assert served.status("refused") == 1
        served.publish(ONE)
        for peer in peers:
            assert await peer.get(len(ONE) + 2) == ONE + b"\r\n"
        peers[2].leave()
        await served.until_clients(3)
        await served.connect()
        await served.until_clients(4)

    serving(talk)


@pytest.mark.parametrize(("streams", "connections", "fit"), [
    (0, 0, 4), (1, 1, 4), (2, 2, 3), (3, 3, 2), (0, 4, 2), (3, 4, 2)])
def test_connections_of_http_keep_their_places(streams, connections, fit):
    """Six sockets for both; of them two are HTTP's, and one more than it has streams."""
    async def talk(served):
        served.places.web = lambda: {"streams": streams, "connections": connections}
        peers = await served.clients(fit)
        await (await served.connect()).is_closed()
        assert served.status("clients") == fit and served.status("refused") == 1
        assert served.places.for_http() == 6 - fit >= connections and len(peers) == fit

    serving(talk)


def test_without_memory_nobody_is_let_in():
    async def talk(served):
        served.room.has = False
        await (await served.connect()).is_closed()
        assert served.status("refused") == 1
        served.room.has = True
        await served.clients(1)

    serving(talk)


def test_short_of_memory_telegrams_are_dropped_and_clients_stay(monkeypatch):
    monkeypatch.setattr(output, "_STALLED_MS", 200)

    async def talk(served):
        peers = await served.clients(2)
        served.room.has = False
        served.publish(LONG)
        await until(lambda: served.status("dropped") == 2)
        served.room.has = True
        served.publish(ONE)
        for peer in peers:
            assert await peer.get(len(ONE) + 2) == ONE + b"\r\n"
        assert served.status("queued") == 0 and served.status("dismissed") == 0

    serving(talk)


def test_a_telegram_without_memory_for_it_is_dropped():
    def none():
        raise MemoryError

    async def talk(served):
        (one,) = await served.clients(1)
        served.house.hub.publish(reading(), none, True)
        served.publish(b"")  # the parser had none
        await until(lambda: served.status("dropped") == 2)
        served.publish(ONE)
        assert await one.get(len(ONE) + 2) == ONE + b"\r\n"

    serving(talk)


@pytest.mark.parametrize(("age", "fresh"), [(0, True), (10, True), (11, False), (3600, False)])
def test_who_comes_gets_the_newest_telegram_if_it_is_not_old(age, fresh):
    async def talk(served):
        served.publish(ONE)
        served.publish(ONE + b"2")
        served.house.now += age - 10
        (one,) = await served.clients(1)
        if not fresh:
            served.publish(ONE + b"3")
        got = await one.get(len(ONE) + 3)
        assert got == ONE + (b"2\r\n" if fresh else b"3\r\n")

    serving(talk)


def test_who_comes_before_the_first_telegram_waits():
    async def talk(served):
        (one,) = await served.clients(1)
        served.publish(ONE)
        assert await one.get(len(ONE) + 2) == ONE + b"\r\n"

    serving(talk)


def test_only_addresses_of_the_list():
    async def talk(served):
        await (await served.connect()).is_closed()
        assert served.status("refused") == 1

    serving(talk, allow="192.168.1.0/24")

    async def others(served):
        await served.clients(1)

    serving(others, allow="192.168.1.20, 127.0.0.1")


def test_a_port_that_is_taken_is_told():
    async def run():
        served = Served()
        with socket.socket() as taken:
            taken.bind(("0.0.0.0", served.config["p1"]))
            taken.listen()
            with pytest.raises(OSError):
                await served.out.run()
        assert served.status("state") == "error"
        assert f"port {served.config['p1']} cannot be opened" in served.status("error")

    asyncio.run(run())


def test_status_at_rest():
    async def talk(served):
        assert served.out.status() == {
            "state": "ok", "error": "", "queued": 0, "dropped": 0, "sent": 0, "clients": 0,
            "dismissed": 0, "refused": 0}
        assert served.house.hub._followers == []  # a Reading costs nothing while nobody is there
        json.dumps(served.out.status())

    serving(talk)
