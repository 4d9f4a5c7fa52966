"""Reads chunks of the backlog's segments (kept.py writes them)."""

import struct
from binascii import crc32
from typing import TYPE_CHECKING

from micropython import const

from ..reading.reading import Reading
from .delta_read import readings

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = const(8)
_CHUNK = "<HBBIIII"
CHUNK_SIZE = const(20)
_CHECKED = const(16)


def _chunk(path, at):
    """(count, boot, bytes of the Readings) of the chunk at an offset; None if it is damaged."""
    try:
        with open(path, "rb") as file:
            file.seek(at)
            head = file.read(CHUNK_SIZE)
            if len(head) < CHUNK_SIZE:
                return None
            size, count, _, boot, _, _, check = struct.unpack(_CHUNK, head)
            body = file.read(size)
    except OSError:
        return None
    if len(body) < size or crc32(body, crc32(head[:_CHECKED])) != check:
        return None
    return count, boot, body


def base_of(path: str) -> Reading | None:
    """A segment's first Reading, to which the first of each other chunk is a difference; None if
    it cannot be read."""
    chunk = _chunk(path, HEAD)
    if chunk:
        for reading in readings(chunk[2], 1, chunk[1], Reading()):
            return reading
    return None


def readings_of(path: str, at: int) -> "Iterator[Reading] | None":
    """The Readings of the chunk at offset `at`; None if it is damaged."""
    chunk = _chunk(path, at)
    base = Reading() if at == HEAD else base_of(path)
    if not chunk or not base:
        return None
    return readings(chunk[2], chunk[0], chunk[1], base)
