"""One client of raw P1: what waits for it, and what it sends, which is thrown away."""

import time
from typing import TYPE_CHECKING

from micropython import const

from ...net.sockets import HEARD, no_delay

if TYPE_CHECKING:
    import socket

    from .frames import Frames

_PIECE = const(1440)  # bytes that it gets at one turn: a packet
_HEARD = const(1024)  # bytes that it may send between two telegrams


class Client:
    """A non-blocking socket; `frames` of a WebSocket's client, None over plain TCP."""

    def __init__(self, sock: "socket.socket", frames: "Frames | None"):
        sock.setblocking(False)
        no_delay(sock)
        self._sock = sock
        self._frames = frames
        # What it is to get: bytes objects, which others may hold as well. None: a telegram is
        # complete.
        self._parts: "list[bytes | None]" = []
        self._at = 0  # so much of the first one has been sent
        self._heard = 0
        self.moved = time.ticks_ms()  # when it last took something, or had nothing to take

    @property
    def queued(self) -> int:
        """Telegrams of which it has not taken all."""
        return self._parts.count(None)

    @property
    def is_behind(self) -> bool:
        """Whether it has something to take."""
        return bool(self._parts)

    def add(self, telegram: bytes, end: bytes) -> None:
        """A telegram for it, and what must follow."""
        if not self._parts:
            self.moved = time.ticks_ms()
        head = self._frames.head(telegram, len(end)) if self._frames else b""
        # A list, which is appended whole or, without memory, not at all.
        self._parts += [head, telegram, end, None]
        self._heard = 0

    def push(self) -> int:
        """Send what the socket takes of one piece. Returns how many telegrams went out whole.
        Raises OSError when the client has left."""
        done = 0
        left = _PIECE
        parts = self._parts
        while parts and left > 0:
            part = parts[0]
            if part:
                count = self._sock.write(memoryview(part)[self._at : self._at + left])
                if not count:
                    break
                self.moved = time.ticks_ms()
                left -= count
                self._at += count
                if self._at < len(part):
                    continue
            done += part is None
            self._at = 0
            del parts[0]
        return done

    def hear(self, buffer: bytearray) -> bool:
        """Throw away what it has sent, once it has taken all that there was for it. A WebSocket's
        ping is answered. Returns False if it has sent too much. Raises OSError if it has left."""
        while not self._parts:
            if self._frames and self._frames.is_over:
                raise OSError
            count = self._sock.readinto(buffer)
            if count is None:
                break
            if not count:
                raise OSError
            HEARD[0] = 1
            self._heard += count
            if self._heard > _HEARD:
                return False
            if self._frames:
                answer = self._frames.feed(bytes(memoryview(buffer)[:count]))
                if answer:
                    self._parts.append(answer)
        return True

    def close(self) -> None:
        """Close its socket. Never raises."""
        self._parts = []
        try:
            self._sock.close()
        except OSError:
            pass
