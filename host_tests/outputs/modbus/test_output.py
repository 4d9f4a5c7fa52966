"""Modbus TCP: what is no value, and who asks wrongly, stalls, floods or may not come. What is a
value: host_tests/tools/fits/test_ways.py."""

import asyncio
import contextlib
import socket
import struct

import pytest

from fixtures import ports_out
from fixtures.fakes_outputs import House, end, free_port, reading, until
from microhan.outputs.modbus import output
from microhan.outputs.modbus.output import ModbusOutput
from microhan.outputs.port import Places

ASK = bytes.fromhex("0001 0000 0006 01 04 0000 0002")  # the voltage of L1
NAN = "7fc00000"


class Served:
    """A ModbusOutput at work, and clients for it."""

    def __init__(self, allow=""):
        self.house = House()
        self.has_room = True
        self.port = free_port()
        self.places = Places(6)
        self.out = ModbusOutput({"modbus": self.port, "allow": allow}, 0xA1B2C3, self.house.hub,
                                lambda heap: self.has_room, self.places, self.house.note,
                                lambda: None)

    def publish(self, one=None, **values):
        self.house.hub.publish(one or reading(self.house.now, **values), lambda: b"", True)

    def status(self, key):
        return self.out.status()[key]

    async def connect(self, buffer=0):
        sock = socket.socket()
        sock.setblocking(False)
        if buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.port))
        return Peer(sock)

    async def ask(self, pdu):
        """The answer to one request, both in hex and without the header."""
        peer = await self.connect()
        data = bytes.fromhex(pdu)
        await peer.send(b"\x12\x34\0\0" + struct.pack(">H", len(data) + 1) + b"\x07" + data)
        head = await peer.get(7)
        assert head[:4] == b"\x12\x34\0\0" and head[6] == 7
        told = await peer.get(struct.unpack(">H", head[4:6])[0] - 1)
        peer.sock.close()
        here = self.status("clients")
        await until(lambda: self.status("clients") < here)
        return told.hex()


class Peer(ports_out.Peer):
    """A client."""

    async def get(self, size):
        loop, data = asyncio.get_running_loop(), b""
        while len(data) < size:
            piece = await asyncio.wait_for(loop.sock_recv(self.sock, size - len(data)), 60)
            assert piece
            data += piece
        return data


def serving(talk, **changes):
    """Run `talk(served)` beside it, and return Served."""
    return ports_out.serving(Served, talk, **changes)


def asked(pdu, **values):
    """The answer to one request after a Reading."""
    told = []

    async def talk(served):
        served.publish(voltage_l1_v=230_100, **values)
        told.append(await served.ask(pdu))

    serving(talk)
    return told[0]


def test_import_and_export_of_different_telegrams_are_no_sum():
    """As Kamstrup's short lists: only one of them is in each telegram."""
    assert asked("04 0034 0002", active_power_import_w=0) == "0404" + "00000000"
    got = []

    async def talk(served):
        served.publish(active_power_import_w=0, active_power_export_w=500)
        got.append(await served.ask("04 0034 0002"))
        served.house.now += 10
        served.publish(active_power_import_w=900)
        got.append(await served.ask("04 0034 0002"))

    serving(talk)
    assert got == ["0404c3fa0000", "040444610000"]


@pytest.mark.parametrize(("pdu", "answer"), [
    ("04 0000 0002", "04044366199a"), ("04 0000 0004", "04084366199a" + NAN),
    ("04 002c 0002", "0404" + NAN), ("04 017c 0002", "0404" + NAN),
    # settings: three phases with neutral, unit 1, 9600 bit/s, and the serial number
    ("03 000a 0002", "030440400000"), ("03 0014 0002", "03043f800000"),
    ("03 001c 0002", "030440000000"), ("03 0000 0004", "030800000000" + "00000000"),
    ("03 fc00 0002", "030400a1b2c3"), ("03 f910 0002", "030400000000"),
    # not there, or half of one
    ("04 017e 0002", "8402"), ("04 017c 0004", "8402"), ("04 0001 0002", "8402"),
    ("04 0000 0003", "8402"), ("04 7531 0002", "8402"), ("03 0026 0002", "8302"),
    ("03 fc02 0002", "8302"),
    # too few, too many, cut
    ("04 0000 0000", "8403"), ("04 0000 007e", "8403"), ("04 0000", "8403"),
    ("04 0000 0002 00", "8403"),
    # writing, and what else there is
    ("06 0014 0002", "8601"), ("10 0014 0002 04 40000000", "9001"), ("05 0000 ff00", "8501"),
    ("01 0000 0001", "8101"), ("2b 0e 01 00", "ab01")])
def test_one_request_and_its_answer(pdu, answer):
    assert asked(pdu) == answer


def test_what_is_old_is_told_to_nobody():
    """4, for which no client asks again at once; settings stay readable."""
    async def talk(served):
        assert await served.ask("04 0000 0002") == "8404"  # nothing has come yet
        served.publish(voltage_l1_v=230_000)
        served.house.now += 60
        assert await served.ask("04 0048 0002") == "0404" + NAN
        served.house.now += 1
        assert await served.ask("04 0000 0002") == "8404"
        assert await served.ask("03 000a 0002") == "030440400000"
        served.publish(voltage_l1_v=230_000)
        assert await served.ask("04 0000 0002") == "040443660000"

    serving(talk)


def test_any_split_and_any_number_in_one_piece():
    async def talk(served):
        served.publish(voltage_l1_v=230_000)
        peer = await served.connect()
        answer = bytes.fromhex("0001 0000 0007 01 0404 43660000")
        for at in range(1, len(ASK)):
            await peer.send(ASK[:at])
            await asyncio.sleep(0.005)
            await peer.send(ASK[at:])
            assert await peer.get(len(answer)) == answer
        await peer.send(50 * ASK)
        assert await peer.get(50 * len(answer)) == 50 * answer
        peer.sock.close()
        await until(lambda: not served.status("clients"))
        assert served.status("sent") == 50 + len(ASK) - 1 and not served.status("dismissed")

    serving(talk)


@pytest.mark.parametrize("data", [
    b"GET / HTTP/1.1\r\n\r\n", bytes(12), b"\0\1\0\0\0\1\1\4\0\0\0\2",
    b"\0\1\0\0\1\0\1" + bytes(9)])
def test_what_is_not_modbus_is_closed(data):
    async def talk(served):
        peer = await served.connect()
        await peer.send(data)
        await peer.is_closed()
        assert served.status("dismissed") == 1

    serving(talk)


@pytest.mark.parametrize("sends", ["nothing", "half", "much"])
def test_one_that_stalls_loses_its_place_alone(sends, monkeypatch):
    """One says nothing, one stops in a request, one takes no answers."""
    true = output.Client.__init__

    def init(self, sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # as little as on the chip
        true(self, sock)

    monkeypatch.setattr(output.Client, "__init__", init)
    monkeypatch.setattr(output, "_IDLE_MS", 300 if sends == "nothing" else 60_000)
    monkeypatch.setattr(output, "_STALLED_MS", 300)
    monkeypatch.setattr(output, "_LOOK_MS", 50)
    monkeypatch.setattr(output, "_PACE_MS", 0)

    async def talk(served):
        served.publish(voltage_l1_v=230_000)
        lame = await served.connect(buffer=2048)
        if sends == "half":
            await lame.send(ASK[:5])
        elif sends == "much":
            flood = asyncio.create_task(lame.send(ASK[:-1] + b"\x50" + 40_000 * ASK))
        well = await served.connect()
        while not served.status("dismissed"):
            await well.send(ASK)
            assert await well.get(13)
            await asyncio.sleep(0.01)
        await lame.is_closed()
        if sends == "much":
            with contextlib.suppress(ConnectionError):
                await end(flood)
        assert served.status("clients") == served.status("dismissed") == 1

    serving(talk)


def test_a_fifth_waits_for_nobody():
    async def talk(served):
        peers = [await served.connect() for _ in range(4)]
        await until(lambda: served.status("clients") == 4)
        await (await served.connect()).is_closed()
        assert served.status("refused") == 1
        peers[0].sock.close()
        await until(lambda: served.status("clients") == 3)
        served.publish(voltage_l1_v=230_000)
        assert await served.ask("04 0000 0002") == "040443660000"

    serving(talk)


def test_places_are_shared_with_raw_p1_and_http():
    async def talk(served):
        served.places.web = lambda: {"streams": 1, "connections": 1}
        served.places.taken = 2  # raw P1's
        peers = [await served.connect() for _ in range(2)]
        await until(lambda: served.status("clients") == 2)
        await (await served.connect()).is_closed()
        assert served.places.for_http() == 2 and len(peers) == 2
        served.places.taken -= 2

    serving(talk)


def test_without_memory_nobody_is_let_in_and_answers_wait():
    async def talk(served):
        served.publish(voltage_l1_v=230_000)
        peer = await served.connect()
        await until(lambda: served.status("clients") == 1)
        served.has_room = False
        await (await served.connect()).is_closed()
        await peer.send(ASK)
        await asyncio.sleep(0.1)
        assert served.status("refused") == 1 and not served.status("sent")
        served.has_room = True
        assert len(await peer.get(13)) == 13

    serving(talk)


def test_only_addresses_of_the_list():
    async def talk(served):
        await (await served.connect()).is_closed()
        assert served.status("refused") == 1

    serving(talk, allow="192.168.1.0/24")


def test_a_hundred_come_and_leave():
    async def talk(served):
        served.publish(voltage_l1_v=230_000)
        for turn in range(100):
            peer = await served.connect()
            if turn % 2:
                await peer.send(ASK[: turn % len(ASK)])
            peer.sock.close()
        await until(lambda: not served.status("clients"))
        assert await served.ask("04 0000 0002") == "040443660000"

    serving(talk)
