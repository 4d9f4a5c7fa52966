"""Runs the firmware as twin/twin_main.py does and tells where its heap goes: see memory_map.py.

Run by MicroPython with twin_main's JSON argument, in which "probe" is {"after": S, "imports":
BOOL}. Prints `probe: [...]`: the heap at certain moments, and what each import took. Its own names
are few, and most of them known to MicroPython.
"""

import gc
import json
import sys

import micropython

micropython.qstr_info()  # of these names the first line are this file's own
gc.collect()
# [moment, bytes of heap], and [module, bytes without what it imported itself]
values = [["probe", gc.mem_alloc()]]

import twin_board  # noqa: E402
import twin_sockets  # noqa: E402

settings = json.loads(sys.argv[1])
add = values.append
sub = [0]  # bytes of what the import under way imported


def count(name=None):
    """Bytes that are in use, noted under `name`."""
    gc.collect()
    gc.collect()
    if name:
        add([name, gc.mem_alloc()])
    return gc.mem_alloc()


def load(name, *args):
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


class Watchdog(twin_board.Watchdog):
    """Fed every two seconds: the one moment that comes round by itself."""

    def feed(self):
        self._told = True
        twin_board.Watchdog.feed(self)
        if len(sub) == 1:
            count("started")
            sub.append(1)
        elif values and self._fed - self._began > settings["probe"]["after"] * 1000:
            count("running")
            print("probe:", json.dumps(values))
            values.clear()
            micropython.qstr_info()
            print("probe: end")


class Board(twin_board.Board):
    """The twin's, which notes the heap when it is called at certain moments."""

    def watchdog(self, timeout_ms):
        return Watchdog(timeout_ms, self.reset)

    def configure(self, pins):
        count("configured")

    def wlan(self):
        count("meter made")


sys.path[:] = settings["path"] + [".frozen"]
board = Board(settings["flash"], settings["uart"], settings["id"], settings["cause"],
              twin_sockets.install())
count("twin")
if settings["probe"]["imports"]:
    import builtins

    # asyncio's own imports are relative, which a stand-in cannot follow: it comes first
    __import__("asyncio")
    count("asyncio")
    real = __import__
    builtins.__import__ = load
from microhan.app import start as run  # noqa: E402 - now that the path is right

count("loaded")
run = run(board)  # the function is let go of: it would hold the whole module
__import__("asyncio").run(run)
