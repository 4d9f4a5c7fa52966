"""Reads a backup as it comes, and proves it: docs/backup.md has the format."""

from binascii import crc32
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE = const(34)
_NAME = b"microhan backup "
_MOST = const(512)  # bytes of a block's content
_FRAME = const(7)  # and of what is around it


class Blocks:
    """Takes the file in pieces of any size. ValueError with the key of a problem if it is none, or
    damaged; `done` once its end has come, and all of it is as it was written."""

    def __init__(self) -> None:
        self.done = False
        self._buffer = memoryview(bytearray(_MOST + _FRAME))
        self._have = 0
        self._need = _LINE
        self._size = 0
        self._check = 0

    def feed(self, data: bytes) -> "Iterator[tuple[str, memoryview]]":
        """(letter, content) of each block that is whole now. Each is valid until the next."""
        while data:
            if self.done:
                raise ValueError("422d")
            part = data[:self._need - self._have]
            data = data[len(part):]
            self._buffer[self._have:self._have + len(part)] = part
            self._have += len(part)
            if self._have < self._need:
                continue
            block = self._buffer[:self._need]
            if not self._size:
                if bytes(block[:18]) != _NAME + b"1,":
                    raise ValueError("422v" if bytes(block[:16]) == _NAME else "422d")
            elif self._need == 3:
                self._need = _FRAME + block[1] + 256 * block[2]
                if self._need > _MOST + _FRAME:
                    raise ValueError("422d")
                continue
            else:
                found = self._block(block)
                if found:
                    yield found
            self._size += len(block)
            self._check = crc32(block, self._check)
            self._have = 0
            self._need = 3

    def _block(self, block):
        """A whole block; None if it is the end's."""
        body = block[:-4]
        if crc32(body) != int.from_bytes(block[-4:], "little"):
            raise ValueError("422d")
        letter = chr(block[0])
        if letter != "z":
            return letter, body[3:]
        if bytes(body[3:]) != self._size.to_bytes(4, "little") + self._check.to_bytes(4, "little"):
            raise ValueError("422d")
        self.done = True
        return None
