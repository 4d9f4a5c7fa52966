"""Long sleeps of tasks that the supervisor watches."""

import asyncio
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable

# The supervisor takes a task without a sign of life for 60 s as hung. What waits for a network
# has deadlines of 8 s, and pauses are cut into pieces of this length.
BEAT_MS = const(5000)


async def pause(ms: int, beat: "Callable[[], None]") -> None:
    """Sleep `ms` milliseconds, with a `beat()` before each piece of them."""
    while ms > 0:
        beat()
        await asyncio.sleep_ms(min(ms, BEAT_MS))
        ms -= BEAT_MS
