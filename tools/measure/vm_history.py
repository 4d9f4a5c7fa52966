"""Runs in an i386 MicroPython: what the history and the backlog cost. Prints a line of JSON.

    vm_history.py NAMES FILES TELEGRAMS ROUNDS

history.py translates it into the names of the program as it lies on the device, and starts it
where that program is, app/a.pack. NAMES: what belongs to ledger and store in files that have more,
FILES: what is all theirs, with commas; ROUNDS: of each timing, the shortest counts. /data is a
folder there, and bytecode is read outside of the heap. Heap is counted with all names known
already, which stay once they came.
"""

import builtins
import gc
import json
import os
import struct
import sys
import time

import ffi
from uctypes import bytearray_at

sys.path[:] = "", ".frozen"
_BLOCK = 4096  # of littlefs
_DAY = 86400
_START = 849_049_200  # 2026-11-27, 00:00 in Sweden: the newest records are of then
_BASE_MIN = 60
# Records of each ring: none, those of a week, and more than fit, days of ten years among them.
_STATES = {"none": (0, 0, 0), "a week": (672, 168, 7), "10 years": (6291, 10640, 4788)}


def _malloc(size):
    return ffi.open("libc.so.6").func("p", "malloc", "I")(size)


def wipe(deep):
    """Clear the stack: what lies there still counts as in use."""
    a = b = c = d = e = f = g = h = None  # noqa: F841
    if deep:
        wipe(deep - 1)


def allocated():
    """Bytes of heap in use."""
    wipe(30)
    gc.collect()
    gc.collect()
    return gc.mem_alloc()


class Peak:
    """The most heap in use while something runs: looked at whenever it opens a file, and by
    look()."""

    def __init__(self):
        self._open = builtins.open
        self.base = self.most = 0

    def begin(self):
        self.base = self.most = allocated()
        builtins.open = self._watched

    def end(self):
        self.look()
        builtins.open = self._open
        return self.most - self.base

    def look(self):
        gc.collect()
        self.most = max(self.most, gc.mem_alloc())

    def _watched(self, path, mode="r"):
        file = self._open(path, mode)
        self.look()
        return file


def shortest(rounds, work):
    """Microseconds of the shortest of so many calls."""
    best = None
    for _ in range(rounds):
        gc.collect()
        start = time.ticks_us()
        work()
        spent = time.ticks_diff(time.ticks_us(), start)
        best = spent if best is None else min(best, spent)
    return best


def start_program():
    """Mount it, and have its bytecode read where it lies: as twin/twin_main.py does."""
    from choose import find

    archive = find()
    from microhan.board.in_place import InPlace

    with open(archive.path, "rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        start = _malloc(size)
        file.readinto(bytearray_at(start, size))
    sys.modules["archive"].register = InPlace(
        archive, lambda at, length: start + at, 0, 0xFFFFFFFF).register
    sys.path.remove("")


class Parts:
    """What is in memory for good, made as app.py makes it; on rings in a folder of this name."""

    def __init__(self, name):
        from microhan.device.ledger_task import LedgerTask
        from microhan.hub.hub import Hub
        from microhan.ledger.ledger import Ledger
        from microhan.store.backlog import Backlog
        from microhan.store.ring import Rings
        from microhan.store.sequence import Sequence

        self.seconds = 0
        self.said = []
        say = self.said.append
        nothing = lambda: None  # noqa: E731
        hub = Hub(lambda: self.seconds, lambda: 1, 1)
        before = allocated()
        self.number = Sequence("data/sequence", os.urandom)
        self.rings = Rings("data/" + name)
        self.ledger = Ledger(self.rings, _BASE_MIN, 25, nothing, nothing, say)
        self.task = LedgerTask(hub, self.ledger, say, nothing).run()
        self.backlog = Backlog("data/backlog", ("mqtt", "push"), lambda: self.seconds, say)
        self.bytes = allocated() - before


def load_closing():
    """As app.py does."""
    from microhan.ledger.civil import midnight  # noqa: F401
    from microhan.ledger.closing import close  # noqa: F401


def free_constructors():
    """As app.py does."""
    from microhan.device.ledger_task import LedgerTask
    from microhan.ledger.ledger import Ledger
    from microhan.store.backlog import Backlog
    from microhan.store.ring import Rings
    from microhan.store.sequence import Sequence

    for made in LedgerTask, Ledger, Backlog, Rings, Sequence:
        made.__init__ = None


def code_bytes(names, files):
    """Bytes of the functions and classes of these names, and of these modules, which are gone
    then; and of the names' places in the modules' dictionaries."""
    before = allocated()
    places = 0
    for file in files:
        del sys.modules[file]
    for module in list(sys.modules.values()):
        for name in names if getattr(module, "__file__", "").startswith("/m") else ():
            if name in module.__dict__:
                del module.__dict__[name]
                places += 8
    return before - allocated() + places


def fill(ring, count, when):
    """`count` records; when(n): the time of the n-th from the end."""
    record = bytearray(ring.size)
    record[-14:-2] = b"\x06\x09\0\x10\0\0\xd5\x03\x2e\x01\x6f\0"  # a quarter's highest
    many = bytearray()
    while count:
        count -= 1
        t = when(count)
        struct.pack_into("<5I", record, 0, t, t // 9, 500_000 + t // 9000, t // 900, t // 9000)
        many += record
        if len(many) > 4000 or not count:
            ring.append(many)
            many = bytearray()


def fill_rings(rings, state):
    """Fill them as _STATES says."""
    from microhan.ledger.civil import midnight

    quarters, hours, days = _STATES[state]
    fill(rings.quarters, quarters, lambda n: _START - 900 * n)
    fill(rings.hours, hours, lambda n: _START - 3600 * n)
    fill(rings.days, days, lambda n: midnight(_START - _DAY * n + 7200, _BASE_MIN))


def closings(ledger, peak, rounds):
    """{what is closed: [bytes, microseconds]}. 24 hours each round."""
    from microhan.reading.reading import Reading

    reading = Reading()

    def hear(t):
        reading.put(0, t + 60 * _BASE_MIN)
        for i in range(4):
            reading.put(27 + 5 * i, (t // 9, 500_000 + t // 9000, t // 900, t // 9000)[i])
            reading.put(5 + i, 1200)
        for i in range(3):
            reading.put(24 + i, 5230 + i, 2)
        ledger.take(reading)

    out = {}
    for turn in range(rounds + 2):  # first to warm up, then for the heap, then for the time
        day = _START + turn * _DAY
        for t in range(day + 900, day + _DAY + 1, 900):
            hear(t - 10)
            what = "an hour" if t % 3600 == 0 else "a quarter"
            told = out.setdefault("a midnight" if t == day + _DAY else what, [0, 1 << 29])
            if turn == 1:
                peak.begin()
                hear(t)
                told[0] = max(told[0], peak.end())
            else:
                told[1] = min(told[1], shortest(1, lambda: hear(t)))  # noqa: B023
    return out


def queries():
    """{name: (path, what the ledger takes behind the rings)}."""
    from microhan.ledger.civil import month_start

    month = month_start(2026, 11, _BASE_MIN)
    year = month_start(2026, 1, _BASE_MIN)
    json_path = "/history.json"
    return {
        "a day of quarters": (json_path, ("quarter", _START - _DAY, _START, _BASE_MIN)),
        "7 days of hours": (json_path, ("hour", _START - 7 * _DAY, _START, _BASE_MIN)),
        "a month of days": (json_path, ("day", month, _START, _BASE_MIN)),
        "a year of months": (json_path, ("month", year, _START, _BASE_MIN)),
        "a month's peaks": ("/peaks.json", (2026, 11, _BASE_MIN)),
    }


def ask(rings, path, wanted, look=None):
    """Rows of an answer, made as web/routes.py makes it."""
    from microhan.web.chunks import gathered, written

    rows = 0
    for piece in gathered(written(path, rings, wanted), True):
        if look:
            look()
        else:
            rows += bytes(piece).count(b"\n[1")  # a row begins with Unix seconds
    return rows


def asked(rings, peak, rounds):
    """{query: [bytes, rows, microseconds]}."""
    out = {}
    for name, (path, wanted) in queries().items():
        rows = ask(rings, path, wanted)
        peak.begin()
        ask(rings, path, wanted, peak.look)
        out[name] = [peak.end(), rows, shortest(
            rounds, lambda: ask(rings, path, wanted))]  # noqa: B023
    return out


def telegrams(path):
    """The Readings of a file of telegrams."""
    from microhan.telegram.decoder import Decoder

    found = []
    decoder = Decoder(lambda source: found.append(source.reading()))
    with open(path, "rb") as file:
        while True:
            line = file.readline()
            if not line:
                break
            decoder.feed(line, len(line))
            if found:
                yield found.pop()


def outage(parts, path, peak):
    """Both outputs are away, then one comes back, and the other."""
    from microhan.store.backlog import bit_of

    backlog = parts.backlog
    bits = bit_of("mqtt"), bit_of("push")
    count = spent = 0
    readings = telegrams(path)
    next(readings)  # what reads telegrams is in memory now
    base = allocated()
    for reading in readings:
        count += 1
        reading.boot = 1
        reading.seq = count
        parts.seconds += 10
        start = time.ticks_us()
        for bit in bits:
            backlog.keep(reading, bit)
        spent += time.ticks_diff(time.ticks_us(), start)
    del reading
    out = {"count": count, "keep_us": spent, "kept": allocated() - base}
    backlog.flush()
    sizes = [os.stat("data/backlog/" + name)[6] for name in os.listdir("data/backlog")]
    out["file_bytes"] = sum(sizes)
    out["blocks"] = 2 + sum([(size + _BLOCK - 1) // _BLOCK for size in sizes])  # 2: the folder's
    out["spent_us"] = out["replayed"] = out["peak"] = 0
    for bit in bits:
        number = 0
        while backlog.waiting(bit):
            is_looked_at = not number  # nor is its time taken
            if is_looked_at:
                peak.begin()
            start = time.ticks_us()
            for reading in backlog.batch(bit):
                number += 1
                if is_looked_at:
                    peak.look()
                if reading.seq != number:
                    raise ValueError("reading %d in the place of %d" % (reading.seq, number))
            backlog.confirm(bit)
            if is_looked_at:
                out["peak"] = max(out["peak"], peak.end())
            else:
                out["spent_us"] += time.ticks_diff(time.ticks_us(), start)
        out["replayed"] += number
    return out


def measure(path, rounds):
    """All but what the code takes. A function of its own: its frame keeps what is made here."""
    peak = Peak()
    told = {"closed": {}, "asked": {}}
    all_parts = [Parts(state[:1]) for state in _STATES]
    load_closing()
    for state, parts in zip(_STATES, all_parts):
        fill_rings(parts.rings, state)
        told["asked"][state] = asked(parts.rings, peak, rounds)
    for state, parts in zip(_STATES, all_parts):
        told["closed"][state] = closings(parts.ledger, peak, rounds)
    told["outage"] = outage(parts, path, peak)
    told["objects"] = parts.bytes
    told["said"] = [text for one in all_parts for text in one.said]
    return told


def main():
    """Measure all."""
    names, files, path, rounds = sys.argv[1:5]
    start_program()
    os.mkdir("data")
    told = measure(path, int(rounds))
    free_constructors()
    told["code"] = code_bytes(names.split(","), files.split(","))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
