"""Writes a backup: docs/backup.md has the format. backup_reader.py reads it."""

from binascii import crc32
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_LINE = b"microhan backup 1, passwords: %s\n"
_MOST = const(500)  # bytes of a block's content
_EVER = const(1 << 32)


def pieces(rings: "Any", about: bytes, settings: bytes, secrets: bool) -> "Iterator[bytes]":
    """The file, in pieces of at most 507 bytes. about, settings: JSON; secrets: whether there are
    some in it."""
    size = check = 0
    for piece in _parts(rings, about, settings, secrets):
        size += len(piece)
        check = crc32(piece, check)
        yield piece
    yield _block("z", size.to_bytes(4, "little") + check.to_bytes(4, "little"))


def _parts(rings, about, settings, secrets):
    yield _LINE % (b"YES" if secrets else b"no ")
    yield _block("i", about)
    for at in range(0, len(settings), _MOST):
        yield _block("s", settings[at:at + _MOST])
    for letter, ring in zip("qhdc", (rings.quarters, rings.hours, rings.days, rings.channels)):
        out = bytearray()
        for row in ring.rows(0, _EVER):
            if not out:
                out.append(len(row))
            out.extend(row)
            if len(out) + len(row) > _MOST:
                yield _block(letter, out)
                out = bytearray()
        if out:
            yield _block(letter, out)


def _block(letter, content):
    """A block: its letter, the length of its content, that, and a CRC-32 of all this."""
    out = letter.encode() + len(content).to_bytes(2, "little") + content
    return out + crc32(out).to_bytes(4, "little")
