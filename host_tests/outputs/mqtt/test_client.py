"""outputs/mqtt/client.py against brokers that follow a script."""

import asyncio
import random

import pytest

from fixtures.fakes_outputs import CONNACK, Broker, House, publish_id, server, until
from microhan.outputs.mqtt.client import Inbound, MqttClient
from microhan.outputs.mqtt.connect import connect

LOGIN = ("microhan-a1b2c3", "", "", 60, "w/t")


async def session(broker, talk, keepalive=60, topic=None, got=None, deadline_ms=30_000,
                  **limits):
    """Connect a client to `broker`, run `talk(client)`; return its result. `got` gets messages."""
    async with server(broker) as port:
        wake = asyncio.Event()
        client = MqttClient(keepalive, wake.set, lambda *message: got.append(message))
        for key, value in limits.items():
            setattr(client, key, value)
        line = await House().connect("127.0.0.1", port)
        reader = None
        try:
            await connect(client, line, LOGIN, topic, deadline_ms)
            reader = asyncio.create_task(client.read_loop())
            return await talk(client)
        finally:
            if reader:
                reader.cancel()
            line.close()


async def settled(client):
    """Wait until the message is acknowledged, or raise what `check` says."""
    while client.waiting:
        client.check()
        await asyncio.sleep(0.005)


async def publish(client, payload=b"1"):
    packet = client.packet("a/b", 1, qos=1)
    packet.put(payload)
    await client.send(packet)


async def publish_one(client):
    await publish(client)
    await settled(client)


def run(broker, talk=publish_one, **options):
    return asyncio.run(session(broker, talk, **options))


# ---- packets ----------------------------------------------------------------------------------


def test_the_connect_packet_is_as_mqtt_3_1_1_has_it():
    broker = Broker()

    async def once():
        async with server(broker) as port:
            line = await House().connect("127.0.0.1", port)
            await connect(MqttClient(60, None, None), line, ("id", "usér", "pä", 60, "w/t"))
            line.close()

    asyncio.run(once())
    first, body = broker.packets[0]
    assert first == 0x10
    assert body[:10] == b"\0\4MQTT\4\xee\0\x3c"  # user, password, retained will QoS 1, clean, 60 s
    assert body[10:] == b"\0\2id\0\3w/t\0\7offline\0\5us\xc3\xa9r\0\3p\xc3\xa4"


def test_one_write_per_packet(monkeypatch):
    writes = []

    async def talk(client):
        write = client._link.write
        monkeypatch.setattr(client._link, "write",
                            lambda buf, ms: writes.append(bytes(buf)) or write(buf, ms))
        await publish(client, b"x" * 2000)
        await settled(client)

    run(Broker(), talk)
    assert len(writes) == 1
    assert writes[0][:4] == b"\x32\xd7\x0f\0" and len(writes[0]) == 2010


@pytest.mark.parametrize("size", [0, 120, 121, 122, 8000])
def test_length_of_a_packet(size):
    """2.2.3: one byte up to 127, then two."""
    broker = Broker()

    async def talk(client):
        packet = client.packet("a/b", 0, retain=True)
        packet.put(b"x" * size)
        await client.send(packet)
        await publish_one(client)

    run(broker, talk)
    assert broker.packets[1] == (0x31, b"\0\3a/b" + b"x" * size)


def test_a_packet_is_bounded():
    packet = MqttClient(60, None, None).packet("a/b", 0)
    packet.put(b"x" * 16_000)
    with pytest.raises(ValueError, match="more than 16384 bytes"):
        packet.put(b"x" * 400)


def test_a_topic_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="topic"):
        run(Broker(), topic="x" * 121)


# ---- what a broker may do wrong ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words"),
    [(1, "MQTT 3.1.1"), (2, "client id"), (3, "not available"), (4, "wrong user or password"),
     (5, "may not connect"), (77, "reason unknown")],
)
def test_a_refusal_of_the_broker_is_told_in_words(code, words):
    broker = Broker(lambda b, first, body: b"\x20\x02\0" + bytes((code,)))
    with pytest.raises(OSError, match=rf"broker refused: .*{words}.*\(code {code}\)"):
        run(broker)


def at(kind, out):
    """A broker that behaves, but answers packets of `kind` with `out`."""
    return Broker(lambda b, first, body: out if first & 0xF0 == kind else b.behave(first, body))


@pytest.mark.parametrize(
    ("broker", "words"),
    [
        (at(0x10, None), "does not answer"),
        (at(0x10, b""), "closed the connection"),
        (at(0x10, b"HTTP/1.1 400 Bad Request\r\n"), "is a web server: is mqtt.port right"),
        (at(0x10, b"\x15\3\1\0\2\2\x46"), "answers by TLS: turn mqtt.tls on"),
        (at(0x10, b"\x23"), "0x23, which is not an answer"),
        (at(0x10, b""), "before it answered: does that port want TLS"),
        (at(0x10, b"\x20\x05\0\0\0\0\0"), "wrong length"),
        (at(0x10, b"\x40\x02\0\1"), "at the wrong time"),
        (at(0x30, None), "did not acknowledge a message"),
        (at(0x30, b""), "closed the connection"),
        (at(0x30, b"\x40\x02\0\7"), "message 7, which is not open"),
        (at(0x30, CONNACK), "at the wrong time"),
        (at(0x30, b"\x40\xff\xff\xff\xff\x01"), "malformed length"),
        (at(0x30, b"\x30\x04\0\x09ab"), "malformed topic"),
        (at(0x30, b"\x30\x01\0"), "malformed topic"),
        (at(0x30, b"\x30\x02\0\0"), "malformed topic"),
        (at(0x30, b"\x32\x07\0\1ab\0\1x"), "0x32, which is not an answer"),
        (at(0x30, b"\0\0\0"), "0x00, which is not an answer"),
        (at(0x30, b"\x90\x03\0\1\0"), "subscription that was not made"),
        (at(0x30, b"\x40\x02\0\1\x40\x02\0\1"), None),
    ],
)
def test_a_broker_that_breaks_the_protocol_is_left(broker, words):
    if words is None:  # acknowledged twice: the first counts, the second ends the session
        async def talk(client):
            await publish_one(client)
            await until(lambda: client.fault)
            client.check()

        words = "which is not open"
    else:
        talk = publish_one
    # Only where nothing comes a deadline may pass: all else ends by what it is.
    limits = {"does not answer": {"deadline_ms": 300},
              "did not acknowledge a message": {"ACK_MS": 250}}
    with pytest.raises(OSError, match=words):
        run(broker, talk, **limits.get(words, {}))


@pytest.mark.parametrize("kind", [0x10, 0x30, 0x80, 0xC0])
def test_reset_in_each_phase(kind):
    class Rude(Broker):
        async def __call__(self, reader, writer):
            def answer(b, first, body):
                if first & 0xF0 == kind:
                    writer.transport.abort()
                    raise ConnectionError
                return b.behave(first, body)

            self.answer = answer
            await Broker.__call__(self, reader, writer)

    async def talk(client):
        if kind == 0xC0:
            await client.ping()
        elif kind == 0x30:
            await publish(client)
        await until(lambda: client.fault)
        client.check()

    with pytest.raises(OSError, match="closed|broke"):
        run(Rude(), talk, topic="x/status" if kind == 0x80 else None)


def test_garbage_ends_a_session_in_words_and_the_next_one_works():
    """Random bytes after CONNECT or PUBLISH end in an OSError, whatever they are."""
    rng = random.Random(2)
    told = []

    async def many():
        for kind in (0x10, 0x30) * 60:
            garbage = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 40)))
            try:
                await session(at(kind, garbage), publish_one, deadline_ms=300, ACK_MS=30)
            except OSError as error:
                told.append(str(error))
        await session(Broker(), publish_one)

    asyncio.run(many())
    assert len(told) > 100 and all(told)


def test_every_cut_gives_the_same_packets():
    stream = (b"\x20\x02\0\0\x40\x02\1\2\xd0\0\x90\x03\0\1\x80\x30\x08\0\3a/bxyz"
              b"\x31\xc8\x01\0\3a/b" + b"z" * 195 + b"\xd0\0")

    def cut(sizes):
        out = []
        inbound = Inbound(lambda f, body, n: out.append((f, bytes(body[: min(n, 192)]), n)))
        i = 0
        for n in sizes:
            inbound.feed(stream[i : i + n] + b"\xff" * 3, len(stream[i : i + n]))
            i += n
        return out

    whole = cut([len(stream)])
    assert [f for f, _, _ in whole] == [0x20, 0x40, 0xD0, 0x90, 0x30, 0x31, 0xD0]
    assert whole[5][2] == 200
    assert cut([1] * len(stream)) == whole
    for i in range(1, len(stream)):
        assert cut([i, len(stream)]) == whole


# ---- ids, acknowledgements, pings -------------------------------------------------------------


def test_ids_wrap_and_zero_is_never_sent():
    broker = Broker()

    async def talk(client):
        client.last_id = 65533
        for _ in range(5):
            await publish_one(client)

    run(broker, talk)
    ids = [publish_id(body) for first, body in broker.packets if first & 0xF0 == 0x30]
    assert ids == [65534, 65535, 1, 2, 3]


def test_same_id_and_dup_after_a_broken_link():
    broker = at(0x30, b"")

    async def both():
        async with server(broker) as port:
            client = MqttClient(60, lambda: None, None)
            for _ in range(3):
                line = await House().connect("127.0.0.1", port)
                await connect(client, line, LOGIN)
                reader = asyncio.create_task(client.read_loop())
                await publish(client)
                with pytest.raises(OSError, match="closed|broke"):
                    await settled(client)
                reader.cancel()
                line.close()

    asyncio.run(both())
    sent = [(first, publish_id(body)) for first, body in broker.packets if first & 0xF0 == 0x30]
    assert sent == [(0x32, 1), (0x3A, 1), (0x3A, 1)]


def test_a_ping_without_answer_ends_the_session():
    async def talk(client):
        assert client.ping_left() > 0
        await until(lambda: client.ping_left() <= 0)
        await client.ping()
        assert client.ping_left() > 0
        while True:
            await asyncio.sleep(client.ms_left() / 1000 + 0.01)
            client.check()

    with pytest.raises(OSError, match="did not acknowledge a ping"):
        run(at(0xC0, None), talk, keepalive=1)


def test_answered_pings_keep_quiet():
    broker = Broker()

    async def talk(client):
        for _ in range(3):
            await until(lambda: client.ping_left() <= 0)
            await client.ping()
            await until(lambda: not client._pinged)
            client.check()

    run(broker, talk, keepalive=1)
    assert [first for first, _ in broker.packets] == [0x10, 0xC0, 0xC0, 0xC0]


def test_a_message_comes_after_subscribing():
    def answer(broker, first, body):
        if first & 0xF0 == 0x80:
            assert body[2:] == b"\0\x14homeassistant/status\0"
            return b"\x90\x03" + body[:2] + b"\0\x30\x1c\0\x14homeassistant/statusonline"
        return broker.behave(first, body)

    got = []

    async def talk(client):
        await until(lambda: got)
        assert not client.suback_id

    run(Broker(answer), talk, topic="homeassistant/status", got=got)
    assert got == [(b"homeassistant/status", b"online")]


@pytest.mark.parametrize("size", [200, 3000, 70_000])
def test_a_message_that_is_too_long_is_passed_over_and_counted(size):
    body = b"\0\x14homeassistant/status" + b"x" * size
    length = bytes((len(body) & 127 | 128, len(body) >> 7 & 127 | 128, len(body) >> 14))
    got = []

    def answer(broker, first, packet):
        if first & 0xF0 == 0x80:
            return (b"\x90\x03" + packet[:2] + b"\0\x31" + length + body
                    + b"\x30\x1c\0\x14homeassistant/statusonline")
        return broker.behave(first, packet)

    async def talk(client):
        await publish_one(client)
        await until(lambda: got)
        return client.skipped

    assert run(Broker(answer), talk, topic="homeassistant/status", got=got) == 1
    assert got == [(b"homeassistant/status", b"online")]


def test_a_refused_subscription_is_no_failure():
    def answer(broker, first, body):
        return b"\x90\x03" + body[:2] + b"\x80" if first == 0x82 else broker.behave(first, body)

    async def talk(client):
        await until(lambda: not client.suback_id)
        await publish_one(client)
        return client.fault, client.in_flight

    assert run(Broker(answer), talk, topic="homeassistant/status") == (None, 0)


def test_a_user_without_a_password_can_log_in():
    """An empty password is sent as one of no bytes (3.1.3.5)."""
    broker = Broker()

    async def once():
        async with server(broker) as port:
            line = await House().connect("127.0.0.1", port)
            await connect(MqttClient(60, None, None), line, ("id", "me", "", 60, "w/t"))
            line.close()

    asyncio.run(once())
    body = broker.packets[0][1]
    assert body[7] & 0xC0 == 0xC0 and body.endswith(b"\0\2me\0\0")
