"""Improv on the console: answers a flasher's page, or tools/provision.py, at the other end of the
cable. Whoever has the cable has the device in hand, so no password is asked for."""

import asyncio
import time
from typing import TYPE_CHECKING

from micropython import const

from .. import VERSION
from .improv import (
    ASK_STATE,
    BAD_PACKET,
    CANNOT_CONNECT,
    DAMAGED,
    ERROR,
    INFO,
    INTERRUPT,
    PROVISIONED,
    PROVISIONING,
    READY,
    RPC,
    SCAN,
    STATE,
    UNKNOWN_COMMAND,
    WIFI,
    Packets,
    command_of,
    packet,
    result,
    two_texts,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_STEP_MS = const(20)  # MicroPython keeps 260 bytes that nobody has read: 22 ms at 115200 bit/s
_SILENT_MS = const(1_000)  # a packet that stops for as long is never completed


class Cable:
    """console() -> what has read(), write(bytes) and close() (board/console.py).

    network: InSetUp or InApplication (networks.py).
    chip, name: what the PC is told of us. for_ms: how long to listen; 0: for ever.
    """

    def __init__(self, console: "Callable[[], Any]", network: "Any", chip: str, name: str,
                 for_ms: int, beat: "Callable[[], None]"):
        self._open = console
        self._network = network
        self._chip = chip
        self._name = name
        self._for_ms = for_ms
        self._beat = beat

    async def run(self) -> bool:
        """Listen, for ever or as long as was said; then returns True. Raises KeyboardInterrupt."""
        console = self._open()
        try:
            if self._network.is_awaited():
                self._tell(console.write, await self._network.joined())
            await self._listen(console)
        finally:
            console.close()
        return True

    async def _listen(self, console):
        packets = Packets()
        began = heard = time.ticks_ms()
        while not self._for_ms or time.ticks_diff(time.ticks_ms(), began) < self._for_ms:
            self._beat()
            data = console.read()
            if data:
                heard = time.ticks_ms()
            elif time.ticks_diff(time.ticks_ms(), heard) > _SILENT_MS:
                packets.reset()
            for byte in data:
                got = packets.feed(byte)
                if got:
                    await self._take(console.write, *got)
                    began = time.ticks_ms()  # somebody is there: they get as long again
            await asyncio.sleep_ms(_STEP_MS)

    async def _take(self, write, kind, data):
        """Answer a packet."""
        if kind == INTERRUPT:
            raise KeyboardInterrupt  # mpremote, or a person at a terminal, wants the prompt
        if kind == RPC:
            given = command_of(data)
            if given:
                await self._do(write, *given)
                return
        if kind in (RPC, DAMAGED):
            write(_error(BAD_PACKET))

    async def _do(self, write, command, data):
        network = self._network
        if command == WIFI:
            await self._join(write, two_texts(data))
        elif command == ASK_STATE:
            write(_state(network.state()))
            if network.state() == PROVISIONED:
                write(result(command, [network.url()]))
        elif command == INFO:
            write(result(command, ["microhan", VERSION, self._chip, self._name]))
        elif command == SCAN:
            for name, rssi, security in network.scan():
                write(result(command, [name, "%d" % rssi, "YES" if security else "NO"]))
            write(result(command, []))
        else:
            write(_error(UNKNOWN_COMMAND))

    async def _join(self, write, given):
        if not given or not given[0]:
            write(_error(BAD_PACKET))
            return
        write(_error(0))
        write(_state(PROVISIONING))
        self._tell(write, await self._network.join_network(*given))

    def _tell(self, write, joined):
        """What became of a try to join."""
        if joined:
            write(_state(PROVISIONED))
            write(result(WIFI, [self._network.url()]))
        else:
            write(_state(READY))
            write(_error(CANNOT_CONNECT))


def _state(state):
    return packet(STATE, bytes((state,)))


def _error(error):
    return packet(ERROR, bytes((error,)))
