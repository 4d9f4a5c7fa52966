"""net/time_sync.py and net/ntp.py: the clock from a time server, and what is no answer."""

import asyncio
from types import SimpleNamespace

import pytest

import shim  # noqa: F401  makes asyncio and time speak MicroPython's dialect
from fixtures.fakes_outputs import until
from microhan.net import ntp as ntp_module
from microhan.net.sockets import HEARD
from microhan.net.time_sync import TimeSync


class Stop(Exception):
    """Ends a task that runs for ever."""


class TimeServer(asyncio.DatagramProtocol):
    def __init__(self, answer):
        self.answer = answer

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        if self.answer:
            self.transport.sendto(self.answer, address)


def ask(answer, monkeypatch, failure=None, wait_ms=300):
    """What set_clock was called with after a question to a server that answers so, or what was
    logged; `failure`: an error of the name's resolution; `wait_ms`: for an answer."""
    calls = []
    HEARD[0] = 0

    async def resolve(name, deadline_ms):
        if failure:
            raise failure
        return "127.0.0.1"

    async def run():
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: TimeServer(answer), local_addr=("127.0.0.1", 0))
        monkeypatch.setattr(ntp_module, "_PORT", transport.get_extra_info("sockname")[1])
        monkeypatch.setattr(ntp_module, "_WAIT_MS", wait_ms)
        ntp = TimeSync("time.test", SimpleNamespace(resolve=resolve), lambda: True,
                       lambda *when: calls.append(when), calls.append, lambda: None)
        task = asyncio.create_task(ntp.run())
        await until(lambda: calls)
        await asyncio.sleep(0.1)
        task.cancel()
        transport.close()

    asyncio.run(run())
    return calls


def packet(seconds, first=0x24, stratum=2):
    """A server's answer; seconds since 1900, modulo 2^32."""
    return bytes((first, stratum)) + bytes(38) + (seconds % 2**32).to_bytes(4, "big") + bytes(4)


EPOCH_1900_TO_2000 = 3155673600


@pytest.mark.parametrize("days,date", [(9823, (2026, 11, 23)), (13200, (2036, 2, 21))])
def test_the_clock_is_set_from_a_time_server(monkeypatch, days, date):
    seconds = EPOCH_1900_TO_2000 + days * 86400 + 3 * 3600 + 4 * 60 + 5
    calls = ask(packet(seconds), monkeypatch, wait_ms=30_000)
    assert calls[0] == (*date, 3, 4, 5)
    assert HEARD[0] == 1


@pytest.mark.parametrize("answer", [b"", b"short", packet(1, first=0x23), packet(1, stratum=0)])
def test_a_time_server_that_gives_no_time_is_told(monkeypatch, answer):
    assert ask(answer, monkeypatch) == ["time server time.test: no answer"]


def test_an_error_of_the_time_server_is_logged_as_a_sentence(monkeypatch):
    assert ask(b"", monkeypatch, OSError(-203)) == [
        "time server time.test: not enough memory to look up time.test"]


def test_nobody_asks_a_time_server_before_the_time_is_needed(monkeypatch):
    made, beats, needed = [], [], []

    async def keep_time(sync):
        made.append((sync.host, sync.names, sync.needed, sync.set_clock, sync.log, sync.beat))
        raise Stop

    async def sleep_ms(ms):
        if len(beats) == 3:
            needed.append(True)

    monkeypatch.setattr(ntp_module, "keep_time", keep_time)
    monkeypatch.setattr(asyncio, "sleep_ms", sleep_ms)
    values = ("time.test", "names", lambda: bool(needed), "set", "log", lambda: beats.append(1))
    with pytest.raises(Stop):
        asyncio.run(TimeSync(*values).run())
    assert made == [values] and len(beats) == 3
