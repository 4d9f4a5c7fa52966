"""The last bytes that were no telegram, for `/capture.bin`. Made when the first of them comes."""

from typing import TYPE_CHECKING

from micropython import const

from ..telegram.crc import x25

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..telegram.dlms.message import Messages

_UNKNOWN_S = const(60)  # seconds from one kept list of an unknown meter to the next
_SIZE = const(2048)  # bytes: two to three telegrams of text, or seven binary ones


class Capture:
    """A ring buffer: `add()` overwrites the oldest bytes."""

    def __init__(self) -> None:
        self._ring = bytearray(_SIZE)
        self._at = 0  # where the next byte goes
        self._n = 0  # bytes kept
        self.since = 0  # uptime of the newest bytes

    def add(self, buf: bytes, start: int, end: int, now: int) -> None:
        """Keep buf[start:end], which came at uptime `now` (s)."""
        ring = self._ring
        at = self._at
        for i in range(start, end):
            ring[at] = buf[i]
            at = at + 1 & _SIZE - 1
        self._at = at
        self._n = min(_SIZE, self._n + end - start)
        self.since = now

    def forget(self, n: int) -> None:
        """Drop the newest n bytes."""
        n = min(n, self._n)
        self._n -= n
        self._at = self._at - n & _SIZE - 1

    def content(self) -> bytes:
        """The bytes, oldest first."""
        first = self._at - self._n
        if first >= 0:
            return bytes(self._ring[first:self._at])
        return bytes(self._ring[first:]) + bytes(self._ring[:self._at])


def keep_unknown(keep: "Callable[[bytes, int, int], None]", capture: Capture | None,
                 source: "Messages", now: int) -> None:
    """Give `keep` a list of an unknown meter, as sent and, if that was encrypted, also in clear,
    so that its owner can send it in. Not more often than once a minute: `capture` has what was
    kept so far, or is None.
    """
    if capture and now - capture.since < _UNKNOWN_S:
        return
    try:
        for part in (source.raw(), _framed(source.opened())):
            keep(part, 0, len(part))
    except MemoryError:
        pass  # Readings matter more


def _framed(apdu):
    """A decrypted APDU in an HDLC frame of our own, so that it can be decoded again; b"" if there
    is none."""
    if not apdu:
        return b""
    size = 12 + len(apdu)  # format, two addresses, control, HCS, LLC header, FCS
    frame = bytearray((0x7E, 0xA0 | size >> 8, size & 0xFF, 1, 1, 0x13, 0, 0, 0xE6, 0xE7, 0))
    _check(frame, 6)
    frame.extend(apdu)
    frame.extend(b"\x00\x00\x7e")
    _check(frame, len(frame) - 3)
    return frame


def _check(frame, at):
    crc = x25(frame, 1, at)
    frame[at] = crc & 0xFF
    frame[at + 1] = crc >> 8
