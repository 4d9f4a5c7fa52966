"""Runs every task. One that dies is logged and started again; while one hangs, the watchdog is not
fed. asyncio itself prints the exception and goes on without the task (micropython #15941).
"""

import asyncio
import sys
import time
from array import array
from typing import TYPE_CHECKING

from micropython import const

from .. import BUILD

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_FIRST_MS = const(1000)
_LONGEST_MS = const(60000)
_STEADY_MS = const(300000)  # after this long a task counts as well: its waits begin anew
_HUNG_MS = const(60000)  # the longest that a healthy task may go without a heartbeat
_CHECK_MS = const(2000)
_STEP_MS = const(50)  # of the wait in between: how late it ends is how busy the loop is
_CHECKS_A_MINUTE = const(30)


class _Task:
    def __init__(self, name: str):
        self.name = name
        self.run: "Any" = None
        self.last_beat = time.ticks_ms()
        self.waiting = False  # for its next start
        self.deaths = 0

    def beat(self):
        self.last_beat = time.ticks_ms()

    def is_hung(self):
        return not self.waiting and time.ticks_diff(
            time.ticks_ms(), self.last_beat) > _HUNG_MS


class Supervisor:
    """`add` tasks, then `await run()`. It calls `watchdog.feed()` while all of them are well."""

    def __init__(self, watchdog: "Any", log: "Callable[[str], None]"):
        self._watchdog = watchdog
        self._log = log
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
        return {task.name: task.deaths for task in self._tasks if task.deaths}

    def latency_ms(self) -> int:
        """The longest that a task had to wait for its turn in the last minute, because another one
        was at work."""
        return max(self._latest_ms)

    async def _keep_running(self, task):
        wait = _FIRST_MS
        while True:
            started = time.ticks_ms()
            task.beat()
            try:
                if await task.run():
                    self._tasks.remove(task)
                    return
                self._log(task.name + ": ended")
            except Exception as error:
                try:
                    self._tell(task, error)
                except MemoryError:
                    pass  # or the task would not be started again
            task.deaths += 1
            if time.ticks_diff(time.ticks_ms(), started) > _STEADY_MS:
                wait = _FIRST_MS
            task.waiting = True
            await asyncio.sleep_ms(wait)
            task.waiting = False
            wait = min(2 * wait, _LONGEST_MS)

    def _tell(self, task, error):
        self._log("%s: %s: %s" % (task.name, type(error).__name__, error))
        if not isinstance(error, OSError):
            print("microhan build " + BUILD)  # says what the traceback's names mean
            sys.print_exception(error)

    async def run(self) -> None:
        """Start all tasks and watch over them for ever."""
        for task in self._tasks:
            asyncio.create_task(self._keep_running(task))
        check = 0
        while True:
            hung = [task.name for task in self._tasks if task.is_hung()]
            if not hung:
                self._watchdog.feed()
                self._hang_is_logged = False
            elif not self._hang_is_logged:
                try:
                    self._log("hung: " + ", ".join(hung))
                    self._hang_is_logged = True
                except MemoryError:
                    pass  # at the next check: this loop must not end
            latest = 0
            for _ in range(_CHECK_MS // _STEP_MS):
                due = time.ticks_add(time.ticks_ms(), _STEP_MS)
                await asyncio.sleep_ms(_STEP_MS)
                latest = max(latest, time.ticks_diff(time.ticks_ms(), due))
            self._latest_ms[check] = min(latest, 65535)
            check = (check + 1) % _CHECKS_A_MINUTE
