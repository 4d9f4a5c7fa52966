"""Ten sockets in all, as the stock image has (law 7): the eleventh raises ENFILE.

MicroPython's `socket` module is in ROM and its sockets are C objects, so an object of our own
takes its name, and each socket gets a thin wrapper that counts. A socket that is dropped without
`close()` stays counted, although a device's collector would get it back some day: a leak should
show here.
"""

import io
import select
import socket as real
import sys
import time

from micropython import const

_LIMIT = const(10)
_ENFILE = const(23)
_EAGAIN = const(11)
_POLL = const(3)  # MP_STREAM_POLL, py/stream.h; the next two likewise
_CLOSE = const(4)
_FILENO = const(10)
_JOIN = (0, 35)  # IPPROTO_IP, IP_ADD_MEMBERSHIP, Linux
_FROM = const(32)  # IP_MULTICAST_IF


class Sockets:
    """Stands for the module `socket`; `used`: sockets now; `deaf_until`: ticks_ms, or None: until
    when the simulated radio has dropped the phone, so that nobody comes in."""

    used = 0
    deaf_until = None

    def is_deaf(self) -> bool:
        """Whether it has."""
        return (self.deaf_until is not None
                and time.ticks_diff(self.deaf_until, time.ticks_ms()) > 0)

    def __getattr__(self, name: str) -> object:
        return getattr(real, name)

    def take(self) -> None:
        """One more, or OSError ENFILE."""
        if self.used == _LIMIT:
            raise OSError(_ENFILE, "ENFILE: no more than 10 sockets")
        self.used += 1

    def socket(self, *args: int) -> "_Socket":
        """A counted socket."""
        self.take()
        return _Socket(real.socket(*args))


sockets = Sockets()


class _Socket(io.IOBase):
    """Over `s`, counted already. select and tls reach it through `ioctl` and the calls."""

    def __init__(self, s: "real.socket") -> None:
        self._s = s
        self._counted = True

    def __getattr__(self, name: str) -> object:
        return getattr(self._s, name)

    def accept(self):
        sockets.take()
        try:
            peer, address = self._s.accept()
        except OSError:
            sockets.used -= 1
            raise
        if sockets.is_deaf():
            peer.close()
            sockets.used -= 1
            raise OSError(_EAGAIN)
        return _Socket(peer), address

    def setsockopt(self, level, option, value):
        self._s.setsockopt(level, option, value)
        if (level, option) == _JOIN:  # what goes to the group stays on this PC, too
            self._s.setsockopt(level, _FROM, value[4:])

    def close(self):
        if self._counted:
            self._counted = False
            sockets.used -= 1
            self._s.close()

    def readinto(self, buf):
        return self._s.readinto(buf)

    def write(self, *args):
        return self._s.write(*args)

    def ioctl(self, request, arg):
        if request == _FILENO:
            return self._s.fileno()
        if request == _POLL:  # a TLS socket over this one asks so; select asks for the number
            poller = select.poll()
            poller.register(self._s, arg)
            ready = poller.poll(0)
            return ready[0][1] if ready else 0
        if request == _CLOSE:
            self.close()
        return 0


def install() -> None:
    """Put the counting sockets in place of the real ones."""
    sys.modules["socket"] = sys.modules["usocket"] = sockets  # type: ignore[assignment]
