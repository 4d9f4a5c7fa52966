"""Looks every three minutes whether Wi-Fi, or the memory that it lives in, fails by our own fault.

The rules are in docs/architecture.md, under "Self-healing". Loaded for a moment only: what must be
kept from one look to the next are attributes of Wifi. gateway.py and healing.py, which are seldom
needed, are files of their own.
"""

import asyncio
from typing import TYPE_CHECKING

from micropython import const

from ..board.room import PACKET
from .gateway import ANSWERS
from .sockets import HEARD

if TYPE_CHECKING:
    from .wifi import Wifi

LOST = const(5)  # questions in a row, 15 minutes: a router starts again in fewer
LOOKS = const(3)  # in a row, for the other faults
_LEAST_FREE = const(4096)  # bytes of the system's memory
_SAMPLES = const(10)
_SAMPLE_MS = const(1000)


async def look(wifi: "Wifi") -> None:
    """Count what speaks for a fault, and have healing.py take the next step if it is proven."""
    wifi.looks += 1
    if wifi.wlan.isconnected():
        if HEARD[0] and wifi.gateway < 0:
            wifi.gateway = ANSWERS
        if not HEARD[0] or wifi.gateway > 0:
            await _ask_gateway(wifi)
    HEARD[0] = 0
    wifi.short = wifi.short + 1 if await _is_memory_short(wifi.board) else 0
    if wifi.refused:
        wifi.refused += 1
    why = _fault_of(wifi)
    if why:
        from .healing import heal

        await heal(wifi, why, wifi.refused > LOOKS)


async def _ask_gateway(wifi):
    from .gateway import answers

    # A connection that is lost meanwhile ends the question, too.
    if await answers(wifi.wlan.ifconfig()[2]) and wifi.wlan.isconnected():
        wifi.gateway = ANSWERS
    elif wifi.gateway:
        wifi.gateway -= 1


async def _is_memory_short(board):
    """Whether the system has too little memory, in ten samples: not for a moment's load."""
    for _ in range(_SAMPLES):
        memory = board.memory()  # a PC tells nothing of the system's
        if (memory.get("system_free", _LEAST_FREE) >= _LEAST_FREE
                and memory.get("system_block", PACKET) >= PACKET):
            return False
        await asyncio.sleep_ms(_SAMPLE_MS)
    return True


def _fault_of(wifi):
    """What is proven to be our own fault, in words; or ""."""
    if wifi.refused > LOOKS:
        return "Wi-Fi could not be switched on"
    if wifi.short >= LOOKS:
        return "memory for Wi-Fi was short for minutes"
    if wifi.gateway <= ANSWERS - LOST:
        return "nothing was heard for 15 minutes, though connected"
    return ""
