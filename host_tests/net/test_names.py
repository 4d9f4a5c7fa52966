"""net/names.py and net/dns.py: questions, answers, and servers that misbehave."""

import asyncio
import contextlib
import errno
import random

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures.fakes_outputs import others_run
from microhan.net import dns, resolver
from microhan.net.dns import encode_name, parse, query
from microhan.net.names import Names

NAME = "broker.test"
ASKED = encode_name(NAME) + b"\0\1\0\1"


def answer(number, records, count=1, flags=b"\x81\x80", question=ASKED):
    """An answer with `count` records, given as bytes."""
    head = bytes((number >> 8, number & 255)) + flags
    return head + bytes((0, 1 if question else 0, 0, count, 0, 0, 0, 0)) + question + records


def record(data, kind=1, owner=b"\xc0\x0c", ttl=60):
    return owner + bytes((0, kind, 0, 1, 0, 0, ttl >> 8, ttl & 255, 0, len(data))) + data


A = record(b"\x0a\0\0\x05")


def test_a_query_is_as_rfc_1035_has_it():
    text = query(0x1234, "a.bc")
    assert text == b"\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\2bc\0\0\1\0\1"
    assert query(1, "x.local", True)[2:4] == b"\0\0"
    assert query(1, "x.local", True)[-4:] == b"\0\1\x80\1"  # QU: answer me, not everyone


@pytest.mark.parametrize(
    "name", ["", "a..b", ".a", "a b", "å.se", "x" * 64, "a." * 130 + "a"])
def test_a_name_that_cannot_be_is_refused(name):
    with pytest.raises(OSError, match="host name"):
        encode_name(name)


def test_an_answer_is_taken_if_it_is_to_the_question():
    assert parse(answer(7, A), 7, NAME) == (0, "10.0.0.5", 60)
    assert parse(answer(7, A), 8, NAME) is None  # another id
    assert parse(answer(7, A), 7, "other.test") is None  # another question
    assert parse(query(7, NAME), 7, NAME) is None  # a question, not an answer
    assert parse(answer(7, b"", 0), 7, NAME) == (0, None, 0)
    assert parse(answer(7, b"", 0, b"\x81\x83"), 7, NAME) == (3, None, 0)
    assert parse(answer(7, A, question=b""), 7, NAME) is None
    assert parse(answer(7, record(b"\0" * 16, 28) + A, 2), 7, NAME) == (0, "10.0.0.5", 60)
    foreign = record(b"\x0a\0\0\6", owner=encode_name("evil.test"))
    assert parse(answer(7, foreign), 7, NAME) == (0, None, 0)


def test_aliases_are_followed_within_an_answer():
    chain = record(encode_name("b.test"), 5)
    chain += record(encode_name("C.test"), 5, encode_name("B.test"))
    last = record(b"\x0a\0\0\x09", owner=encode_name("c.TEST"))
    assert parse(answer(7, chain + last, 3), 7, NAME) == (0, "10.0.0.9", 60)
    assert parse(answer(7, chain, 2), 7, NAME) == (0, None, 0)


def test_pointer_loop_and_long_ttl():
    assert parse(answer(7, b"\xc0\x1d\xc0\x1d" * 4), 7, NAME) is None
    huge = b"\xc0\x0c\0\1\0\1\0\1\0\0\0\4\x0a\0\0\5"
    assert parse(answer(7, huge), 7, NAME) == (0, "10.0.0.5", 65535)


def test_cut_and_mutated_answers_never_raise():
    alias = encode_name("b.test")
    whole = answer(7, record(alias, 5) + record(b"\1\2\3\4", owner=alias), 2)
    for n in range(len(whole)):
        assert parse(whole[:n], 7, NAME) is None
        cut = bytearray(whole[:n])
        if n > 2:
            cut[2] |= 2  # truncated, and says so
        assert parse(cut, 7, NAME) in (None, (0, None, 0))
    rng = random.Random(1)
    for _ in range(20000):
        mutated = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            mutated[rng.randrange(len(whole))] = rng.randrange(256)
        parse(mutated, 7, NAME)


class Server(asyncio.DatagramProtocol):
    """A DNS server that answers with what `reply(question)` returns: a list of datagrams."""

    def __init__(self, reply):
        self.reply = reply
        self.asked = 0

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.asked += 1
        for datagram in self.reply(data):
            self.transport.sendto(datagram, address)


@contextlib.asynccontextmanager
async def serving(reply):
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: Server(reply), local_addr=("127.0.0.1", 0)
    )
    server.address = "127.0.0.1:%d" % transport.get_extra_info("sockname")[1]
    try:
        yield server
    finally:
        transport.close()


def number_of(question):
    return question[0] << 8 | question[1]


def good(question):
    return [answer(number_of(question), A, question=question[12:])]


def resolve(reply, name=NAME, times=1, **limits):
    async def run():
        async with serving(reply) as server:
            names = Names(lambda: [server.address])
            out = None
            for _ in range(times):
                out = await names.resolve(name)
            return out, server.asked

    with pytest.MonkeyPatch.context() as patch:
        for key, value in limits.items():
            patch.setattr(dns, key, value)
        return asyncio.run(run())


def test_resolves_and_remembers():
    assert resolve(good, times=5) == ("10.0.0.5", 1)
    assert resolve(good, "Broker.TEST.", times=2) == ("10.0.0.5", 1)


def test_literals_ask_nobody():
    async def run():
        names = Names(lambda: pytest.fail("a server was asked for"))
        assert await names.resolve("192.168.1.5") == "192.168.1.5"
        assert await names.resolve("localhost") == "127.0.0.1"

    asyncio.run(run())


def test_cache_is_bounded_and_expires():
    async def run():
        async with serving(good) as server:
            names = Names(lambda: [server.address])
            for i in range(30):
                await names.resolve("h%d.test" % i)
            assert len(names.cache) == resolver.MAX_CACHE
            assert server.asked == 30
            await names.resolve("h29.test")
            assert server.asked == 30
            resolver.find(names, "h29.test")[2] -= 61
            await names.resolve("h29.test")
            assert server.asked == 31

    asyncio.run(run())


def test_an_address_is_believed_for_a_minute_whatever_the_server_says():
    """A name server that lied once, with a long time to live, must not keep an output away."""
    wrong = b"\xc0\x0c\0\1\0\1\0\1\x51\x80\0\4\x7f\0\0\x09"  # for a day
    lies = [True]

    def reply(question):
        if lies and lies.pop():
            return [answer(number_of(question), wrong, question=question[12:])]
        return good(question)

    async def run():
        async with serving(reply) as server:
            names = Names(lambda: [server.address])
            assert await names.resolve(NAME) == "127.0.0.9"
            assert await names.resolve(NAME) == "127.0.0.9" and server.asked == 1
            resolver.find(names, NAME)[2] -= 60
            assert await names.resolve(NAME) == "10.0.0.5"

    asyncio.run(run())


def test_an_old_address_is_better_than_none():
    async def run():
        async with serving(good) as server:
            servers = [server.address]
            names = Names(lambda: servers)
            await names.resolve(NAME)
            resolver.find(names, NAME)[2] = 0
            servers[0] = "127.0.0.1:9"
            assert await names.resolve(NAME) == "10.0.0.5"

    asyncio.run(run())


def test_noise_before_the_answer():
    def reply(question):
        wrong = bytes((question[0] ^ 1, question[1]))
        right = good(question)[0]
        return [b"", b"x", question, wrong + right[2:], right[:-3], right]

    assert resolve(reply) == ("10.0.0.5", 1)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (lambda q: [], "no answer from the DNS server"),
        (lambda q: [b"\0" * 300], "no answer from the DNS server"),
        (lambda q: [answer(number_of(q), b"", 0, b"\x81\x83")], "no host called"),
        (lambda q: [answer(number_of(q), b"", 0)], "no IPv4 address"),
        (lambda q: [answer(number_of(q), b"", 0, b"\x81\x85")], "no answer from the DNS server"),
    ],
    ids=["silent", "garbage", "nxdomain", "no-address", "refused"],
)
def test_words_for_failures(reply, words):
    with pytest.raises(OSError, match=words):
        resolve(reply, TRY_MS=80)


def test_lost_question_is_asked_again():
    lost = []

    def reply(question):
        lost.append(question)
        return good(question) if len(lost) > 1 else []

    assert resolve(reply, TRY_MS=80) == ("10.0.0.5", 2)
    assert lost[0][:2] != lost[1][:2]  # a new id each time


def test_second_server_and_deadline(monkeypatch):
    async def run():
        async with serving(lambda q: []) as dead, serving(good) as alive:
            names = Names(lambda: [dead.address, alive.address])
            monkeypatch.setattr(dns, "TRY_MS", 80)
            assert await names.resolve(NAME) == "10.0.0.5"
            monkeypatch.setattr(dns, "TRY_MS", 1500)
            slow = Names(lambda: [dead.address])
            with pytest.raises(OSError, match="in time"):
                await slow.resolve(NAME, 200)
            monkeypatch.setattr(dns, "TRY_MS", 30_000)
            await others_run(slow.resolve(NAME, 60_000))

    asyncio.run(run())


def test_no_server_known():
    with pytest.raises(OSError, match="no DNS server is known"):
        asyncio.run(Names(lambda: []).resolve(NAME))


@pytest.mark.parametrize("keep_id", [True, False])
def test_a_local_name_is_asked_by_multicast(keep_id, monkeypatch):
    def reply(question):
        number = number_of(question) if keep_id else 0
        owner = encode_name("homeassistant.local")
        data = record(b"\x0a\0\0\x07", owner=owner, ttl=120)
        data = data[: len(owner) + 2] + b"\x80\1" + data[len(owner) + 4 :]  # cache-flush bit
        return [answer(number, data, flags=b"\x84\0", question=b"")]

    async def run():
        async with serving(reply) as responder:
            names = Names(lambda: [])
            monkeypatch.setattr(dns, "MDNS", ("127.0.0.1", int(responder.address.split(":")[1])))
            assert await names.resolve("HomeAssistant.local") == "10.0.0.7"

    asyncio.run(run())


def test_mdns_nobody_there(monkeypatch):
    async def run():
        async with serving(lambda q: []) as responder:
            names = Names(lambda: [])
            monkeypatch.setattr(dns, "MDNS", ("127.0.0.1", int(responder.address.split(":")[1])))
            monkeypatch.setattr(dns, "MDNS_TRIES_MS", (50, 50))
            with pytest.raises(OSError, match="mDNS"):
                await names.resolve("homeassistant.local")
            assert responder.asked == 2

    asyncio.run(run())


@pytest.mark.parametrize("number, sentence", [
    (errno.ENFILE, "no free socket for a connection to a DNS server"),
    (errno.ENOMEM, "not enough memory for a connection to a DNS server"),
])
def test_an_error_without_a_sentence_gets_one(monkeypatch, number, sentence):
    async def fail(*arguments):
        raise OSError(number)

    monkeypatch.setattr("microhan.net.dns.ask", fail)
    with pytest.raises(OSError, match="the name broker.test: " + sentence):
        asyncio.run(Names(lambda: ["127.0.0.1"]).resolve("broker.test"))
