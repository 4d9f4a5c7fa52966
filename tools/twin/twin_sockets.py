"""Ten sockets in all, as the stock image has (law 7): the eleventh raises ENFILE.

MicroPython's `socket` module is in ROM and its sockets are C objects, so a module of our own
takes its name, and each socket gets a thin wrapper that counts. A socket that is dropped without
`close()` stays counted, although a device's collector would get it back some day: a leak should
show here.
"""

import sys

LIMIT = 10
_ENFILE = 23
_POLL = 3  # MP_STREAM_POLL, py/stream.h; the next two likewise
_CLOSE = 4
_FILENO = 10


class Counter:
    """`open`: sockets now; `peak`: most at one time; `refused`: how often there was none left."""

    def __init__(self):
        self.open = 0
        self.peak = 0
        self.refused = 0

    def take(self):
        """One more, or OSError ENFILE."""
        if self.open >= LIMIT:
            self.refused += 1
            raise OSError(_ENFILE, "ENFILE: no more than %d sockets" % LIMIT)
        self.open += 1
        self.peak = max(self.peak, self.open)

    def give(self):
        """One less."""
        self.open -= 1


def install():
    """Put the counting sockets in place of the real ones; returns the Counter."""
    counter = Counter()
    if sys.implementation.name == "cpython":
        from twin_sockets_cpython import replace
        replace(counter)
    else:
        _replace(counter)
    return counter


def _counted(real, counter):
    """The class of sockets that `counter` counts, over the module `real`."""
    import io
    import select

    class Socket(io.IOBase):
        """A counted socket. select and tls reach the real one through `ioctl` and the calls."""

        def __init__(self, *args):
            # accept() hands in a real socket that is counted already
            self._counted = True
            if args and isinstance(args[0], real.socket):
                self._s = args[0]
                return
            self._counted = False
            counter.take()
            self._counted = True
            self._s = real.socket(*args)

        def __getattr__(self, name):
            return getattr(self._s, name)

        def accept(self):
            counter.take()
            try:
                peer, address = self._s.accept()
            except OSError:
                counter.give()
                raise
            return Socket(peer), address

        def close(self):
            if self._counted:
                self._counted = False
                counter.give()
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

    return Socket


class _Module:
    pass


def _replace(counter):
    import socket as real

    module = _Module()
    for name in dir(real):
        if not name.startswith("__"):
            setattr(module, name, getattr(real, name))
    module.socket = _counted(real, counter)
    sys.modules["socket"] = sys.modules["usocket"] = module
