"""A Reading's identity: `boot`, which start of the device it came in, and `seq`, its number.

`boot` rises by one at each start, so that within one `boot` nothing but a loss makes a gap in
`seq`. `seq` goes on over a restart that we make ourselves; after a power cut it goes on from what
was written at the start before. Two writes for each start at most.
"""

from typing import TYPE_CHECKING

from micropython import const

from .files import read, write

if TYPE_CHECKING:
    from collections.abc import Callable

_VERSION = const(1)  # of the file: this number, `boot` and the next `seq`, as text


class Sequence:
    """`next()` returns the numbers, `boot` goes with each of them. `random(n)`: n random bytes.

    Where the file is missing, damaged or cannot be written, `boot` is a random number: an identity
    must not come twice, not even after the flash was erased.
    """

    def __init__(self, path: str, random: "Callable[[int], bytes]"):
        self._path = path
        self._next = 1
        boot = 0
        self._is_ours = True
        try:
            words = (read(path) or b"").split()
            if len(words) == 1:
                self._next = int(words[0])  # of a version before: there was no `boot`
            elif words:
                self._is_ours = int(words[0]) <= _VERSION  # one of a newer version is left alone
                if self._is_ours and len(words) == 3:
                    boot, self._next = int(words[1]), int(words[2])
        except ValueError:
            pass
        self.boot = 1 + (boot or int.from_bytes(random(3), "little") >> 4)
        try:
            self.save()
        except OSError:
            self.boot = 1 << 24 | int.from_bytes(random(3), "little")
        if not self._is_ours:
            self.boot = 1 << 24 | int.from_bytes(random(3), "little")

    def next(self) -> int:
        """The next number, an int from 1."""
        n = self._next
        self._next = n + 1
        return n

    def save(self) -> None:
        """Write what comes next: at a start, and before a restart. OSError."""
        if self._is_ours:
            write(self._path, b"%d %d %d" % (_VERSION, self.boot, self._next))
