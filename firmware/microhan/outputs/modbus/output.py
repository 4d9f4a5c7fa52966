"""Modbus TCP (Modbus Messaging on TCP/IP, V1.0b): who connects asks, and each has a task."""

import asyncio
import time
from typing import TYPE_CHECKING

from micropython import const

from ...net.pause import BEAT_MS
from ...net.sockets import HEARD, no_delay
from ...net.wait import readable
from ..port import Port
from .registers import Registers

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any

    from ..port import Places

_STALLED_MS = const(10_000)  # for the rest of a request, and to take an answer
_IDLE_MS = const(120_000)  # between an answer and the next request: clients come again
_LOOK_MS = const(1_000)  # between looks at who is late
_PACE_MS = const(5)  # after each answer, so that a flood leaves time for others
_HEADER = const(7)  # bytes; the last one, the unit's number, counts as of the rest, too
_LONGEST = const(260)


class Client:
    """A non-blocking socket, the task that serves it, and a `deadline` (ticks_ms)."""

    def __init__(self, sock: "socket.socket"):
        sock.setblocking(False)
        no_delay(sock)
        self.sock: "Any" = sock
        self.task: "Any" = None
        self.expire_in(_IDLE_MS)

    def expire_in(self, ms: int) -> None:
        """Set the deadline."""
        self.deadline = time.ticks_add(time.ticks_ms(), ms)

    def close(self) -> None:
        """Close its socket. Never raises."""
        try:
            self.sock.close()
        except OSError:
            pass


class ModbusOutput(Port):
    """Serves the clients of Modbus. hub: hub.Hub; serial: of the device; the others as of Port."""

    def __init__(self, config: dict, serial: int, hub: "Any", has_room: "Callable[[int], bool]",
                 places: "Places", log: "Callable[[str], None]", beat: "Callable[[], None]"):
        super().__init__("modbus", config, has_room, places, log, beat)
        self._registers = Registers(hub, serial)

    def _add(self, sock, is_ws):
        client = Client(sock)
        client.task = asyncio.create_task(self._talk(client))
        return client

    def _serve(self):
        """Drop who is late. Returns how long to wait for the next look, ms."""
        now = time.ticks_ms()
        for client in list(self._clients):
            if time.ticks_diff(now, client.deadline) >= 0:
                self._dismissed += 1
                self._drop(client)
        return _LOOK_MS if self._clients else BEAT_MS

    def _drop(self, client):
        client.task.cancel()
        self._leave(client)  # a task that has not begun yet does not come to this itself

    async def _talk(self, client):
        """The task of one client."""
        data = b""
        try:
            while True:
                await readable(client.sock)
                piece = client.sock.recv(_LONGEST)
                if not piece:
                    break
                HEARD[0] = 1
                client.expire_in(_STALLED_MS)
                data = await self._answer(client, data + piece)
                if data is None:
                    self._dismissed += 1
                    break
                if not data:
                    client.expire_in(_IDLE_MS)
        except (OSError, MemoryError):
            pass  # it has left; or no answer can be made
        finally:
            if client in self._clients:
                self._leave(client)

    async def _answer(self, client, data):
        """Answer the requests in what came. Returns the beginning of the next one; None if it is
        not Modbus."""
        while len(data) > _HEADER:
            size = (data[4] << 8 | data[5]) + _HEADER - 1
            if data[2] or data[3] or not _HEADER < size <= _LONGEST:
                return None
            if len(data) < size:
                break
            told = self._registers.answer(data[_HEADER:size])
            # The number of the request and of the protocol come back, and that of the unit,
            # whichever it is.
            answer = data[:4] + bytes((0, len(told) + 1, data[6])) + told
            data = data[size:]
            while answer:
                count = client.sock.write(answer) if self._has_room(-1) else 0
                answer = answer[count or 0 :]
                await asyncio.sleep_ms(_PACE_MS)
            self._sent += 1
            client.expire_in(_STALLED_MS)
        return data
