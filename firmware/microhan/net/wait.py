"""Two ways to wait that asyncio has too, but in 2 kB: Event, wait_for and streams.

They rest on what those rest on (extmod/asyncio/core.py): its queue of tasks and its queue of
sockets, which no document promises. Both are the same in 1.25 (the tests run this file on the
i386 unix port), in 1.26.1 (run on an emulated ESP32) and in the source of 1.29. The webassembly
port's asyncio has no queue of sockets: CI's 1.29 reads telegrams only. CPython has neither:
tools/vm/cpython/shim.py stands in there.
"""

from asyncio import core  # type: ignore[attr-defined]
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

if not (hasattr(core, "_task_queue") and hasattr(core, "_io_queue")):
    raise ImportError("net/wait.py does not know this asyncio")


class Event:
    """Wakes the one task that waits for it. `set` may be called from any task."""

    def __init__(self) -> None:
        self._is_set = False
        self._task = None  # that waits

    def set(self) -> None:
        """End the wait, or the next one."""
        self._is_set = True
        task = self._task
        if task:
            self._task = None
            core._task_queue.remove(task)
            core._task_queue.push(task)

    async def wait(self, ms: int) -> bool:
        """Wait until it is set, `ms` at most, and clear it. Returns whether it was set."""
        if not self._is_set:
            self._task = core.cur_task
            try:
                await core.sleep_ms(ms)
            finally:
                self._task = None
        was_set = self._is_set
        self._is_set = False
        return was_set


def readable(sock: "Any") -> "Any":
    """Wait until `sock` has something to read, or somebody to accept."""
    yield core._io_queue.queue_read(sock)
