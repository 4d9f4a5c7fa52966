"""/ws: the handshake, and who gets none."""

import pytest

from fixtures.web_server import BEARER, RAW, Events, read_all, request, wait_until
from fixtures.web_socket import masked
from microhan.outputs.p1.output import P1Output
from microhan.outputs.port import Places

KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
ASKS = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", KEY)
TELEGRAM = b"\x81" + bytes((len(RAW),)) + RAW


@pytest.fixture
def p1(web):
    """Raw P1 beside the server, by WebSocket only."""
    out = P1Output({"p1": 0, "ws": True, "allow": ""}, web.hub, 60, lambda heap: True,
                   Places(6), web.log.append, lambda: None)
    web.sources.p1, web.sources.shared = out, out._places
    web.open("ws")
    out._places.web = web.server.status
    tasks = []
    web.call(lambda: tasks.append(web.loop.create_task(out.run())))
    yield out
    web.call(tasks[0].cancel)


def open_ws(web, *lines):
    """(socket, head of the answer)."""
    client = web.connect()
    client.sendall(request("/ws", *(lines or ASKS)))
    head = b""
    while b"\r\n\r\n" not in head:
        piece = client.recv(1)
        assert piece, head
        head += piece
    return client, head


def open_four(web, p1):
    """Four clients. The head is there before the place is taken."""
    clients = [open_ws(web)[0] for _ in range(4)]
    wait_until(lambda: p1.status()["clients"] == 4)
    return clients


def exactly(client, size):
    data = b""
    while len(data) < size:
        piece = client.recv(size - len(data))
        assert piece, data
        data += piece
    return data


def test_the_handshake_of_the_standard(web, p1):
    """With the key of RFC 6455, 1.3, and the answer that it gives. Then telegrams, and pings."""
    client, head = open_ws(web)
    assert head.startswith(b"HTTP/1.1 101 ")
    assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in head
    web.publish(raw=RAW[:-2])  # the line end comes from us
    assert exactly(client, len(TELEGRAM)) == TELEGRAM
    client.sendall(masked(1, b"hello") + masked(9, b"ping"))
    assert exactly(client, 6) == b"\x8a\x04ping"
    wait_until(lambda: web.server.status()["connections"] == 0)
    assert p1.status()["clients"] == 1 and p1.status()["sent"] == 1
    client.sendall(masked(8, b"\x03\xe8"))
    assert read_all(client) == b"\x88\x02\x03\xe8"
    wait_until(lambda: p1.status()["clients"] == 0)


def test_what_is_no_ascii_goes_as_binary(web, p1):
    client, _ = open_ws(web)
    web.publish(raw=b"/\xe5\xf4!")
    assert exactly(client, 8) == b"\x82\x06/\xe5\xf4!\r\n"


@pytest.mark.parametrize("lines", [
    ["X: y"], ASKS[:3], ASKS[1:], [*ASKS[:2], KEY],
    [*ASKS[:2], "Sec-WebSocket-Version: 8", KEY], [*ASKS[:3], "Sec-WebSocket-Key: short"],
], ids=["plain", "no key", "no upgrade", "no version", "old", "short key"])
def test_what_is_no_handshake_is_426(web, p1, lines):
    status, headers, body = web.ask("/ws", *lines)
    assert status == 426 and b'"no_websocket"' in body
    assert headers["sec-websocket-version"] == "13" and headers["upgrade"] == "websocket"


def test_other_methods_are_refused(web, p1):
    assert web.ask("/ws", *ASKS, method="HEAD")[0] == 426
    assert web.do("/ws", {})[0] in (401, 405)


def test_a_page_of_another_site_gets_nothing(web, p1):
    """A browser sends Origin with every WebSocket: law 8."""
    host = f"Host: 127.0.0.1:{web.port}"
    assert web.ask("/ws", *ASKS, host, "Origin: http://evil.example")[0] == 403
    assert web.ask("/ws", *ASKS, "Host: evil.example")[0] == 421
    client, head = open_ws(web, *ASKS, host, f"Origin: http://127.0.0.1:{web.port}")
    assert b" 101 " in head


def test_off_or_for_who_is_not_listed_there_is_no_such_address(web, p1):
    web.open("ws", allow="10.0.0.0/8")
    assert web.ask("/ws", *ASKS)[0] == 401
    assert web.ask("/ws", *ASKS, BEARER)[0] == 404
    web.open("shelly")
    assert web.ask("/ws", *ASKS, BEARER)[0] == 404
    web.open("ws", allow="127.0.0.1")
    assert b" 101 " in open_ws(web)[1]


def test_a_fifth_is_503_and_so_is_one_without_memory(web, p1):
    clients = open_four(web, p1)
    assert web.ask("/ws", *ASKS)[0] == 503
    clients[0].close()
    wait_until(lambda: p1.status()["clients"] == 3)
    p1._has_room = lambda heap: False
    status, _, body = web.ask("/ws", *ASKS)
    assert status == 503 and b'"too_many_clients"' in body


def test_whose_place_is_gone_in_the_meantime_is_closed(web, p1, monkeypatch):
    monkeypatch.setattr(p1, "take", lambda sock, where: False)
    client, _ = open_ws(web)
    assert read_all(client) == b""
    wait_until(lambda: web.server.status()["connections"] == 0)


def test_streams_and_clients_share_places(web, p1):
    """Six sockets: with four clients HTTP has two, and one of them is no stream's."""
    clients = open_four(web, p1)
    assert p1._places.for_http() == 2
    stream = Events(web)
    web.publish()
    stream.next()
    assert web.ask("/events", BEARER)[0] == 503
    assert web.ask("/status.json", BEARER)[0] == 200
    stream.close()
    assert len(clients) == 4
