"""The application in this process: all of it as app.py builds it, but for a meter. Readings are
handed to its hub, one house's after another's.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from microhan import app
from microhan.config.settings import Settings, offset_minutes
from twin import ports
from twin.twin_board import Board

from .corpus import Case

ID = "3c6105a1b2c3"
TOKEN = "0123456789abcdef0123456789abcdef"
_PATIENCE = 60  # s
_CALLING = "push", "webhook"  # they connect when there is a Reading


class _Radio:
    """As much of a WLAN as who asks for the network's name needs."""

    def isconnected(self):
        return True

    def config(self, key):
        return "hemma"


class _Board(Board):
    """The twin's, in a folder of its own, with a meter's line on which nothing comes."""

    _told = True  # this process' heap says nothing of the application's
    poll_ms = 1000
    waiting = 16

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self._id = bytes.fromhex(ID)
        self._low = 0
        self._dns: list = []
        self._radio = None
        self._cause = "power on"
        self.before_reset = []

    def uart(self, *_: object) -> "_Board":
        return self

    def is_pressed(self) -> bool:
        return False

    def readinto(self, buf: bytearray) -> None:
        return None

    def rssi(self, *_: object) -> Any:
        return -60

    def dump(self, data: bytes) -> None:
        pass

    def load(self) -> bytes:
        return b""


class Dongle:
    """A running application with the configuration `config`; a context. Its page is at `port`."""

    def __init__(self, root: Path, config: dict[str, dict]) -> None:
        self.port = ports.free_port()
        data = root / "data"
        data.mkdir(parents=True)
        (data / "config.json").write_text(json.dumps({
            **config, "http": {"port": self.port, "token": TOKEN, "password": TOKEN}}))
        settings, problem = Settings(str(data / "config.json")).load()
        assert not problem, problem
        settings["meter"]["utc_offset"] = offset_minutes(settings["meter"]["utc_offset"])
        board: Any = _Board(root)
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._device: Any = app.build(board, settings, [], [], "", "", False)[0]
        board.wlan = _Radio  # not before: nobody is to connect it
        self._hub = self._device._hub
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Dongle":
        self._thread.start()
        self.until(lambda: all(one["state"] == "ok" for name, one in self.outputs().items()
                               if name not in _CALLING))
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(_PATIENCE)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._main())
        self._loop.close()

    async def _main(self):
        main = asyncio.create_task(self._device.main())
        await self._over.wait()
        left = {main}
        while left:  # CPython 3.11 forgets a cancellation that comes together with a result
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=0.1)
            left = asyncio.all_tasks() - {asyncio.current_task()}

    def outputs(self) -> dict[str, dict]:
        """{name: status} of the ways out, as /status.json has them."""
        return {name: one.status() for name, one in self._device._outputs.items()}

    def until(self, holds: Callable[[], object]) -> None:
        """Wait until something is so; AssertionError if it never is."""
        end = time.monotonic() + _PATIENCE
        while not holds():
            assert time.monotonic() < end, self.outputs()
            time.sleep(0.005)

    def publish(self, case: Case) -> None:
        """A telegram has come, the first one of its meter."""
        done = threading.Event()

        def publish():
            self._hub.state._clear()  # as for a meter of another number
            self._hub.publish(case.reading, lambda: case.raw, case.is_text)
            done.set()

        self._loop.call_soon_threadsafe(publish)
        assert done.wait(_PATIENCE)
