"""Several twins side by side at one broker, each playing its scene; what they publish is kept.

A scene is a generator: it yields whenever it has to wait, and is taken up again some 20 times a
second until it ends (or fails). So a dozen scenes take no longer than the longest of them.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from . import broker, ports
from .listener import Listener
from .twin import Options, Twin

_NICE = 5  # the twins make way for whatever else runs here, and measures time


class Member:
    """One twin of the Fleet: `readings`, [(time.monotonic(), Reading as a dict)], and `states`,
    [(time, code)], as they came from the broker."""

    def __init__(self, name: str, twin: Twin) -> None:
        self.name = name
        self.twin = twin
        self.readings: list = []
        self.states: list = []
        self.error = None
        self.found = None  # s from the first byte to the first Reading
        self.starved = 0  # how often the firmware's log says that memory was out

    @property
    def state(self) -> str:
        """The newest diagnosis code, "" before the first."""
        return self.states[-1][1] if self.states else ""

    def heard(self, topic: str, text: str) -> None:
        """A message to this twin's topics."""
        if topic == "reading":
            self.readings.append((time.monotonic(), json.loads(text, parse_float=Decimal)))
        elif topic == "meter":
            self.states.append((time.monotonic(), json.loads(text)["state"]))

    def until(self, holds: Callable[[], object], patience: float, what: str) -> Iterator[None]:
        """Wait in a scene until holds() is true."""
        end = time.monotonic() + patience
        while not holds():
            assert time.monotonic() < end, f"{what}: not within {patience} s; {self.states}"
            yield

    def next_readings(self, count: int, patience: float) -> Iterator[None]:
        """Wait in a scene for so many more Readings."""
        wanted = len(self.readings) + count
        yield from self.until(lambda: len(self.readings) >= wanted, patience, f"{count} Readings")


class Fleet:
    """Twins at one broker. `folder` is theirs; use it as a context."""

    def __init__(self, folder: Path, vm: str = "i386") -> None:
        self._folder = folder
        self._vm = vm
        self.members: dict = {}
        self._scenes: dict = {}
        self.broker = broker.start(folder / "broker", ports.free_port())
        self._listener = Listener(self.broker.port)
        self._listener.socket.settimeout(None)
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> "Fleet":
        return self

    def __exit__(self, *_: object) -> None:
        for member in self.members.values():
            member.twin.stop()
        self.broker.stop()
        self._listener.close()

    def _listen(self):
        try:
            while True:
                topic, payload = self._listener.next()
                parts = topic.split("/")
                if parts[0] == "microhan" and parts[1] in self.members and payload:
                    self.members[parts[1]].heard(parts[2], payload)
        except (OSError, ValueError, IndexError):
            pass  # it is over

    def add(self, name: str, scene: Callable[[Member], Iterator[None]],
            config: dict[str, dict] | None = None, line: str = "", inverted: bool = False,
            **options: Any) -> Member:
        """Start a twin for `scene`, a generator function of a Member. `config` is what its owner
        set before, {section: {key: value}}; `line` the line that it found the last time, as on
        flash: "2400 8 even 0"; `inverted`: the meter's line idles low."""
        ident = f"{len(self.members) + 1:06x}"
        flash = self._folder / ident
        (flash / "data").mkdir(parents=True)
        for file, text in (("config.json", config and json.dumps(config)), ("line", line)):
            if text:
                (flash / "data" / file).write_text(text)
        twin = Twin(Options(flash=flash, http_port=0, vm=self._vm, id=ident,
                            mqtt=f"127.0.0.1:{self.broker.port}", **options))
        member = self.members[ident] = Member(name, twin)
        twin.start()
        os.setpriority(os.PRIO_PROCESS, twin.firmware.pid, _NICE)
        if inverted:
            twin.port.swap(twin.port.meter._replace(inverted=True))
        self._scenes[ident] = scene(member)
        return member

    def play(self) -> None:
        """Run every scene to its end; what went wrong is in each Member's `error`."""
        while self._scenes:
            for ident, scene in list(self._scenes.items()):
                member = self.members[ident]
                try:
                    member.twin.check()
                    next(scene)
                    continue
                except StopIteration:
                    pass
                except Exception as error:
                    member.error = error
                del self._scenes[ident]
                member.twin.stop()
                member.starved = member.twin.log.read_text().count(": MemoryError")
            time.sleep(0.05)


def first_reading(member: Member) -> Iterator[None]:
    """Scene: from plugging in to the first Reading, within its limit."""
    promise = 3 * member.twin.options.interval + 60
    yield from member.until(lambda: member.twin.first_byte, 60, "the firmware answers")
    yield from member.until(lambda: member.readings, promise, "the first Reading")
    member.found = member.readings[0][0] - member.twin.first_byte
