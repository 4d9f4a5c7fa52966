"""Runs the firmware as twin/twin_main.py does and tells where its heap goes: see memory_map.py.

Compiled with the twin's own files. MICROHAN_PROBE is [seconds, BOOL]: when to end, and whether to
note what each import takes. Prints `probe: [...]`: the heap at certain moments, and the imports.
"""

import gc
import json
import os
from typing import Any

import micropython

micropython.qstr_info()  # of these names the first line are this file's own
gc.collect()
# [moment, bytes of heap], and [module, bytes without what it imported itself]
values = [["probe", gc.mem_alloc()]]

from twin_board import Board  # noqa: E402
from twin_main import start  # noqa: E402

after, imports = json.loads(os.getenv("MICROHAN_PROBE") or "")
add = values.append
# ms before the end in which the least counts: a telegram or a request may be under way.
LOOKS = 5000
sub = [0]  # bytes of what the import under way imported


def count(name: str | None = None) -> int:
    """Bytes that are in use, noted under `name`."""
    gc.collect()
    gc.collect()
    if name:
        add([name, gc.mem_alloc()])
    return gc.mem_alloc()


def load(name: str, *args: Any) -> Any:
    """Stands in for __import__."""
    start = count()
    outer = sub[0]
    sub[0] = 0
    found = real(name, *args)
    size = count() - start
    if size - sub[0] > 15:
        add([name, size - sub[0]])
    sub[0] = outer + size
    return found


class Probe(Board):
    """The twin's, which notes the heap when it is called at certain moments."""

    def __init__(self, *args: Any) -> None:
        Board.__init__(self, *args)
        self._told = True
        self._rest = 1 << 29
        count("board")

    def feed(self) -> None:
        """Fed every two seconds: the one moment that comes round by itself."""
        Board.feed(self)
        if len(sub) == 1:
            count("started")
            sub.append(1)
        elif values and self._fed - self._began > after * 1000 - LOOKS:
            self._rest = min(self._rest, count())
            if self._fed - self._began < after * 1000:
                return
            add(["running", self._rest])
            print("probe:", json.dumps(values))
            values.clear()
            micropython.qstr_info()
            print("probe: end")

    def configure(self, pins: Any, warn: Any) -> None:
        """Settings are read by now."""
        count("configured")

    def wlan(self) -> Any:
        """The meter is made by now."""
        count("meter made")
        return Board.wlan(self)


count("twin")
if imports:
    import builtins

    # asyncio's own imports are relative, which a stand-in cannot follow: it comes first
    __import__("asyncio")
    count("asyncio")
    real = __import__
    builtins.__import__ = load  # type: ignore[assignment]
start(Probe)
