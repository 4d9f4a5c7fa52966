"""The twin's cable: the firmware's console on a TCP port of this PC, both ways, byte by byte.

pyserial opens it as `socket://127.0.0.1:PORT`.
"""

import contextlib
import os
import socket
import threading


class SerialLine:
    """`port`: where it listens; `fd`: what the firmware reads as its stdin, non-blocking."""

    def __init__(self, port: int = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self.fd, self._to_firmware = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self._to_firmware, False)
        self._client: socket.socket | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        """One at a time, as on a cable; the next one takes it over."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            old, self._client = self._client, client
            if old:
                old.close()
            threading.Thread(target=self._read, args=(client,), daemon=True).start()

    def _read(self, client):
        with contextlib.suppress(OSError):
            while data := client.recv(4096):
                os.write(self._to_firmware, data)

    def say(self, data: bytes) -> None:
        """What the firmware wrote."""
        client = self._client
        if client:
            with contextlib.suppress(OSError):
                client.sendall(data)

    def close(self) -> None:
        """Close it."""
        self._listener.close()
        if self._client:
            self._client.close()
        os.close(self.fd)
        os.close(self._to_firmware)
