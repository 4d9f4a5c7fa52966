"""A body that memory cannot hold: it goes to flash as it comes."""

import asyncio
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .actions import Request

_STEP_MS = const(20_000)  # until the client's next bytes, with what is written meanwhile
_RESTART_MS = const(1_000)  # for the answer to get out
_NO_ROOM = const(28)  # ENOSPC


async def receive(request: "Request", take: "Callable[[bytes], Iterable]", problem: "Any",
                  told: "Callable") -> "Any":
    """Hand the body to `take` unless there is a problem already. Returns that, or what attempt()
    gave. All is read in any case: a browser that is still sending would not see an answer."""
    head = request.head
    connection = request.connection
    data = head.rest
    while head.length > 0:
        connection.expire_in(_STEP_MS)
        data = (data or await connection.receive())[:head.length]
        head.length -= len(data)
        problem = problem or await attempt(request, take(data), told)
        data = b""
    return problem


async def attempt(request: "Request", steps: "Iterable", told: "Callable") -> "Any":
    """Do work that stops before each write to flash: that waits while a telegram is coming in.
    Returns the problem that it ends with, or "". told: (its ValueError or KeyError) -> problem."""
    state = request.sources.hub.state
    try:
        for _ in steps:
            request.connection.expire_in(_STEP_MS)
            await between_telegrams(state)
    except (ValueError, KeyError) as error:
        return told(error)
    except OSError as error:
        if error.args[0] != _NO_ROOM:
            raise
        return "507"
    return ""


async def between_telegrams(state: "Any") -> None:
    """Wait while a telegram is coming in. state: hub.state.State."""
    await asyncio.sleep_ms(0)
    interval = state.interval() or 0
    for _ in range(30):
        if interval < 4 or abs(state.age() - interval) > 1:
            break
        await asyncio.sleep_ms(100)


def restart_soon(restart: "Callable[[], None]") -> None:
    """Restart the device when the answer has got out."""
    asyncio.create_task(_restart(restart))


async def _restart(restart):
    await asyncio.sleep_ms(_RESTART_MS)
    restart()
