"""An MQTT broker and an HTTP server that know only what the firmware needs of them.

Each can be away (`gone`: nobody listens), or `mute`: it takes what comes and says nothing.
"""

import json
import socket
import struct
from typing import TYPE_CHECKING

from .world import Connection, Server

if TYPE_CHECKING:
    from .tally import Tally
    from .world import World

_CONNECT, _PUBLISH, _SUBSCRIBE, _PINGREQ = 1, 3, 8, 12
_QOS = 0x06
_BIRTH = b"\0\x14homeassistant/status" + b"online"


class Peer:
    """What both share. `wrong`: what the device sent that no such server understands; `newest`:
    its newest connection."""

    def __init__(self, world: "World", tally: "Tally") -> None:
        self.world = world
        self.mute = False
        self.wrong = 0
        self.connections = 0
        self.newest: Connection | None = None
        self._tally = tally
        self._server = Server(world, self._connect)
        self.port = self._server.port

    def _connect(self, sock):
        self.connections += 1
        self.newest = self.make(sock)
        return self.newest

    def make(self, sock: socket.socket) -> Connection:
        """Who serves a connection."""
        raise NotImplementedError

    def go(self) -> None:
        """It goes away."""
        self._server.close()

    def come(self) -> None:
        """It is there again, and answers. What it did not answer, it has forgotten."""
        self._server.close()
        self.mute = False
        self._server.open()

    def hush(self) -> None:
        """From now on it says nothing."""
        self.mute = True

    def take(self, payload: bytes) -> None:
        """A Reading has come."""
        try:
            reading = json.loads(payload)
            self._tally.take(self.world.now, reading["boot"], reading["seq"])
        except (ValueError, KeyError):
            self.wrong += 1


class Broker(Peer):
    """MQTT 3.1.1, for one device."""

    def make(self, sock: socket.socket) -> Connection:
        """As Peer.make."""
        return _Session(self, sock)

    def birth(self) -> None:
        """Home Assistant has started anew, and says so."""
        if not self.mute and self.newest and self.newest.is_open:
            self.newest.send(struct.pack("!BB", 0x30, len(_BIRTH)) + _BIRTH)


class _Session(Connection):
    def __init__(self, broker: "Broker", sock: socket.socket) -> None:
        super().__init__(broker.world, sock)
        self._broker = broker
        self._buffer = b""

    def take(self, data):
        if self._broker.mute:
            return
        self._buffer += data
        while packet := self._cut():
            self._answer(*packet)

    def _cut(self):
        """(first byte, body) of the next packet, or None."""
        begin = 1 + next((place for place, byte in enumerate(self._buffer[1:5], 1)
                          if byte < 128), len(self._buffer))  # behind the length
        length = sum((byte & 127) << 7 * place for place, byte in enumerate(self._buffer[1:begin]))
        end = begin + length
        if len(self._buffer) < end:
            return None
        packet = self._buffer[0], self._buffer[begin:end]
        self._buffer = self._buffer[end:]
        return packet

    def _answer(self, first, body):
        kind = first >> 4
        if kind == _PUBLISH:
            end = 2 + int.from_bytes(body[:2])
            topic, payload = body[2:end], body[end:]
            if first & _QOS:
                self.send(b"\x40\x02" + payload[:2])
                payload = payload[2:]
            if topic.endswith((b"/reading", b"/backlog")):
                self._broker.take(payload)
        elif kind == _CONNECT:
            self.send(b"\x20\x02\0\0")
        elif kind == _SUBSCRIBE:
            self.send(b"\x90\x03" + body[:2] + b"\0")
        elif kind == _PINGREQ:
            self.send(b"\xd0\0")
        else:
            self._broker.wrong += 1


class Receiver(Peer):
    """Takes a POST of a Reading; each so many-th it answers by closing, as servers may."""

    CLOSES = 50

    def make(self, sock: socket.socket) -> Connection:
        """As Peer.make."""
        return _Posts(self, sock)


class _Posts(Connection):
    def __init__(self, receiver: "Receiver", sock: socket.socket) -> None:
        super().__init__(receiver.world, sock)
        self._receiver = receiver
        self._buffer = b""
        self._left = receiver.CLOSES

    def take(self, data):
        if self._receiver.mute:
            return
        self._buffer += data
        head, blank, rest = self._buffer.partition(b"\r\n\r\n")
        if not blank:
            return
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        self._receiver.take(rest[:length])
        self._left -= 1
        if self._left:
            self.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        else:
            self.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
            self.close()
