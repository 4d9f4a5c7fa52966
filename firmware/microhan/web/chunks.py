"""The body of an answer whose length nobody knows before: the history's."""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_PIECE = const(1024)  # bytes that are written at once, as in routes.py
_BEFORE = const(5)  # bytes of a chunk's frame (RFC 9112, 7.1): its length in hexadecimal digits
_BEHIND = const(7)  # its end, and the end of all


def written(path: str, rings: "Any", wanted: tuple) -> "Iterator[bytes]":
    """The body of an answer of the history's. wanted: of history.py."""
    pieces: "Callable[..., Iterator[bytes]]"
    if path == "/peaks.json":
        from ..ledger.peaks import json_pieces as pieces
    elif isinstance(wanted[0], int):
        from ..ledger.channels import pieces

        return pieces(rings, path == "/history.csv", *wanted)
    elif path == "/history.csv":
        from ..ledger.history import csv_pieces as pieces
    else:
        from ..ledger.history import json_pieces as pieces
    return pieces(rings, *wanted)


def gathered(pieces: "Iterator[bytes]", in_chunks: bool) -> "Iterator[memoryview]":
    """A body in larger pieces, each valid until the next; in_chunks: each is a chunk, so that the
    client sees whether it got all. Empty ones, by which the ledger says that others may run, stay
    as they are. At least one must not be empty."""
    larger = _larger(pieces, in_chunks)
    # The first one now: what fails here can still be told.
    return _behind(next(larger), larger)


def _larger(pieces, in_chunks):
    out: Any = b""
    first = count = _BEFORE if in_chunks else 0
    for piece in pieces:
        out = out or memoryview(bytearray(_PIECE))  # now that what makes them has been loaded
        if not piece:
            yield out[:0]
        elif count + len(piece) > _PIECE - _BEHIND:
            yield _framed(out, count, b"\r\n") if in_chunks else out[:count]
            count = first
        out[count : count + len(piece)] = piece
        count += len(piece)
    yield _framed(out, count, b"\r\n0\r\n\r\n") if in_chunks else out[:count]


def _framed(out, count, end):
    """The first `count` bytes as a chunk, with `end` behind it."""
    out[:_BEFORE] = b"%03x\r\n" % (count - _BEFORE)
    out[count : count + len(end)] = end
    return out[: count + len(end)]


def _behind(first, others):
    yield first
    yield from others
