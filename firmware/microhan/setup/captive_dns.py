"""The name server of the access point: every name is ours, so that a phone finds the portal."""

import asyncio
import socket
from typing import TYPE_CHECKING

from micropython import const

from ..net.sockets import sockaddr

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST = const(512)  # bytes of a question: RFC 1035, 4.2.1
_TTL_S = const(5)  # the phone must not believe it for long: at home the names are others'
_POLL_MS = const(50)
_AT_ONCE = const(8)  # questions answered before others have their turn
_HEAD = const(12)


def answer(question: bytes, ip: bytes) -> bytes:
    """The answer to a question (RFC 1035): `ip`, 4 bytes, for an IPv4 address, nothing for any
    other type; b"" to what is no question."""
    if len(question) <= _HEAD + 4 or question[2] & 0xF8 or question[4:6] != b"\0\1":
        return b""  # an answer, no plain query, or not one name
    at = _HEAD
    while at < len(question) and question[at]:
        if question[at] > 63:
            return b""  # a pointer: a question has none
        at += 1 + question[at]
    end = at + 5
    if end > len(question):
        return b""
    asks_address = question[at + 1:end] == b"\0\1\0\1"
    head = question[:2] + b"\x84\0\0\1" + (b"\0\1" if asks_address else b"\0\0") + b"\0\0\0\0"
    out = head + question[_HEAD:end]
    if asks_address:
        # a pointer to the name in the question, type A, class IN
        out += b"\xc0\x0c\0\1\0\1\0\0\0" + bytes((_TTL_S,)) + b"\0\4" + ip
    return out


class CaptiveDns:
    """Answers on UDP `port` of the access point's address `ip` (text), for ever."""

    def __init__(self, ip: str, port: int, beat: "Callable[[], None]"):
        self._ip = ip
        self._port = port
        self._beat = beat

    async def run(self) -> None:
        """Answer. Raises OSError when the port cannot be opened."""
        ip = bytes([int(part) for part in self._ip.split(".")])
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(sockaddr("0.0.0.0", self._port))
            sock.setblocking(False)
            while True:
                self._beat()
                for _ in range(_AT_ONCE):
                    if not _serve(sock, ip):
                        break
                await asyncio.sleep_ms(_POLL_MS)
        finally:
            sock.close()


def _serve(sock, ip):
    """Answer one question; False if there is none."""
    try:
        question, peer = sock.recvfrom(_MOST)
        reply = answer(question, ip)
        if reply:
            sock.sendto(reply, peer)
    except OSError:
        return False  # nothing there, or no room: the phone asks again
    return True
