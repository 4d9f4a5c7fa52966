"""A Shelly over UDP: recorded questions, who floods, sends garbage or may not ask, a silent meter;
and the twin, asked by a plain client."""

import asyncio
import contextlib
import json
import random
import socket
import time
from types import SimpleNamespace

import pytest

from fixtures.fakes_outputs import House, end, reading, until
from fixtures.ports import free_port
from fixtures.ports_out import twin_with
from fixtures.twin_answers import answered, counters
from fixtures.web_server import wait_until
from microhan.web.open.datagrams import Datagrams

# As Marstek's firmware makes them: the first two of a Venus, the third with a sender.
PLAIN = b'{"id":7,"method":"EM.GetStatus","params":{"id":0}}'
SINGLE = b'{"id":9,"method":"EM1.GetStatus","params":{"id":0}}'
WITH_SOURCE = b'{"id":1,"src":"hame","method":"EM.GetStatus","params":{"id":0}}'
HOUSE = {"active_power_import_w": 0, "active_power_export_w": 1200,
         "active_power_import_l1_w": 180, "active_power_export_l1_w": 0, "voltage_l1_v": 229_900,
         "current_l1_a": 1_500}
STATUS = (
    b'{"id":0,"a_current":1.500,"a_voltage":229.90,"a_act_power":180.0,"a_aprt_power":344.8,'
    b'"a_pf":null,"a_freq":null,"b_current":null,"b_voltage":null,"b_act_power":null,'
    b'"b_aprt_power":null,"b_pf":null,"b_freq":null,"c_current":null,"c_voltage":null,'
    b'"c_act_power":null,"c_aprt_power":null,"c_pf":null,"c_freq":null,"n_current":null,'
    b'"total_current":1.500,"total_act_power":-1200.000,"total_aprt_power":344.850,'
    b'"user_calibrated_phase":[]}')
PAIRS = {
    PLAIN: b'{"id":7,"src":"shellypro3em-3c6105a1b2c3","result":%s}' % STATUS,
    WITH_SOURCE: b'{"id":1,"src":"shellypro3em-3c6105a1b2c3","dst":"hame","result":%s}' % STATUS,
    SINGLE: (
        b'{"id":9,"src":"shellyproem50-3c6105a1b2c3","result":{"id":0,"current":null,'
        b'"voltage":229.90,"act_power":-1200.0,"aprt_power":null,"pf":null,"freq":null,'
        b'"calibration":"factory"}}')}


class Served:
    """Datagrams at work on two ports, and clients for it."""

    def __init__(self, allow=""):
        self.house = House()
        self.ports = free_port(), free_port()
        self.room = True
        board = SimpleNamespace(has_room=lambda heap: self.room,
                                unique_id=lambda: bytes.fromhex("3c6105a1b2c3"))
        self.out = Datagrams({"shelly_udp": "%d, %d" % self.ports, "allow": allow},
                             self.house.hub, board, self.house.note, lambda: None)

    def publish(self):
        self.house.hub.publish(reading(self.house.now, **HOUSE), lambda: b"", True)

    @contextlib.contextmanager
    def client(self, port=0):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.connect(("127.0.0.1", self.ports[port]))
            yield sock

    async def ask(self, question, port=0):
        with self.client(port) as sock:
            sock.send(question)
            return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(sock, 65536), 60)

    async def ignores(self, question, port=0):
        """Whether there is no answer: none is under way any more once it is counted."""
        before = self.counted()
        with self.client(port) as sock:
            sock.send(question)
            await until(lambda: self.counted() > before)
            with pytest.raises(BlockingIOError):
                sock.recv(65536)

    def counted(self):
        status = self.out.status()
        return status["sent"] + status["dropped"] + status["refused"]

    def status(self, key):
        return self.out.status()[key]


def serving(talk, **changes):
    """Run `talk(served)` beside it, and return Served."""
    async def run():
        served = Served(**changes)
        task = asyncio.create_task(served.out.run())
        await until(lambda: len(served.house.log) == 2)
        try:
            await talk(served)
            assert not task.done(), task
        finally:
            await end(task)
        return served

    return asyncio.run(run())


def test_recorded_questions_get_their_answers_at_each_port():
    async def talk(served):
        served.publish()
        for question, answer in PAIRS.items():
            for port in (0, 1):
                assert await served.ask(question, port) == answer
        assert served.status("sent") == 2 * len(PAIRS) and served.status("state") == "ok"

    serving(talk)


def test_a_silent_meter_is_told_of_to_nobody():
    async def talk(served):
        await served.ignores(PLAIN)
        served.publish()
        await served.ask(PLAIN)
        served.house.now += 31  # power is over after three intervals of 10 s
        await served.ignores(PLAIN)
        served.house.now += 30
        await served.ignores(PLAIN)
        assert (served.status("dropped"), served.status("sent")) == (3, 1)
        served.publish()
        await served.ask(SINGLE)

    serving(talk)


def test_garbage_gets_no_answer_and_ends_nothing():
    async def talk(served):
        served.publish()
        source = random.Random(7)
        for data in [b"", b"hame", b"{", b"[1]", b'"x"', b"\xff" * 40, b"[" * 200,
                     b'{"id":[],"method":"EM.GetStatus"}', b'{"id":1,"method":7}', b"{}",
                     b'{"id":1,"method":"EM.GetStatus"' + b" " * 1400,
                     *[bytes(source.randrange(256) for _ in range(source.randrange(300)))
                       for _ in range(12)]]:
            await served.ignores(data)
            served.house.now += 1  # another second: nothing is held back for its number
            served.publish()
        assert await served.ask(PLAIN) == PAIRS[PLAIN]
        assert served.status("refused") >= 20

    serving(talk)


def test_a_method_that_is_not_there_gets_an_error():
    async def talk(served):
        served.publish()
        told = json.loads(await served.ask(b'{"id":2,"method":"Switch.Set"}'))
        assert told["error"]["code"] == 404

    serving(talk)


def test_addresses_that_are_not_listed_get_nothing():
    async def refused(served):
        served.publish()
        await served.ignores(PLAIN)
        assert served.status("refused") == 1

    async def answered(served):
        served.publish()
        assert await served.ask(PLAIN) == PAIRS[PLAIN]

    serving(refused, allow="192.168.1.0/24")
    serving(answered, allow="192.168.1.0/24, 127.0.0.1")


def test_without_memory_there_is_no_answer():
    async def talk(served):
        served.publish()
        served.room = False
        await served.ignores(PLAIN)
        served.room = True
        assert await served.ask(PLAIN) == PAIRS[PLAIN]

    serving(talk)


def test_a_flood_gets_so_many_answers_a_second_and_others_have_their_turn():
    async def talk(served):
        served.publish()
        turns = 0

        async def other():
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        beside = asyncio.create_task(other())
        with served.client() as sock:
            for _ in range(60):
                sock.send(PLAIN)
            await until(lambda: served.counted() >= 60)
        assert (served.status("sent"), served.status("dropped")) == (25, 35)
        assert turns >= 60
        beside.cancel()
        served.house.now += 1
        assert await served.ask(PLAIN) == PAIRS[PLAIN]

    serving(talk)


def test_a_port_that_is_taken_is_said_in_words():
    async def run():
        served = Served()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("0.0.0.0", served.ports[1]))
            with pytest.raises(OSError):
                await served.out.run()
        assert served.status("state") == "error"
        assert served.status("error").startswith(f"UDP port {served.ports[1]} cannot be opened")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("0.0.0.0", served.ports[0]))  # it was closed again

    asyncio.run(run())


def ask(port, question):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(60)
        sock.sendto(question, ("127.0.0.1", port))
        return sock.recv(65536)


@pytest.mark.parametrize("vm", ["i386", "cpython"])
def test_the_twin_tells_over_udp_what_it_tells_over_http(tmp_path, vm):
    ports = free_port(), free_port()
    with twin_with("shelly", tmp_path, vm, shelly=True,
                   shelly_udp="%d,%d" % ports) as twin:
        end = time.monotonic() + 60
        while True:  # until both are of one telegram
            found = json.loads(ask(ports[0], PLAIN))
            assert found["src"].startswith("shellypro3em-") and found["id"] == 7
            if found["result"] == answered(twin, "/rpc/EM.GetStatus"):
                break
            assert time.monotonic() < end
        assert json.loads(ask(ports[1], SINGLE))["result"]["calibration"] == "factory"
        told = answered(twin)["outputs"]["shelly_udp"]
        assert told["state"] == "ok" and told["sent"] >= 2


@pytest.mark.slow
def test_twenty_questions_a_second_cost_no_telegram(tmp_path):
    port = free_port()
    with twin_with("shelly", tmp_path, shelly=False, shelly_udp=str(port)) as twin:
        before = counters(twin)
        began, sent = time.monotonic(), twin.sent
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(60)
            sock.connect(("127.0.0.1", port))
            for n in range(600):
                time.sleep(max(0, began + n / 20 - time.monotonic()))
                sock.send(PLAIN)
                assert b"total_act_power" in sock.recv(65536)
        sent = twin.sent - sent
        wait_until(lambda: counters(twin)["ok"] - before["ok"] >= sent)
        after = counters(twin)
        assert sent >= 10 and not twin.port.lost
        assert not [name for name in after if name != "ok" and after[name] != before[name]]
        assert answered(twin)["outputs"]["shelly_udp"]["sent"] == 600
