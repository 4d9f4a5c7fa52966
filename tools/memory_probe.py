"""Runs the firmware as twin/twin_main.py does, and prints where its heap went: for memory_map.py.

Run by MicroPython with twin_main's JSON argument; "probe" in it is {"after": S, "imports": BOOL}.
Prints lines `probe: {...}`: the heap at each mark, and what each import took.
"""

import gc

gc.collect()
_AT_START = gc.mem_alloc()

import json  # noqa: E402 - what comes before the first figure would be missing from it
import sys  # noqa: E402

import micropython  # noqa: E402

settings = json.loads(sys.argv[1])
probe = settings["probe"]
own = []  # bytes that this script keeps
took = []  # (module, bytes without those of what it imported itself)
_inner = [0]


def heap():
    """Bytes that are in use."""
    gc.collect()
    gc.collect()
    return gc.mem_alloc()


def _watch(name, *rest):
    """Import as usual, and note what it took."""
    before = heap()
    outer = _inner[0]
    _inner[0] = 0
    held = len(took)
    found = _import(name, *rest)
    spent = heap() - before
    if spent - _inner[0] > 15 or len(took) > held:
        took.append((name, rest[-1] if len(rest) == 4 else 0, spent - _inner[0]))
    _inner[0] = outer + spent
    return found


import twin_board  # noqa: E402
import twin_sockets  # noqa: E402

_MARKS = ("configure", "wlan", "address")
marks = []


class Board(twin_board.Board):
    """The twin's, which notes the heap when it is called at certain moments."""

    def watchdog(self, timeout_ms):
        return Watchdog(timeout_ms, self.reset)

    def configure(self, pins):
        mark("configuration read")

    def wlan(self):
        mark("meter made")


class Watchdog(twin_board.Watchdog):
    """Fed every two seconds: the one moment that comes round by itself."""

    told = 0

    def feed(self):
        self._told = True
        twin_board.Watchdog.feed(self)
        passed = twin_board.time.ticks_diff(self._fed, self._began) / 1000
        if not self.told:
            mark("started")
            self.told = 1
        elif self.told == 1 and passed >= probe["after"]:
            mark("running")
            self.told = 2
            tell()


def mark(name):
    """Note the heap now."""
    marks.append((name, heap()))


def tell():
    """Print all that was noted."""
    print("probe: " + json.dumps({"marks": marks, "imports": took}))
    micropython.qstr_info()
    if probe.get("dump"):
        micropython.qstr_info(1)
        micropython.mem_info(1)
    print("probe: end")


counter = twin_sockets.install()
sys.path[:] = settings["path"] + [".frozen"]
board = Board(settings["flash"], settings["uart"], settings["id"], settings["cause"], counter)
marks.append(("virtual machine", _AT_START))
mark("twin")
if probe["imports"]:
    import asyncio
    import builtins
    import asyncio.stream

    asyncio.Event, asyncio.Lock, asyncio.wait_for_ms  # each is loaded at its first use
    mark("asyncio")

    _import = __import__
    builtins.__import__ = _watch
from microhan.app import run  # noqa: E402

mark("loaded")
run(board)
