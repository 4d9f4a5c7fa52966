"""A buffer that bytes are piled up in. It grows to what the meter sends, up to a limit, and is
used again for the next telegram: after the first few nothing is allocated.
"""

import micropython
from micropython import const

_MOST = const(4224)  # the longest known message (P1 text of Lithuania) has 3.4 kB
_STEP = const(64)


class Pile:
    """`buf[:n]` is what was added since `n` was last set to 0."""

    def __init__(self):
        self.buf = bytearray(0)
        self.n = 0

    def add(self, b, start, end):
        """Add b[start:end]; False, and nothing added, if that would be too much."""
        n = self.n
        if n + end - start > len(self.buf) and not self._grow(n + end - start):
            return False
        copy(self.buf, n, b, start, end)
        self.n = n + end - start
        return True

    def _grow(self, total):
        if total > _MOST:
            return False
        buf = bytearray(total + _STEP & -_STEP)
        copy(buf, 0, self.buf, 0, self.n)
        self.buf = buf
        return True

    def content(self):
        """What was added, as bytes."""
        return bytes(memoryview(self.buf)[:self.n])

    def ends_with(self, b, start, end):
        """Whether b[start:end] is what was added last."""
        first = self.n + start - end
        return first >= 0 and same(self.buf, first, b, start, end)


@micropython.viper
def copy(to: ptr8, at: int, b: ptr8, start: int, end: int):
    """to[at:] = b[start:end], without a slice object. Downwards in one buffer too."""
    for i in range(start, end):
        to[at] = b[i]
        at += 1


@micropython.viper
def same(a: ptr8, at: int, b: ptr8, start: int, end: int) -> bool:
    """Whether a[at:] begins with b[start:end]."""
    for i in range(start, end):
        if a[at] != b[i]:
            return False
        at += 1
    return True
