"""A name server that knows every name, or fails."""

import asyncio
import random

from .loop import Loop
from .peer import ABSENT, LYING, SLOW, WELL

HERE, NOBODY = b"\x7f\0\0\1", b"\x7f\0\0\x09"  # 127.0.0.9: nothing listens there
_TTL = 1  # the device asks again after 30 s, its least


class NameServer(asyncio.DatagramProtocol):
    """Listens on `port` (UDP) of this PC."""

    def __init__(self, loop: Loop, seed: int) -> None:
        self.mode = WELL
        self._loop = loop
        self._random = random.Random(seed)
        self.asked = 0
        self.port = loop.call(self._listen())

    async def _listen(self):
        transport, _ = await self._loop.loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0))
        return transport.get_extra_info("sockname")[1]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple) -> None:
        """A question."""
        self.asked += 1
        if self.mode == ABSENT:
            return
        answer = self._lie(data) if self.mode == LYING else _answer(data, HERE)
        wait = self._random.uniform(0.5, 6) if self.mode == SLOW else 0.0
        self._loop.loop.call_later(wait, self._transport.sendto, answer, addr)  # type: ignore[attr-defined]

    def set(self, mode: str) -> None:
        """From now on, fail in this way, or be WELL."""
        self.mode = mode

    def _lie(self, question):
        """Another address, no such name, no address, another question's answer, garbage."""
        right = _answer(question, HERE)
        return self._random.choice((
            _answer(question, NOBODY), question[:2] + b"\x81\x83" + question[4:],
            question[:2] + b"\x81\x80" + question[4:], b"\xff\xff" + right[2:],
            right[:-self._random.randrange(1, 16)], self._random.randbytes(60)))


def _answer(question, address):
    return (question[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question[12:]
            + b"\xc0\x0c\0\1\0\1" + _TTL.to_bytes(4, "big") + b"\0\4" + address)
