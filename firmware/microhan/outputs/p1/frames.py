"""The frames of a WebSocket (RFC 6455, clause 5). Loaded while there is one."""

from micropython import const

_TEXT = const(0x81)
_BINARY = const(0x82)
_CLOSE = const(0x88)
_PONG = const(0x8A)
_LONGEST = const(125)  # bytes of a control frame, and what the second byte can say
_DIGITS = {126: 2, 127: 8}  # of the length, behind one of these
_KNOWN = (0, 1, 2, 8, 9, 10)
_NO_PROTOCOL = b"\x88\x02\x03\xea"  # Close, 1002: what came is none of the protocol's


class Frames:
    """What one client sends, and how what it gets is framed. `is_over`: it is closing."""

    def __init__(self) -> None:
        self._rest = b""  # a frame's beginning
        self._skipped = 0  # bytes that are still to be skipped
        self.is_over = False

    def head(self, telegram: bytes, more: int) -> bytes:
        """What stands before a message: `telegram`, and as many bytes `more`. Text must be UTF-8:
        what is not plain ASCII goes as binary."""
        size = len(telegram) + more
        kind = _TEXT if max(telegram) < 128 else _BINARY
        if size <= _LONGEST:
            return bytes((kind, size))
        return bytes((kind, 126, size >> 8, size & 255))

    def feed(self, data: bytes) -> bytes:
        """Take bytes. Returns the answers to pings, or to what ends it; all else is skipped."""
        answers = b""
        rest = self._rest + data
        while len(rest) >= 2 and not self.is_over:
            if self._skipped:
                count = min(self._skipped, len(rest))
                self._skipped -= count
                rest = rest[count:]
                continue
            kind = rest[0] & 15
            size = rest[1] & 127
            # Every frame of a client's is masked; a control frame is short, and in one piece.
            if rest[0] & 0x70 or rest[1] < 128 or kind not in _KNOWN or kind >= 8 and (
                    rest[0] < 128 or size > _LONGEST):
                self.is_over = True
                return answers + _NO_PROTOCOL
            if kind < 8:
                digits = _DIGITS.get(size, 0)
                if len(rest) < 2 + digits:
                    break
                if digits:
                    size = int.from_bytes(rest[2 : 2 + digits], "big")
                self._skipped = 4 + size
                rest = rest[2 + digits :]
                continue
            if len(rest) < 6 + size:
                break
            if kind != 10:
                told = bytes([byte ^ rest[2 + i % 4] for i, byte in enumerate(rest[6 : 6 + size])])
                if kind == 8:
                    self.is_over = True
                    told = told[:2]
                answers += bytes((_CLOSE if kind == 8 else _PONG, len(told))) + told
            rest = rest[6 + size :]
        self._rest = rest
        return answers
