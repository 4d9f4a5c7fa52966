"""The last bytes that were no telegram, for `/capture.bin`. Made when the first of them comes."""

from micropython import const

_SIZE = const(2048)  # bytes: two to three telegrams of text, or seven binary ones


class Capture:
    """A ring: `add` forgets the oldest bytes, `content` gives what is left in order."""

    def __init__(self):
        self._ring = bytearray(_SIZE)
        self._at = 0
        self._full = False
        self.since = 0  # uptime of the newest bytes

    def add(self, buf, start, end, now):
        """Keep buf[start:end], which came at uptime `now` (s)."""
        ring = self._ring
        at = self._at
        for i in range(start, end):
            ring[at] = buf[i]
            at += 1
            if at == _SIZE:
                at = 0
                self._full = True
        self._at = at
        self.since = now

    def content(self):
        """The bytes, oldest first."""
        newest = bytes(self._ring[:self._at])
        return bytes(self._ring[self._at:]) + newest if self._full else newest
