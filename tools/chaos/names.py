"""A name server that knows every name, and a time server, or ones that fail."""

import asyncio
import random
import time

from .loop import Loop
from .peer import ABSENT, LYING, SLOW, WELL

HERE, NOBODY = b"\x7f\0\0\1", b"\x7f\0\0\x09"  # 127.0.0.9: nothing listens there
_TTL = 1  # the device asks again after 30 s, its least
_LONG = 86_400  # what a liar says


class NameServer(asyncio.DatagramProtocol):
    """Listens on `port` (UDP) of this PC; 0: any."""

    def __init__(self, loop: Loop, seed: int, port: int = 0) -> None:
        self.mode = WELL
        self.away = False  # the network is
        self._loop = loop
        self._random = random.Random(seed)
        self.port = loop.call(self._listen(port))

    async def _listen(self, port):
        transport, _ = await self._loop.loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", port))
        return transport.get_extra_info("sockname")[1]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple) -> None:
        """A question."""
        if self.mode == ABSENT or self.away:
            return
        answer = self.lie(data) if self.mode == LYING else self.answer(data)
        wait = self._random.uniform(0.5, 6) if self.mode == SLOW else 0.0
        self._loop.loop.call_later(wait, self._transport.sendto, answer, addr)  # type: ignore[attr-defined]

    def set(self, mode: str) -> None:
        """From now on, fail in this way, or be WELL."""
        self.mode = mode

    def answer(self, question: bytes) -> bytes:
        """The right one."""
        return _answer(question, HERE)

    def lie(self, question: bytes) -> bytes:
        """Another address, no such name, no address, another question's answer, garbage."""
        right = _answer(question, HERE)
        return self._random.choice((
            _answer(question, NOBODY), question[:2] + b"\x81\x83" + question[4:],
            question[:2] + b"\x81\x80" + question[4:], b"\xff\xff" + right[2:],
            right[:-self._random.randrange(1, 16)], self._random.randbytes(60)))


def _answer(question, address):
    ttl = _TTL if address == HERE else _LONG
    return (question[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question[12:]
            + b"\xc0\x0c\0\1\0\1" + ttl.to_bytes(4, "big") + b"\0\4" + address)


class TimeServer(NameServer):
    """Its port is 123: OSError where only root may listen there."""

    PORT = 123
    _SINCE_1900 = 2_208_988_800

    def __init__(self, loop: Loop, seed: int) -> None:
        super().__init__(loop, seed, self.PORT)

    def answer(self, question: bytes) -> bytes:
        """The time."""
        now = int(time.time()) + self._SINCE_1900
        return b"\x1c\x02\0\0" + bytes(36) + (now & 0xFFFFFFFF).to_bytes(4, "big") + bytes(4)

    def lie(self, question: bytes) -> bytes:
        """Not synchronised, a question, too short, garbage."""
        right = self.answer(question)
        return self._random.choice((b"\x1c\x10" + right[2:], b"\x1b" + right[1:], right[:40], b"",
                                    b"\0" + self._random.randbytes(47)))
