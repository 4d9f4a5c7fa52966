"""Runs every task, and feeds the watchdog while all of them are alive (docs/architecture.md,
"Proof of life"). One that dies or hangs is started again. asyncio itself prints the exception and
goes on without the task (micropython #15941).
"""

import asyncio
import time
from array import array
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .crashes import Crashes

_FIRST_MS = const(1000)
_LONGEST_MS = const(60000)
_STEADY = const(150)  # checks, five minutes: a task that ran for so long counts as well again
_FAILING = const(300)  # checks, ten minutes: a task that was not well for so long is failing
_HUNG_MS = const(60000)  # the longest that a healthy task may go without a heartbeat
_CHECK_MS = const(2000)
_STEP_MS = const(50)  # of the wait in between: how late it ends is how busy the loop is
_CHECKS_A_MINUTE = const(30)


class _Task:
    def __init__(self, name: str):
        self.name = name
        self.run: "Any" = None
        self.at = time.ticks_ms()  # when it beat last
        self.waiting = False  # for its next start
        self.count = 0  # of its deaths
        self.since = 0  # number of the check at its first death since it was well
        self.cancel: "Any" = None  # asyncio's; None once it was called, because the task hung

    def beat(self):
        self.at = time.ticks_ms()


class Supervisor:
    """`add` tasks, then `await run()`. It calls `watchdog.feed()` while all of them are well."""

    def __init__(self, watchdog: "Any", log: "Callable[[str], None]",
                 crashes: "Crashes | None" = None):
        self._watchdog = watchdog
        self._log = log
        self._crashes = crashes
        self._checks = 1  # so far: a clock that does not wrap
        self._tasks: list[_Task] = []
        self._hang_is_logged = False
        self._latest_ms = array("H", bytes(2 * _CHECKS_A_MINUTE))  # of each wait, a ring

    def add(self, name: str, make: "Callable[[Callable[[], None]], Any]") -> "Any":
        """Make an object that runs for ever. Returns it.

        `make(beat)` gives the object. Its coroutine function `run()` must call `beat()` at least
        every 60 s. It must not return, but for True: then its work is done for good.
        """
        task = _Task(name)
        made = make(task.beat)
        task.run = made.run
        self._tasks.append(task)
        return made

    def status(self) -> dict[str, int]:
        """{name: how often it died} of the tasks that did."""
        return {task.name: task.count for task in self._tasks if task.count}

    def latency_ms(self) -> int:
        """The longest that a task had to wait for its turn in the last minute, because another one
        was at work."""
        return max(self._latest_ms)

    async def _keep_running(self, task):
        wait = _FIRST_MS
        while True:
            started = self._checks
            task.cancel = asyncio.current_task().cancel
            task.beat()
            is_fault = True
            try:
                if await task.run():
                    self._tasks.remove(task)
                    return
                self._log(task.name + ": ended")
            except Exception as error:
                # No fault of ours: a network that is away must not restart the chip.
                is_fault = not isinstance(error, OSError)
                try:
                    self._log("%s: %s: %s" % (task.name, type(error).__name__, error))
                    if is_fault and self._crashes:
                        self._crashes.note(task.name, error)
                except MemoryError:
                    pass  # or the task would not be started again
            except asyncio.CancelledError:
                if task.cancel:
                    raise  # somebody else ends all of us
            task.count += 1
            if self._checks - started > _STEADY:
                wait = _FIRST_MS
                task.since = 0
            if is_fault:
                task.since = task.since or self._checks
            try:
                if not task.cancel:
                    self._log(task.name + ": stopped, and is started again")
                if is_fault and self._crashes and self._checks - task.since > _FAILING:
                    self._crashes.restart(task.name)
            except MemoryError:
                pass
            task.waiting = True
            await asyncio.sleep_ms(wait)
            task.waiting = False
            wait = min(2 * wait, _LONGEST_MS)

    async def run(self) -> None:
        """Start all tasks and watch over them for ever."""
        for task in self._tasks:
            asyncio.create_task(self._keep_running(task))
        check = 0
        while True:
            now = time.ticks_ms()
            hung = [task for task in self._tasks if not task.waiting
                    and time.ticks_diff(now, task.at) > _HUNG_MS]
            try:
                if hung and not self._hang_is_logged:
                    self._log("hung: " + ", ".join([task.name for task in hung]))
                    self._hang_is_logged = True
                for task in hung:
                    # What cannot be stopped is the watchdog's.
                    cancel, task.cancel = task.cancel, None
                    if cancel:
                        cancel()
            except MemoryError:
                pass  # at the next check: this loop must not end
            if self._crashes:
                self._crashes.save()
            if not hung:
                self._watchdog.feed()
                self._hang_is_logged = False
            latest = 0
            for _ in range(_CHECK_MS // _STEP_MS):
                due = time.ticks_add(time.ticks_ms(), _STEP_MS)
                await asyncio.sleep_ms(_STEP_MS)
                latest = max(latest, time.ticks_diff(time.ticks_ms(), due))
            self._latest_ms[check] = min(latest, 65535)
            check = (check + 1) % _CHECKS_A_MINUTE
            self._checks += 1
