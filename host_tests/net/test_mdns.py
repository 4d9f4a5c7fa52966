"""What is announced by mDNS: answers as zeroconf reads them, garbage, limits; and the twin, found
by zeroconf as programs look for it."""

import asyncio
import json
import random
import socket
import time
from types import SimpleNamespace

import pytest
from zeroconf import (
    DNSIncoming,
    DNSOutgoing,
    DNSQuestion,
    IPVersion,
    ServiceBrowser,
    ServiceListener,
    Zeroconf,
)
from zeroconf.const import (
    _CLASS_IN,
    _FLAGS_QR_QUERY,
    _TYPE_A,
    _TYPE_AAAA,
    _TYPE_ANY,
    _TYPE_PTR,
    _TYPE_SRV,
    _TYPE_TXT,
)

from fixtures import virtual_time
from fixtures.ports_out import twin_with
from fixtures.twin_answers import answered
from microhan.net.mdns import Responder
from microhan.web.open.announced import services

MAC = "3c6105a1b2c3"
BOARD = SimpleNamespace(unique_id=lambda: bytes.fromhex(MAC))
ALL = {"homewizard": True, "ecotracker": True, "shelly": True}
INSTANCES = {
    "_http._tcp.local.": {"Microhan-a1b2c3", "shellypro3em-" + MAC},
    "_hwenergy._tcp.local.": {"p1meter-a1b2c3"},
    "_everhome._tcp.local.": {"ecotracker-" + MAC},
    "_shelly._tcp.local.": {"shellypro3em-" + MAC}}
SHELLY = f"shellypro3em-{MAC}._shelly._tcp.local."


class Asked:
    """A Responder at 192.168.1.50, with all services, and what it answers."""

    def __init__(self, config=ALL):
        self.responder = Responder("Microhan-a1b2c3", 8080, services(
            config, "Microhan-a1b2c3", BOARD), lambda: "192.168.1.50", lambda heap: True, print,
            lambda: None)
        self.responder._ours = "192.168.1.50"

    def raw(self, *questions, legacy=False):
        out = DNSOutgoing(_FLAGS_QR_QUERY, id_=0x1234 if legacy else 0, multicast=not legacy)
        for name, kind, unicast in questions:
            question = DNSQuestion(name, kind, _CLASS_IN)
            question.unicast = unicast
            out.add_question(question)
        return self.responder.answer(out.packets()[0], legacy)

    def records(self, name, kind, unicast=False):
        """The answer to one question, as zeroconf reads it."""
        told = self.raw((name, kind, unicast))
        if told is None:
            return []
        message = DNSIncoming(told[0])
        assert message.valid and not message.is_query() and told[1] == unicast
        return message.answers()


@pytest.mark.parametrize("kind,instances", INSTANCES.items())
@pytest.mark.parametrize("asked", [_TYPE_PTR, _TYPE_ANY])
def test_a_service_is_answered_with_all_that_its_programs_need(kind, instances, asked):
    records = Asked().records(kind.upper(), asked)
    names = {one.alias for one in records if one.type == _TYPE_PTR}
    assert names == {f"{instance}.{kind}" for instance in instances}
    for type_ in (_TYPE_SRV, _TYPE_TXT):
        assert {one.name for one in records if one.type == type_} == names
    for one in records:
        if one.type == _TYPE_SRV:
            assert (one.port, one.server) == (8080, "Microhan-a1b2c3.local.")
        assert one.unique == (one.type != _TYPE_PTR)
    hosts = [one for one in records if one.type == _TYPE_A]
    assert [(one.name, one.address, one.ttl) for one in hosts] == [
        ("Microhan-a1b2c3.local.", bytes((192, 168, 1, 50)), 120)]


def test_only_what_is_on_is_there():
    asked = Asked({"homewizard": False, "ecotracker": True, "shelly": False})
    for kind in INSTANCES:
        assert bool(asked.records(kind, _TYPE_PTR)) == (kind[:6] in ("_http.", "_everh"))
    types = {one.alias for one in asked.records("_services._dns-sd._udp.local.", _TYPE_PTR)}
    assert types == {"_http._tcp.local.", "_everhome._tcp.local."}


@pytest.mark.parametrize("name,kind,types", [
    (SHELLY, _TYPE_SRV, [_TYPE_SRV, _TYPE_A, _TYPE_TXT]),
    (SHELLY, _TYPE_TXT, [_TYPE_A, _TYPE_SRV, _TYPE_TXT]),
    (SHELLY.upper(), _TYPE_ANY, [_TYPE_SRV, _TYPE_TXT, _TYPE_A]),
    ("microhan-a1b2c3.local.", _TYPE_A, [_TYPE_A]),
    ("microhan-A1B2C3.local.", _TYPE_ANY, [_TYPE_A]),
    ("microhan-a1b2c3.local.", _TYPE_AAAA, []), (SHELLY, _TYPE_AAAA, []),
    ("_shelly._tcp.local.", _TYPE_SRV, []), ("_printer._tcp.local.", _TYPE_PTR, []),
    ("microhan-a1b2c4.local.", _TYPE_A, []), ("local.", _TYPE_ANY, [])])
@pytest.mark.parametrize("unicast", [False, True])
def test_names_of_ours_are_answered_and_no_others(name, kind, types, unicast):
    found = [one.type for one in Asked().records(name, kind, unicast)]
    assert sorted(found) == sorted(types)


def test_several_questions_with_pointers_get_one_answer():
    questions = [(kind, _TYPE_PTR, False) for kind in INSTANCES]
    told = Asked().raw(*questions, (SHELLY, _TYPE_SRV, True))
    assert len(told[0]) <= 1400 and not told[1]
    names = {one.name for one in DNSIncoming(told[0]).answers() if one.type == _TYPE_PTR}
    assert names == set(INSTANCES)


def test_who_asks_from_another_port_gets_a_plain_answer_with_its_number():
    """RFC 6762, 6.7."""
    told, is_unicast = Asked().raw((SHELLY, _TYPE_SRV, False), legacy=True)
    message = DNSIncoming(told)
    assert is_unicast and message.valid and message.id == 0x1234
    assert [(one.name, one.type) for one in message.questions] == [(SHELLY, _TYPE_SRV)]
    assert all(one.ttl == 10 and not one.unique for one in message.answers())


def test_garbage_is_answered_by_nothing_and_never_raises():
    asked = Asked()
    out = DNSOutgoing(_FLAGS_QR_QUERY)
    out.add_question(DNSQuestion(SHELLY, _TYPE_ANY, _CLASS_IN))
    good = out.packets()[0]
    for end in range(len(good)):
        assert asked.responder.answer(good[:end], False) is None
    loops = [b"\xc0\x0c", b"\xc0\x0d", b"\1a\xc0\x0c", b"\xff\xff", b"\x40a", b"\x3f" * 400,
             b"\1a" * 200 + b"\0"]
    for name in loops:
        data = b"\0\0\0\0\0\1\0\0\0\0\0\0" + name + b"\0\xff\0\1"
        assert asked.responder.answer(data, False) is None
    source = random.Random(3)
    for _ in range(3000):
        data = bytearray(good)
        for _ in range(source.randrange(1, 6)):
            data[source.randrange(len(data))] = source.randrange(256)
        told = asked.responder.answer(bytes(data), source.random() < 0.5)
        assert told is None or DNSIncoming(told[0]).valid
    response = bytearray(good)
    response[2] |= 0x80
    assert asked.responder.answer(bytes(response), False) is None
    many = b"\0\0\0\0\xff\xff" + bytes(6) + b"\xc0\x0c\0\1\0\1" * 80
    assert asked.responder.answer(many, False) is None


class Sock:
    """A socket that notes what is sent, and whom."""

    def __init__(self):
        self.sent, self.options = [], []

    def sendto(self, data, peer):
        self.sent.append((data, peer))

    def setsockopt(self, *option):
        self.options.append(option)


def test_each_service_is_announced_twice_when_there_is_an_address(monkeypatch):
    asked = Asked()
    asked.responder._ours, asked.responder._sock = "", Sock()
    virtual_time.run(monkeypatch, asked.responder._look())
    sent = asked.responder._sock.sent
    assert {peer for _, peer in sent} == {("224.0.0.251", 5353)}
    names = [DNSIncoming(data).answers()[0].name for data, _ in sent]
    assert sorted(names) == sorted(2 * list(INSTANCES))
    (_, _, group), = asked.responder._sock.options
    assert group == bytes((224, 0, 0, 251, 192, 168, 1, 50))
    virtual_time.run(monkeypatch, asked.responder._look())
    assert len(sent) == 8  # the address is the same


def test_past_ten_answers_a_second_and_without_memory_there_is_none():
    asked = Asked()
    responder = asked.responder
    responder._sock, responder._left = Sock(), 10
    out = DNSOutgoing(_FLAGS_QR_QUERY)
    out.add_question(DNSQuestion(SHELLY, _TYPE_SRV, _CLASS_IN))
    for _ in range(12):
        responder._hear(out.packets()[0], ("192.168.1.9", 5353))
    assert len(responder._sock.sent) == 10 and responder.status()["dropped"] == 2
    responder._left, responder._has_room = 10, lambda heap: False
    responder._hear(out.packets()[0], ("192.168.1.9", 5353))
    assert len(responder._sock.sent) == 10


def test_a_port_that_is_taken_is_said_in_words(monkeypatch):
    class Taken(socket.socket):
        def bind(self, address):
            raise OSError(112, "EADDRINUSE")

    monkeypatch.setattr(socket, "socket", Taken)
    asked = Asked()
    with pytest.raises(OSError):
        asyncio.run(asked.responder.run())
    status = asked.responder.status()
    assert status["state"] == "error" and "5353 cannot be had" in status["error"]


class Found(ServiceListener):
    """What a browser of zeroconf was told of."""

    def __init__(self):
        self.names = set()

    def add_service(self, zc, type_, name):
        self.names.add((type_, name))

    def update_service(self, zc, type_, name):
        pass

    def remove_service(self, zc, type_, name):
        pass


@pytest.mark.parametrize("vm", ["i386", "cpython"])
def test_zeroconf_finds_the_twin(tmp_path, vm):
    """On loopback alone: all of multicast goes from and to 127.0.0.1."""
    with twin_with("shelly", tmp_path, vm, **ALL, announce=True) as twin:
        mac = answered(twin, "/api")["serial"]
        zc = Zeroconf(interfaces=["127.0.0.1"], ip_version=IPVersion.V4Only)
        try:
            found = Found()
            for kind in INSTANCES:
                ServiceBrowser(zc, kind, found)
            wanted = {("_hwenergy._tcp.local.", f"p1meter-{mac[6:]}._hwenergy._tcp.local."),
                      ("_everhome._tcp.local.", f"ecotracker-{mac}._everhome._tcp.local."),
                      ("_shelly._tcp.local.", f"shellypro3em-{mac}._shelly._tcp.local."),
                      ("_http._tcp.local.", f"shellypro3em-{mac}._http._tcp.local.")}
            end = time.monotonic() + 60
            while not wanted < found.names and time.monotonic() < end:
                time.sleep(0.1)
            assert wanted < found.names
            told = {}
            for kind, name in wanted:
                info = zc.get_service_info(kind, name, 30_000)
                assert info.parsed_addresses() == ["127.0.0.1"] and info.port == twin.client.port
                told[kind] = {key.decode(): value.decode()
                              for key, value in info.properties.items()}
            # What Home Assistant wants of a HomeWizard, everHome's of an EcoTracker.
            assert told["_hwenergy._tcp.local."] == {
                "api_enabled": "1", "path": "/api/v1", "serial": mac, "product_type": "HWE-P1",
                "product_name": "P1 meter"}
            assert told["_everhome._tcp.local."] == {
                "ip": "127.0.0.1", "serial": mac, "productid": "1137"}
            who = answered(twin, "/shelly")
            assert told["_shelly._tcp.local."] == told["_http._tcp.local."] == {
                "gen": str(who["gen"]), "app": who["app"], "ver": who["ver"]}
        finally:
            zc.close()
        status = json.dumps(answered(twin)["outputs"]["mdns"])
        assert '"state": "ok"' in status and '"sent": 0' not in status
