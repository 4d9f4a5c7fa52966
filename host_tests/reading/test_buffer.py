"""The one growing buffer: of JSON and packets, and of binary messages."""

import pytest

from microhan.reading.buffer import Buffer


def test_what_is_put_and_added_stands_there_in_order():
    buffer = Buffer(2)
    buffer.put(b"ab")
    assert buffer.add(b"_cdef_", 1, 5)
    buffer.put(b"")
    assert buffer.content() == b"abcdef" and bytes(buffer.view(4)) == b"ef" and buffer.size == 6
    buffer.size = 0
    buffer.put(b"x")
    assert buffer.content() == b"x"


def test_what_is_more_than_the_limit_is_refused_and_changes_nothing():
    buffer = Buffer(0, 100)
    assert buffer.add(bytes(100), 0, 100)
    assert not buffer.add(b"x", 0, 1)
    with pytest.raises(ValueError, match="more than 100 bytes"):
        buffer.put(b"x")
    assert buffer.size == len(buffer.data) == 100


def test_it_is_not_made_larger_again_for_as_much_as_before():
    buffer = Buffer(0)
    for _ in range(2):
        for _ in range(100):
            buffer.put(bytes(30))
        data, buffer.size = buffer.data, 0
        assert len(data) < 3500
    for _ in range(100):
        buffer.put(bytes(30))
    assert buffer.data is data


@pytest.mark.parametrize("part,ends", [
    (b"ef", True), (b"abcdef", True), (b"", True), (b"de", False), (b"xabcdef", False)])
def test_it_is_known_what_was_added_last(part, ends):
    buffer = Buffer()
    buffer.put(b"abcdef")
    assert buffer.ends_with(b"<" + part, 1, 1 + len(part)) == ends
