"""Questions by UDP to a device under load, and how its answers are judged."""

import json
import socket
import threading
from types import SimpleNamespace

import pytest
from zeroconf import DNSIncoming, DNSOutgoing, DNSPointer

from device import datagrams
from device.emulator import MDNS, SHELLY

POWER = json.dumps({"id": 1, "result": {"total_act_power": 217.0}}).encode()


def names(question):
    """An answer that names a service of each type that is asked for."""
    message = DNSOutgoing(0x8400, multicast=False)
    for asked in DNSIncoming(question).questions:
        message.add_answer_at_time(
            DNSPointer(asked.name, 12, 1, 4500, "microhan-a1b2c3." + asked.name), 0)
    return message.packets()[0]


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


def asked(mdns, shelly, count=3):
    """The rows after so many questions of each kind."""
    questions = datagrams.Questions(SimpleNamespace(udp={MDNS: mdns, SHELLY: shelly}),
                                    SimpleNamespace(real=lambda seconds: seconds / 10))
    questions.start()
    while min(questions.asked[words] for words in ("mDNS", "a Shelly, UDP")) < count:
        pass
    questions.stop()
    return {row.name: row.ok for row in questions.rows()}


def test_a_question_may_be_lost_but_not_three_times(served):
    rows = asked(served(names, 1), served(lambda _: POWER, 3))
    assert rows == {"mDNS: answers": True, "a Shelly, UDP: answers": False}


def test_an_answer_must_tell_what_was_asked_for(served):
    rows = asked(served(lambda question: question), served(lambda _: b'{"id":1,"error":{}}'))
    assert rows == {"mDNS: answers": False, "a Shelly, UDP: answers": False}
