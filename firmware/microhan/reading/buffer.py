"""Bytes that are gathered piece by piece."""


class Buffer:
    """Bytes that are gathered piece by piece: `data[:size]`. It grows up to `most`."""

    def __init__(self, first, most=65535):
        self.data = bytearray(first)
        self.size = 0
        self._most = most

    def put(self, part):
        """Append bytes. ValueError if that would be too much."""
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

    def view(self, start=0):
        """What is there from `start` on, without a copy."""
        return memoryview(self.data)[start : self.size]

    def content(self):
        """All of it, as bytes."""
        return bytes(self.view())
