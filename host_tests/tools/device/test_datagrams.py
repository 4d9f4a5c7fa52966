"""Questions by UDP to a device under load, and how its answers are judged."""

import json
import socket
import threading
import time
from types import SimpleNamespace

import pytest
from zeroconf import DNSIncoming

from device import datagrams
from device.emulator import MDNS, SHELLY

HEARD = "mDNS: messages sent, questions without an answer"
POWER = json.dumps({"id": 1, "result": {"total_act_power": 217.0}}).encode()


@pytest.fixture
def served():
    """served(answer, misses): the port of a device that answers all but the first so many."""
    socks = []

    def serve(answer, misses=0):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        socks.append(sock)

        def run():
            left = misses
            while True:
                question, peer = sock.recvfrom(2048)
                if peer == sock.getsockname():
                    return
                left -= 1
                if left < 0:
                    sock.sendto(answer(question), peer)

        thread = threading.Thread(target=run)
        thread.start()
        threads.append(thread)
        return sock.getsockname()[1]

    threads = []
    yield serve
    for sock, thread in zip(socks, threads, strict=True):
        sock.sendto(b"", sock.getsockname())
        thread.join()
        sock.close()


def asked(shelly, sent, count=3):
    """{row: whether it is ok} after so many questions of each kind. sent: messages of mDNS, of as
    many questions."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        questions = datagrams.Questions(
            SimpleNamespace(udp={MDNS: deaf.getsockname()[1], SHELLY: shelly}),
            SimpleNamespace(real=lambda seconds: seconds / 10, now=lambda: 10 * time.monotonic()))
        questions.start()
        while min(questions.asked[words] for words in ("names", "power")) < count:
            time.sleep(0.01)
        questions.stop()
        asked_for = [question.name for question in DNSIncoming(deaf.recv(2048)).questions]
        assert asked_for == ["_http._tcp.local.", "_hwenergy._tcp.local.", "_shelly._tcp.local."]
    rows = questions.rows({"mdns": {"sent": sent * questions.asked["names"], "dropped": 0}})
    return {row.name: row.ok for row in rows if row.limit is not None}


def test_a_battery_s_question_may_be_lost_but_not_three_times(served):
    assert asked(served(lambda _: POWER, 1), 1) == {
        HEARD: True, "a Shelly, UDP: answers": True}
    assert asked(served(lambda _: POWER, 3), 0.8) == {
        HEARD: False, "a Shelly, UDP: answers": False}


def test_an_answer_must_tell_the_power(served):
    assert not asked(served(lambda _: b'{"id":1,"error":{}}'), 1)["a Shelly, UDP: answers"]


def test_a_device_that_is_not_asked_has_no_rows():
    assert datagrams.Questions(SimpleNamespace(udp={}), None).rows({}) == []
