"""Owns every task: one that dies is logged and started again; one that hangs lets the watchdog
bite. asyncio itself would print the exception and go on without the task (micropython #15941).
"""

import asyncio
import sys
import time

from micropython import const

from .. import BUILD

_FIRST_MS = const(1000)
_LONGEST_MS = const(60000)
_STEADY_MS = const(300000)  # a task that ran so long starts again without a long wait
_HUNG_MS = const(60000)  # the longest that a healthy task may go without a heartbeat
_CHECK_MS = const(2000)


class _Task:
    def __init__(self, name, run):
        self.name = name
        self.run = run
        self.beaten = time.ticks_ms()
        self.waiting = False
        self.deaths = 0

    def beat(self):
        self.beaten = time.ticks_ms()

    def hung(self):
        return not self.waiting and time.ticks_diff(time.ticks_ms(), self.beaten) > _HUNG_MS


class Supervisor:
    """`add` tasks, then `await run()`. `watchdog.feed()` is called while all of them are well."""

    def __init__(self, watchdog, log):
        self._watchdog = watchdog
        self._log = log
        self._tasks = []
        self._told = False

    def add(self, name, make):
        """`make(beat)` gives an object whose coroutine function `run()` never returns; `beat()`
        is to be called at least every 60 s. Returns the object."""
        task = _Task(name, None)
        made = make(task.beat)
        task.run = made.run
        self._tasks.append(task)
        return made

    def status(self):
        """{name: deaths} of the tasks that died at least once."""
        return {t.name: t.deaths for t in self._tasks if t.deaths}

    async def _own(self, task):
        wait = _FIRST_MS
        while True:
            started = time.ticks_ms()
            task.beat()
            try:
                await task.run()
                self._log(task.name + ": ended")
            except Exception as error:
                self._log("%s: %s: %s" % (task.name, type(error).__name__, error))
                if not isinstance(error, OSError):
                    print("microhan build " + BUILD)  # whose names the traceback shows
                    sys.print_exception(error)
            task.deaths += 1
            if time.ticks_diff(time.ticks_ms(), started) > _STEADY_MS:
                wait = _FIRST_MS
            task.waiting = True
            await asyncio.sleep_ms(wait)
            task.waiting = False
            wait = min(2 * wait, _LONGEST_MS)

    async def run(self):
        """Start all tasks and watch over them for ever."""
        for task in self._tasks:
            asyncio.create_task(self._own(task))
        while True:
            hung = [t.name for t in self._tasks if t.hung()]
            if not hung:
                self._watchdog.feed()
                self._told = False
            elif not self._told:
                self._told = True
                self._log("hung: " + ", ".join(hung))
            await asyncio.sleep_ms(_CHECK_MS)
