"""Two ways to wait that asyncio has too, but in 2 kB: Event, wait_for and streams.

Built on what those are built on (extmod/asyncio/core.py); tools/vm/cpython/shim.py has the same
for CPython.
"""

from asyncio import core  # type: ignore[attr-defined]


class Bell:
    """Wakes the one task that waits for it. `ring` may be called from any task."""

    def __init__(self):
        self._rung = False
        self._task = None  # that waits

    def ring(self):
        """End the wait, or the next one."""
        self._rung = True
        task = self._task
        if task:
            self._task = None
            core._task_queue.remove(task)
            core._task_queue.push(task)

    async def wait(self, ms):
        """Wait until it has rung since the last wait, `ms` at most. Returns whether it has."""
        if not self._rung:
            self._task = core.cur_task
            try:
                await core.sleep_ms(ms)
            finally:
                self._task = None
        rung = self._rung
        self._rung = False
        return rung


def readable(sock):
    """Wait until `sock` has something to read, or somebody to accept."""
    yield core._io_queue.queue_read(sock)
