"""net/gateway.py: whether somebody answers. And who notes that bytes came, so that nobody asks."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

import shim  # noqa: F401  makes asyncio and time speak MicroPython's dialect
from fixtures import needs
from fixtures.repository import ROOT
from microhan.net import dns as dns_module
from microhan.net import gateway as gateway_module
from microhan.net.link import Link
from microhan.net.sockets import HEARD
from microhan.web.connection import Connection

LIBRARY = ROOT / "host_tests" / "fixtures" / "vm" / "lib"  # of MicroPython, for our sources


async def by_a_link(sock):
    await Link(sock, sock, "broker:1883", None, lambda: None).readinto(bytearray(8), 500)


async def by_a_client_of_the_page(sock):
    await Connection(sock, "").receive()


async def by_an_answer_of_dns(sock):
    end = time.ticks_add(time.ticks_ms(), 100)
    await dns_module._receive(sock, 1, "a", 100, end)  # whatever it says, somebody is there


def heard_by(receive, data):
    """Whether a receiver has noted that `data` came; b"": the peer closes."""
    HEARD[0] = 0

    async def run():
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            if data:
                theirs.send(data)
        try:
            await receive(ours)
        except OSError:
            pass
        ours.close()

    asyncio.run(run())
    return HEARD[0] == 1


@pytest.mark.parametrize("receive", [by_a_link, by_a_client_of_the_page, by_an_answer_of_dns])
def test_whoever_receives_bytes_notes_it(receive):
    assert heard_by(receive, b"hello, who is there? ")
    if receive is not by_an_answer_of_dns:  # UDP has no end
        assert not heard_by(receive, b"")


PROGRAM = """
import asyncio, sys
sys.path[:0] = sys.argv[1].split(":")
if sys.implementation.name == "cpython":
    import shim
from microhan.net import gateway

ports = [int(port) for port in sys.argv[2].split(",")]
turns = [0]

async def count():
    while True:
        turns[0] += 1
        await asyncio.sleep(0.01)

async def main():
    task = asyncio.create_task(count())
    gateway._PORTS = ports
    print(await gateway.answers("127.0.0.1"), turns[0] > 10)  # of some 300; one, if it blocked
    task.cancel()

asyncio.run(main())
"""


@pytest.fixture(params=["i386", "cpython"])
def ask(request, tmp_path):
    """ask(*ports) -> (whether one of them answers, whether that took long, and others ran)."""
    command = [sys.executable] if request.param == "cpython" else needs.micropython("i386", "160k")
    program = tmp_path / "ask.py"
    program.write_text(PROGRAM)
    paths = ":".join(str(ROOT / part) for part in ("firmware", "tools/vm/cpython"))

    def run(*ports):
        done = subprocess.run([*command, str(program), paths, ",".join(map(str, ports))],
                              capture_output=True, text=True, timeout=60,
                              env={**os.environ, "MICROPYPATH": f".frozen:{LIBRARY}"})
        assert done.returncode == 0, done.stdout + done.stderr
        return tuple(word == "True" for word in done.stdout.split())

    return run


@pytest.fixture
def ports():
    """Ports that take a connection, refuse it, and leave it without an answer."""
    taking, silent, refusing = (socket.create_server(("127.0.0.1", 0), backlog=b)
                                for b in (5, 0, 0))
    waiting = []
    for _ in range(4):  # the queue is full: the kernel drops whoever comes
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(silent.getsockname())
        waiting.append(one)
    numbers = [one.getsockname()[1] for one in (taking, refusing, silent)]
    refusing.close()
    yield SimpleNamespace(taking=numbers[0], refusing=numbers[1], silent=numbers[2])
    for one in (*waiting, taking, silent):
        one.close()


@pytest.mark.slow
def test_a_connection_and_a_refusal_are_answers_and_silence_is_none(ask, ports):
    assert ask(ports.taking) == (True, False)
    assert ask(ports.refusing) == (True, False)
    assert ask(ports.silent, ports.refusing) == (True, True)
    assert ask(ports.silent) == (False, True)


@pytest.mark.parametrize("error", [OSError(23), MemoryError()])
def test_without_a_socket_there_is_no_answer(monkeypatch, error):
    def none(*_):
        raise error

    monkeypatch.setattr(socket, "socket", none)
    with pytest.raises(StopIteration) as end:  # it waits for nothing
        gateway_module.answers("192.0.2.1").send(None)
    assert end.value.value is False
