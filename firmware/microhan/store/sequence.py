"""Numbers that rise across restarts, too, with one small write per 4096 of them."""

from micropython import const

from .files import read, write

_BLOCK = const(4096)  # 11 hours at 10 s: two writes a day. A restart skips 4095 at most


class Sequence:
    """`next()` returns 1, 2, 3 ...; after a restart it goes on after the last reserved block."""

    def __init__(self, path: str):
        self._path = path
        try:
            self._next = int(read(path) or b"1")
        except ValueError:
            self._next = 1
        self._reserved = self._next

    def next(self) -> int:
        """The next number, an int from 1."""
        n = self._next
        if n >= self._reserved:
            self._reserved = n + _BLOCK
            try:
                write(self._path, str(self._reserved).encode())
            except OSError:
                pass  # a full or broken flash must not stop Readings; numbers may then repeat
        self._next = n + 1
        return n
