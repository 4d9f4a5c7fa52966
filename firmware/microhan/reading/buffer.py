"""The growing buffer."""


class Buffer:
    """Bytes that are gathered piece by piece: `data[:size]`. It grows up to `most` bytes."""

    def __init__(self, first: int, most: int = 65535):
        self.data = bytearray(first)
        self.size = 0
        self._most = most

    def put(self, part: "bytes | bytearray | memoryview") -> None:
        """Append bytes. ValueError if the buffer would exceed `most`."""
        start = self.size
        end = start + len(part)
        if end > len(self.data):
            if end > self._most:
                raise ValueError("more than %d bytes" % self._most)
            grown = bytearray(end + 128)
            grown[:start] = memoryview(self.data)[:start]
            self.data = grown
        self.data[start:end] = part
        self.size = end

    def view(self, start: int = 0) -> memoryview:
        """The content from `start` on, not copied."""
        return memoryview(self.data)[start : self.size]

    def content(self) -> bytes:
        """The content, as bytes."""
        return bytes(self.view())
