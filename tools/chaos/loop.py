"""The thread in which the peers live: one asyncio loop."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from typing import Any


class Loop:
    """Started at once; close() ends all that runs in it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def call(self, coroutine: Coroutine) -> Any:
        """Run it there; return what it returns."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    def close(self) -> None:
        """End every task, then the thread."""
        self.call(_end_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()


async def _end_all():
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def drop(writer: asyncio.StreamWriter, reset: bool = False) -> None:
    """Close a connection at once, with a reset if wished."""
    with contextlib.suppress(OSError):
        if reset:
            writer.transport.abort()
        else:
            writer.close()
