"""Bytes that are gathered piece by piece, and copied without slice objects."""

import micropython


class Buffer:
    """Bytes that are gathered piece by piece: `data[:size]`. It grows up to `most` bytes.

    Set `size` to 0 to use it again: once it is large enough, nothing is allocated any more.
    """

    def __init__(self, first: int = 0, most: int = 65535):
        self.data = bytearray(first)
        self.size = 0
        self._most = most

    def put(self, part: "bytes | bytearray | memoryview") -> None:
        """Append bytes. ValueError if the buffer would exceed `most`."""
        end = self.size + len(part)
        if not self._has_room(end):
            raise ValueError("more than %d bytes" % self._most)
        self.data[self.size:end] = part
        self.size = end

    def add(self, b: "bytes | bytearray", start: int, end: int) -> bool:
        """Append b[start:end]. False, and nothing is appended, if it would exceed `most`."""
        size = self.size
        if not self._has_room(size + end - start):
            return False
        copy(self.data, size, b, start, end)
        self.size = size + end - start
        return True

    def _has_room(self, total):
        """Whether there is room for `total` bytes; makes it."""
        if total > len(self.data):
            if total > self._most:
                return False
            grown = bytearray(min(self._most, total + (total >> 3) + 16))
            copy(grown, 0, self.data, 0, self.size)
            self.data = grown
        return True

    def reserve(self, count: int) -> None:
        """Make room for `count` bytes in all."""
        self._has_room(count)

    def view(self, start: int = 0) -> memoryview:
        """The content from `start` on, not copied."""
        return memoryview(self.data)[start : self.size]

    def content(self) -> bytes:
        """The content, as bytes."""
        return bytes(self.view())

    def ends_with(self, b: "bytes | bytearray", start: int, end: int) -> bool:
        """Whether b[start:end] is what was appended last."""
        first = self.size + start - end
        return first >= 0 and same(self.data, first, b, start, end)


@micropython.viper
def copy(to: ptr8, at: int, b: ptr8, start: int, end: int):  # noqa: ANN201
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
