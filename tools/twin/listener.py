"""A listener at the twin's broker, for tests and measurements."""

import socket
import time
from collections.abc import Callable


class Listener:
    """A small MQTT 3.1.1 subscriber to everything, QoS 0."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 5)
        self.file = self.socket.makefile("rb")
        self.socket.sendall(b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x00\x00\x02tw"
                            b"\x82\x06\x00\x01\x00\x01#\x00")

    def _packet(self):
        kind = self.file.read(1)[0]
        length = shift = 0
        while True:
            byte = self.file.read(1)[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return kind, self.file.read(length)

    def next(self) -> tuple[str, bytes]:
        """(topic, payload) of the next message."""
        while True:
            kind, body = self._packet()
            if kind >> 4 == 3:
                length = int.from_bytes(body[:2], "big")
                return body[2:2 + length].decode(), body[2 + length:]

    def until(self, wanted: Callable[[str], bool], patience: float = 20) -> dict[str, bytes]:
        """{topic: payload} of all that came until a topic that `wanted` likes."""
        end = time.monotonic() + patience
        seen = {}
        while time.monotonic() < end:
            topic, payload = self.next()
            seen[topic] = payload
            if wanted(topic):
                return seen
        raise AssertionError(f"only {list(seen)} came")

    def close(self) -> None:
        """Leave without a word."""
        self.file.close()
        self.socket.close()
