"""While memory is short: who waits, who is told to come again, and what is sent all the same."""

import time

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from build import page
from fixtures.web_server import BEARER, client_closes_first, request, wait_until
from microhan.web import routes


def test_while_memory_is_short_a_client_gets_503_and_may_try_again(web):
    web.publish()
    web.has_room = False
    for _ in range(3):
        status, headers, body = web.ask("/reading.json", BEARER)
        assert (status, headers["retry-after"]) == (503, "3") and b"Memory is short" in body
    web.has_room = True
    assert web.ask("/reading.json", BEARER)[0] == 200
    assert web.server.status()["turned_away"] == 3


def the_longest_answer():
    """The address of a file of the page that takes many pieces."""
    files = page.files()
    return "/" + max(files, key=lambda name: files[name].stat().st_size)


def test_a_long_answer_waits_for_memory_and_then_goes_on(web):
    client = web.connect()
    client.sendall(request(the_longest_answer(), BEARER))
    told = client.recv(100)
    web.has_room = False
    client.settimeout(0.3)
    with pytest.raises(TimeoutError):
        while piece := client.recv(65536):
            told += piece
    web.has_room = True
    client.settimeout(60)
    head, _, body = told.partition(b"\r\n\r\n")
    assert b"Content-Length: %d" % len(body) not in head
    while piece := client.recv(65536):
        body += piece
    assert b"Content-Length: %d" % len(body) in head


@pytest.mark.parametrize("who", [(BEARER,), ()])
def test_what_answers_requests_goes_when_an_output_needs_its_memory(web, who):
    """... and only while nobody is being answered, an owner or anybody."""
    web.publish()
    most = [1 << 20]
    web.sources.has_room = lambda heap: heap < most[0]
    client = web.connect()
    client.sendall(request(the_longest_answer(), *who))
    told = client.recv(100)
    pool = web.server._pool
    most[0] = -1  # the answer stays under way
    time.sleep(0.6)
    assert pool._requests
    most[0] = 0  # what has begun may go on
    while piece := client.recv(65536):
        told += piece
    client.close()
    wait_until(lambda: not pool._requests)
    head, _, body = told.partition(b"\r\n\r\n")
    assert b"Content-Length: %d" % len(body) in head
    web.sources.has_room = lambda heap: True
    assert web.ask("/reading.json", BEARER)[0] == 200


def test_an_answer_that_is_whole_waits_for_no_memory(web):
    """Room for an answer to begin, but none from then on: nothing more is to be sent. What waits
    for memory is answered by 408 after ten seconds."""
    web.publish()
    web.sources.has_room = lambda heap: heap >= 0
    assert web.ask("/reading.json", BEARER)[0] == 200
    assert web.server.status()["timeouts"] == 0


def test_a_request_whose_turn_does_not_come_gets_503(web):
    web.publish()
    web.sources.places = 1
    web.sources.has_room = lambda heap: heap >= 0  # the first one stays under way
    first = web.connect()
    first.sendall(request(the_longest_answer(), BEARER))
    first.recv(100)
    start = time.monotonic()
    status, headers, _ = web.ask("/reading.json", BEARER)
    assert (status, headers["retry-after"]) == (503, "3") and 0.9 < time.monotonic() - start
    assert web.server.status()["timeouts"] == 0  # nobody waited for the first one's end
    web.sources.has_room = lambda heap: True
    while first.recv(65536):
        pass
    assert web.ask("/reading.json", BEARER)[0] == 200


def starved(_):
    raise MemoryError


def test_no_memory_within_an_answer_is_503(web, monkeypatch):
    web.publish()
    monkeypatch.setitem(routes.BODIES, "/reading.json", starved)
    status, headers, _ = web.ask("/reading.json", BEARER)
    assert (status, headers["retry-after"]) == (503, "3")
    client_closes_first(web, monkeypatch, "/reading.json", 503)


def test_who_waited_in_vain_closes_first_too(web, monkeypatch):
    web.publish()
    room = iter([True])  # to be read; then none
    web.sources.has_room = lambda heap: next(room, False)
    client_closes_first(web, monkeypatch, "/reading.json", 503)
    assert web.server.status()["turned_away"] == 1


def test_who_is_sent_away_unread_closes_first_too(web, monkeypatch):
    web.has_room = False
    client_closes_first(web, monkeypatch, "/reading.json", 503)
    assert web.server.status()["turned_away"] == 1
