"""Modbus of the whole firmware on its own MicroPython, asked by pymodbus."""

import contextlib
import functools
import socket
import time

import pytest
from pymodbus.client import ModbusTcpClient

from fits import modbus as fits
from fits.ways.sdm630 import registers, wrong
from fixtures.ports import free_port
from fixtures.ports_out import twin_with
from fixtures.twin_answers import answered
from fixtures.web_server import wait_until

running = functools.partial(twin_with, "modbus")


@contextlib.contextmanager
def client_of(twin):
    client = ModbusTcpClient("127.0.0.1", port=twin.opened, timeout=30)
    assert client.connect()
    yield client
    client.close()


def modbus(twin, key):
    return answered(twin)["outputs"].get("modbus", {}).get(key)


@pytest.mark.parametrize(("vm", "meter", "least"), [
    ("i386", "sagemcom-p1", 25), ("i386", "kamstrup-hdlc", 10), ("i386", "aidon-hdlc", 20),
    ("i386", "nl-dsmr5", 10), ("cpython", "kaifa-p1", 20)])
def test_pymodbus_reads_the_same_values(tmp_path, vm, meter, least):
    """All registers are those of /reading.json, in each of three Readings."""
    with running(tmp_path, vm, meter, interval=2) as twin, client_of(twin) as client:
        times = set()
        end = time.monotonic() + 120
        while len(times) < 3:
            assert time.monotonic() < end
            found = fits.same_moment(twin, client)
            if found:
                assert wrong(*found) == [] and len(registers(found[1])) >= least
                times.add(found[1]["time"])
        assert modbus(twin, "dismissed") == 0


def test_writes_are_refused_and_nothing_changes(tmp_path):
    with running(tmp_path) as twin, client_of(twin) as client:
        before = client.read_holding_registers(0, count=0x26).registers
        assert client.write_register(0x14, 7).exception_code == 1
        assert client.write_registers(0x14, [0x4000, 0]).exception_code == 1
        assert client.write_coil(0, True).exception_code == 1
        assert client.read_coils(0, count=1).exception_code == 1
        assert client.read_input_registers(0x17E, count=2).exception_code == 2
        assert client.read_holding_registers(0, count=0x26).registers == before
        serial = client.read_holding_registers(0xFC00, count=2).registers
        told = answered(twin)["id"]
        assert client.convert_from_registers(serial, client.DATATYPE.UINT32) == int(told, 16)


def test_four_ask_without_pause_and_one_stalls(tmp_path):
    """Readings go on, and HTTP."""
    with running(tmp_path, interval=0.5) as twin, contextlib.ExitStack() as stack:
        lame = stack.enter_context(socket.create_connection(("127.0.0.1", twin.opened), 60))
        lame.sendall(b"\0\1\0\0\0")
        clients = [stack.enter_context(client_of(twin)) for _ in range(3)]
        wait_until(lambda: modbus(twin, "clients") == 4)
        end = time.monotonic() + 60
        count = 0
        while modbus(twin, "dismissed") != 1 and time.monotonic() < end:
            for client in clients:
                assert not client.read_input_registers(0, count=80).isError()
                count += 1
        assert modbus(twin, "clients") == 3 and modbus(twin, "sent") == count
        assert lame.recv(1) == b""
        assert answered(twin)["outputs"]["http"]["state"] == "ok"


def test_off_nothing_listens(tmp_path):
    with running(tmp_path, modbus=0) as twin:
        assert "modbus" not in answered(twin)["outputs"]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", twin.opened), 10)


def test_addresses_that_are_not_listed_are_refused(tmp_path):
    with running(tmp_path, allow="192.168.1.0/24") as twin:
        with socket.create_connection(("127.0.0.1", twin.opened), 60) as sock:
            assert sock.recv(1) == b""
        assert modbus(twin, "refused") == 1


def test_with_raw_p1_and_mqtt_two_fit(tmp_path):
    """Ten sockets: MQTT, three that listen, and four for clients and connections together."""
    with running(tmp_path, mqtt="", p1=free_port()) as twin, contextlib.ExitStack() as stack:
        wait_until(lambda: answered(twin)["outputs"].get("mqtt", {}).get("state") == "ok")
        for _ in range(2):
            stack.enter_context(socket.create_connection(("127.0.0.1", twin.opened), 60))
        wait_until(lambda: modbus(twin, "clients") == 2)
        third = stack.enter_context(socket.create_connection(("127.0.0.1", twin.opened), 60))
        assert third.recv(1) == b""
        for _ in range(10):
            assert twin.client.get("/status.json")[0] == 200
        assert "ENFILE" not in "\n".join(twin.firmware.lines)
