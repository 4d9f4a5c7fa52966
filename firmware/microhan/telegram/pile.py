"""A buffer that bytes are piled up in. It grows to what the meter sends, up to a limit, and is
used again for the next telegram: after the first few nothing is allocated.
"""

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
        buf = self.buf
        total = n + end - start
        if total > len(buf):
            if total > _MOST:
                return False
            buf = bytearray(total + _STEP & -_STEP)
            for i in range(n):
                buf[i] = self.buf[i]
            self.buf = buf
        for i in range(start, end):
            buf[n] = b[i]
            n += 1
        self.n = n
        return True

    def content(self):
        """What was added, as bytes."""
        return bytes(memoryview(self.buf)[:self.n])
