"""outputs/p1/frames.py: what a WebSocket's client may send, and in which pieces."""

import pytest

from fixtures.web_socket import masked
from microhan.outputs.p1.frames import Frames

PING = masked(9, b"are you there")
PONG = b"\x8a\x0dare you there"


def answers(data, cut=0):
    """(what is answered, whether it is over), given whole or in pieces of `cut` bytes."""
    frames = Frames()
    pieces = [data[at:at + cut] for at in range(0, len(data), cut)] if cut else [data]
    return b"".join(map(frames.feed, pieces)), frames.is_over


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 7])
@pytest.mark.parametrize(("data", "answer", "over"), [
    (PING, PONG, False),
    (PING + PING, PONG + PONG, False),
    (masked(9, b""), b"\x8a\x00", False),
    (masked(10, b"unasked"), b"", False),
    (masked(1, "hallå".encode()) + PING, PONG, False),
    (masked(2, bytes(126)) + PING, PONG, False),
    (masked(2, bytes(65536)) + PING, PONG, False),
    (masked(1, b"in two", final=False) + PING + masked(0, b"pieces") + PING, PONG + PONG, False),
    (masked(8, b"\x03\xe8bye"), b"\x88\x02\x03\xe8", True),
    (masked(8, b""), b"\x88\x00", True),
    (masked(8, b"\x03\xe8") + PING, b"\x88\x02\x03\xe8", True),
], ids=["ping", "two", "empty", "pong", "text", "medium", "long", "fragments", "close", "no code",
        "after it"])
def test_what_is_answered(data, answer, over, cut):
    assert answers(data, cut) == (answer, over)


@pytest.mark.parametrize("data", [
    b"\x89\x00", b"\x81\x03abc",  # not masked
    masked(9, bytes(126)), masked(9, b"", final=False),  # long, fragmented control
    masked(3, b"x"), masked(11, b"x"),  # nobody knows these
    b"\xc1" + masked(1, b"x")[1:],  # an extension that nobody agreed on
    b"GET / HTTP/1.1\r\n\r\n",
])
def test_what_is_no_protocol_ends_it(data):
    assert answers(data) == (b"\x88\x02\x03\xea", True)


@pytest.mark.parametrize(("telegram", "more", "head"), [
    (b"/a", 2, b"\x81\x04"), (b"a" * 123, 2, b"\x81\x7d"), (b"a" * 126, 0, b"\x81\x7e\0\x7e"),
    (b"a" * 4224, 2, b"\x81\x7e\x10\x82"), (b"/\xe5", 2, b"\x82\x04"),
])
def test_a_message_has_the_head_of_its_length(telegram, more, head):
    assert Frames().head(telegram, more) == head
