"""net/link.py and net/tls.py: connections that fail in every way, in words and in time."""

import asyncio
import errno
import os
import socket
import ssl
import time

import pytest

from fixtures.fakes_outputs import free_port, make_certificates, others_run, server
from microhan.device.log import Log
from microhan.net import link
from microhan.net.certificate import names
from microhan.net.errors import tls_meaning
from microhan.net.names import Names
from microhan.net.tls import TlsSettings

connect = link.connector(Names(lambda: []), lambda heap, output: True, lambda: None)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("pki"))


def server_context(folder):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return context


async def echo(reader, writer):
    while data := await reader.read(100):
        writer.write(data)
        await writer.drain()


async def silence(reader, writer):
    await reader.read()


async def leave(reader, writer):
    return


async def read_exactly(line, n, deadline_ms):
    """`n` bytes, each piece within the deadline."""
    got = b""
    while len(got) < n:
        buf = bytearray(n - len(got))
        got += buf[: await line.readinto(buf, deadline_ms)]
    return got


async def talk(host, port, tls=None, text=b"hello", deadline_ms=30_000):
    """Say `text` and return the echo."""
    line = await connect(host, port, tls)
    assert line._raw.gettimeout() == 0  # no call of it can block
    try:
        await line.write(text, deadline_ms)
        return await read_exactly(line, len(text), deadline_ms)
    finally:
        line.close()
        line.close()  # a second time does nothing


def sockets_open():
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


@pytest.mark.parametrize("size", [1, 5, 3_000_000])
def test_what_is_written_comes_back_whole(size):
    async def run():
        async with server(echo) as port:
            line = await connect("127.0.0.1", port)
            text = os.urandom(size)
            reading = asyncio.create_task(read_exactly(line, size, 60_000))
            await line.write(text, 60_000)  # larger than the socket's buffer: the rest waits
            assert await reading == text
            line.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("handler", "words", "deadline_ms"),
    [(silence, "does not answer", 200),
     (leave, "closed the connection|broke the connection", 30_000)],
)
def test_reading_in_vain(handler, words, deadline_ms):
    async def run():
        async with server(handler) as port:
            before = sockets_open()
            with pytest.raises(OSError, match=words):
                await talk("127.0.0.1", port, deadline_ms=deadline_ms)
            assert sockets_open() <= before + 1  # the server's own end may still be there

    asyncio.run(run())


def test_a_port_where_nobody_listens_refuses_in_words():
    before = sockets_open()
    with pytest.raises(OSError, match=r"127\.0\.0\.1:\d+ refuses the connection"):
        asyncio.run(talk("127.0.0.1", free_port()))
    assert sockets_open() <= before


def test_a_host_that_never_answers_costs_its_deadline_alone():
    """A host that takes no connection and says nothing: noticed at the deadline, alone."""

    async def run():
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            port = listener.getsockname()[1]
            full = []
            for _ in range(4):  # the queue of connections is full, further SYNs are dropped
                sock = socket.socket()
                sock.setblocking(False)
                sock.connect_ex(("127.0.0.1", port))
                full.append(sock)
            begun = time.monotonic()
            with pytest.raises(OSError, match="does not answer"):
                await talk("127.0.0.1", port, deadline_ms=300)
            assert 0.25 < time.monotonic() - begun < 6  # any other deadline is 7 s and more
            await others_run(talk("127.0.0.1", port))
            for sock in full:
                sock.close()

    asyncio.run(run())


def test_peer_takes_no_data():
    async def deaf(reader, writer):
        reader._transport.pause_reading()
        await asyncio.sleep(60)

    async def run():
        async with server(deaf) as port:
            line = await connect("127.0.0.1", port)
            await line.write(b"x", 30_000)
            with pytest.raises(OSError, match="takes no more data"):
                await line.write(bytes(20_000_000), 300)
            line.close()

    asyncio.run(run())


def test_name_not_found():
    with pytest.raises(OSError, match="no DNS server is known"):
        asyncio.run(talk("broker.test", 1))


# ---- TLS --------------------------------------------------------------------------------------


def over_tls(folder, settings, host="localhost", handler=echo, deadline_ms=30_000):
    async def run():
        async with server(handler, server_context(folder)) as port:
            return await talk(host, port, settings, b"hello" * 1000, deadline_ms)

    return asyncio.run(run())


@pytest.mark.parametrize("form", ["pem", "der-base64", "der"])
def test_an_authority_is_taken_in_every_form(certificates, form):
    ca = (certificates / "ca.pem").read_text()
    if form != "pem":
        der = ssl.PEM_cert_to_DER_cert(ca)
        ca = der if form == "der" else ssl.base64.b64encode(der).decode()
    assert over_tls(certificates, TlsSettings("mqtt", ca)) == b"hello" * 1000


@pytest.mark.parametrize(
    ("ca", "host", "words"),
    [("other", "localhost", "certificate of localhost:.* refused: .*(sign|issuer)"),
     ("ca", "127.0.0.1", "certificate of 127.0.0.1:.* refused: it is made out to .*: set mqtt")],
    ids=["wrong authority", "wrong host name"],
)
def test_a_certificate_of_another_is_refused_in_words(certificates, ca, host, words):
    before = sockets_open()
    settings = TlsSettings("mqtt", (certificates / f"{ca}.pem").read_text())
    with pytest.raises(OSError, match=words):
        over_tls(certificates, settings, host)
    assert sockets_open() <= before


def test_clock_is_needed(certificates, monkeypatch):
    settings = TlsSettings("mqtt", (certificates / "ca.pem").read_text())
    monkeypatch.setattr("microhan.net.tls.clock_is_set", lambda: False)
    with pytest.raises(OSError, match="clock is not set"):
        over_tls(certificates, settings)


def test_memory_is_kept_for_the_next_connection(certificates):
    """One pair of sockets waits before, between and after connections, and never more."""
    before = sockets_open()
    settings = TlsSettings("mqtt", (certificates / "ca.pem").read_text(), host="localhost")
    assert sockets_open() == before + 1
    for _ in range(2):
        assert over_tls(certificates, settings) == b"hello" * 1000
        assert sockets_open() == before + 1


def test_what_cannot_be_kept_is_said_when_needed(certificates):
    with pytest.raises(OSError, match="mqtt.ca is empty"):
        over_tls(certificates, TlsSettings("mqtt", host="localhost"))


def test_insecure_takes_any(certificates):
    settings = TlsSettings("mqtt", "", True)
    assert over_tls(certificates, settings, "127.0.0.1") == b"hello" * 1000


@pytest.mark.parametrize(
    ("ca", "words"), [("", "push.ca is empty"), ("hello", "no certificate")])
def test_without_an_authority_it_says_what_is_missing(certificates, ca, words):
    with pytest.raises(OSError, match=words):
        over_tls(certificates, TlsSettings("push", ca))


def test_a_server_without_tls_is_named_as_such(certificates):
    async def run():
        settings = TlsSettings("mqtt", (certificates / "ca.pem").read_text())
        async with server(echo) as port:
            with pytest.raises(OSError, match="TLS"):
                await talk("localhost", port, settings)

    asyncio.run(run())


def test_a_silent_handshake_ends_at_its_deadline(certificates):
    async def run():
        settings = TlsSettings("mqtt", (certificates / "ca.pem").read_text())
        async with server(silence) as port:
            begun = time.monotonic()
            with pytest.raises(OSError, match="does not answer, or not by TLS"):
                await talk("localhost", port, settings, deadline_ms=300)
            assert time.monotonic() - begun < 6  # any other deadline is 7 s and more

    asyncio.run(run())


def test_connection_dropped_in_the_handshake(certificates):
    async def drop(reader, writer):
        await reader.read(10)
        writer.transport.abort()

    async def run():
        settings = TlsSettings("mqtt", (certificates / "ca.pem").read_text())
        async with server(drop) as port:
            with pytest.raises(OSError, match="broke the connection|TLS"):
                await talk("localhost", port, settings)

    asyncio.run(run())


def test_words_of_mbedtls():
    """The device's errors, which CPython cannot make."""
    words = TlsSettings("mqtt", "x").explain
    for code, text in ((-0x7200, "MBEDTLS_ERR_SSL_INVALID_RECORD"), (-0x7280, "SSL_CONN_EOF")):
        for error in (OSError(code, text), OSError(code)):
            assert words("b:1", error) == (
                "b:1 does not seem to speak TLS: turn mqtt.tls off, or give its TLS port (mostly "
                "8883)")
    for code in (-0x7F00, -0x2880, -0x3F80, -0x4D80, -0x5180, -0x6180, -0x2180 - 0x6A, -0x10):
        assert words("b:1", OSError(code)) == "not enough memory for TLS with b:1"
    assert words("b:1", OSError(-0x7780, "MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE")) == (
        "TLS with b:1 failed: MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE")
    assert words("b:1", OSError(-0x7780)) == "TLS with b:1 failed: mbedTLS error -0x7780"
    assert "push.url" in TlsSettings("push", "x").explain("b:1", OSError(-0x7200))
    assert "refuses the connection" in words("b:1", OSError(errno.ECONNREFUSED))
    assert link.explain(OSError(23), "b:1") == "no free socket for a connection to b:1"
    assert link.explain(OSError(999), "b:1") == "connection to b:1 failed: error 999"
    assert link.explain(OSError(-203), "b:1") == "not enough memory to look up b:1"


@pytest.mark.parametrize("port", ["plain", "hangs up"])
def test_a_plain_port_asked_by_tls_is_named_as_one(certificates, port):
    async def answer(reader, writer):
        await reader.read(10)
        writer.close()

    async def hang_up(reader, writer):
        await reader.read(10)
        writer.transport.abort()

    async def run():
        settings = TlsSettings("mqtt", (certificates / "ca.pem").read_text())
        async with server(answer if port == "plain" else hang_up) as number:
            with pytest.raises(OSError, match="not seem to speak TLS: turn mqtt.tls off"):
                await talk("localhost", number, settings)

    asyncio.run(run())


def test_both_names_are_told_from_the_second_try_on(certificates):
    """The first refusal does not show the certificate; the next try looks, and sends nothing."""
    before = sockets_open()
    settings = TlsSettings("mqtt", (certificates / "ca.pem").read_text(), host="127.0.0.1")
    heard = []

    async def listen(reader, writer):
        heard.append(await reader.read(100))
        writer.close()

    def again(words):
        with pytest.raises(OSError, match=words):
            over_tls(certificates, settings, "127.0.0.1", listen)

    again("certificate of 127.0.0.1:.* made out to another name: set mqtt.host")
    for _ in range(2):
        again("certificate of 127.0.0.1:.* made out to localhost, broker.test: set mqtt.host")
    assert not any(heard) and sockets_open() <= before + 1


def test_the_names_in_a_certificate_are_read(certificates):
    der = ssl.PEM_cert_to_DER_cert((certificates / "server.pem").read_text())
    assert names(der) == ["localhost", "broker.test"]
    der = ssl.PEM_cert_to_DER_cert((certificates / "ca.pem").read_text())
    assert names(der) == ["microhan test ca"]
    assert names(b"") == []


def test_what_is_logged_of_tls_is_no_cut_sentence(certificates, monkeypatch):
    lines = []
    monkeypatch.setattr("builtins.print", lines.append)
    log = Log(lambda: 1)
    monkeypatch.setattr("microhan.net.tls.clock_is_set", lambda: False)
    peer = "homeassistant-at-my-home.local:8883"
    texts = ["%s" % caught("push", ca) for ca in ("", "hello", (
        certificates / "ca.pem").read_text())]
    texts += [tls_meaning(section, peer, error, made) for section in ("mqtt", "push")
              for made in ((), ("homeassistant.local", "192.168.100.100", "x"))
              for error in (ValueError("The certificate Common Name (CN) does not match"),
                            ValueError("The certificate is not correctly signed by the CA"),
                            OSError(-0x7200), OSError(-0x7F00), OSError(-0x7780))]
    for text in texts:
        assert not text.startswith(("mqtt:", "push:"))  # whose it is says who logs it
        log("mqtt: " + text)
        assert lines[-1] == "1 mqtt: " + text
    log("x" * 200)
    assert lines[-1].endswith("x…")


def caught(section, ca):
    """The OSError of TlsSettings.check()."""
    with pytest.raises(OSError, match=".") as error:
        TlsSettings(section, ca).check()
    return error.value


def test_wrong_settings_are_told_before_memory_is_waited_for():
    def no_room(heap, output):
        raise OSError("TLS has to wait")

    settings = TlsSettings("mqtt", "nonsense")
    with pytest.raises(OSError, match=r"mqtt\.ca is no certificate"):
        asyncio.run(link.connector(Names(lambda: []), no_room, lambda: None)(
            "127.0.0.1", 1, settings))


def test_when_an_attempt_is_over_requests_need_not_wait_for_it():
    over = []
    connect = link.connector(Names(lambda: []), lambda heap, output: True, lambda: over.append(1))

    async def fail():
        with pytest.raises(OSError):
            await connect("no host at all", 1)
    asyncio.run(fail())
    assert over == [1]
    raw = socket.socket()
    link.Link(raw, raw, "broker:1883", None, lambda: over.append(2)).close()
    assert over == [1, 2]
