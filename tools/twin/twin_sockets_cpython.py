"""Ten sockets in all, for the twin on CPython: see twin_sockets.py."""

import socket


def replace(counter):
    """Let every new socket take one from the twin_sockets.Counter."""

    class Socket(socket.socket):
        """A counted socket. Those made of a file number are not: asyncio's own pair."""

        def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
            self._counted = False
            if fileno is None:
                counter.take()
                self._counted = True
            super().__init__(family, type, proto, fileno)

        def accept(self):
            counter.take()
            try:
                peer, address = super().accept()
            except OSError:
                counter.give()
                raise
            peer._counted = True
            return peer, address

        def _forget(self):
            if self._counted:
                self._counted = False
                counter.give()

        def close(self):
            self._forget()
            super().close()

        def detach(self):
            self._forget()  # CPython's TLS goes on with the bare number
            return super().detach()

    socket.socket = Socket
