"""Runs inside a MicroPython: every vector whole, byte by byte and cut in two everywhere, and the
proof that feeding allocates nothing. Prints one line of JSON: what was tried, what differed.

Usage: micropython vectors.py FIRMWARE VECTORS STRIDE; VECTORS is lines of JSON made by
test_vms.py, STRIDE 1 for every cut.
"""

import gc
import json
import sys
from binascii import unhexlify

import micropython

FIRMWARE, VECTORS, STRIDE = sys.argv[1:4]
sys.path.insert(0, FIRMWARE)

from microhan.telegram.clock import ClockRule  # noqa: E402
from microhan.telegram.decoder import Decoder  # noqa: E402
from microhan.telegram.p1.writer import write  # noqa: E402


class Run:
    """One parser over one vector; `got` is the JSON of each Reading."""

    def __init__(self, vector, write=False):
        self.write = write
        self.got = []
        self.written = []  # what p1_writer makes of the Readings
        self.keep = True
        clock = ClockRule(vector["clock"], vector["offset"])
        self.parser = Decoder(self.take, vector["crc"], clock, unhexlify(vector.get("key", "")),
                              unhexlify(vector.get("aad", "")), vector.get("unit"), False)

    def take(self, source):
        if self.keep:
            reading = source.reading()
            self.got.append(reading.json())
            if self.write:
                self.written.append(write(reading, "se").decode())
                self.written.append(write(reading, "dsmr").decode())

    def feed(self, data, edges):
        start = 0
        for edge in edges:
            self.parser.feed(memoryview(data)[start:edge], edge - start)
            start = edge
        self.parser.idle()
        self.parser.idle()
        return self.got


def cut_everywhere(vector, data):
    """How many of the two-part cuts give something else. One parser serves them all: a telegram
    leaves nothing behind that changes the next (tariffs of the same meter excepted)."""
    run = Run(vector)
    wrong = 0
    stride = int(STRIDE) * vector["stride"]
    if sys.platform == "webassembly":
        stride *= vector.get("wasm_stride", 1)
    for cut in range(1, len(data), stride):
        run.got = []
        if run.feed(data, (cut, len(data))) != vector["want"]:
            wrong += 1
    return wrong


def allocates(vector, data):
    """True if feeding a telegram that nobody asks for allocates. Three warm up: both buffers of
    raw bytes grow once to this meter's length."""
    run = Run(vector)
    run.keep = False
    pieces = [data[i:i + 64] for i in range(0, len(data), 64)]
    for piece in pieces * 3:
        run.parser.feed(piece, len(piece))
    gc.collect()
    if hasattr(micropython, "mem_total"):
        # also what is given back at once: the frame of a function with many locals, which
        # heap_lock() lets live on the stack
        ok, before = run.parser.ok, micropython.mem_total()
        for piece in pieces:
            run.parser.feed(piece, len(piece))
        spent = micropython.mem_total() - before
        ok = max(1, run.parser.ok - ok)
        kind = vector["kind"]
        if spent // ok > most.get(kind, (0, ""))[0]:
            most[kind] = (spent // ok, vector["file"])
    odd = [run.parser.counters()["odd_lines"]]
    for piece in pieces:
        run.parser.feed(piece, len(piece))
    odd.append(run.parser.counters()["odd_lines"])
    micropython.heap_lock()
    try:
        for piece in pieces:
            run.parser.feed(piece, len(piece))
    except MemoryError:
        return True
    finally:
        micropython.heap_unlock()
    # fields that memory was too short for are counted as an odd line
    return run.parser.counters()["odd_lines"] - odd[1] != odd[1] - odd[0]


lines = open(VECTORS)
tried = 0
most = {}  # bytes allocated for one telegram that nobody asks for, by the kind of telegram
differ = []


def step():
    """Try the next vector; False after the last, with the result printed."""
    global tried
    line = lines.readline()
    if not line:
        print(json.dumps({"version": sys.version, "tried": tried, "differ": differ,
                          "bytes_per_telegram": most,
                          "small_int_bits": 31 if sys.maxsize < 1 << 32 else 63}))
        return False
    vector = json.loads(line)
    data = unhexlify(vector["data"])
    tried += 1
    run = Run(vector, True)
    if run.feed(data, (len(data),)) != vector["want"]:
        differ.append(vector["file"] + " whole")
    if run.written != vector["written"]:
        differ.append(vector["file"] + " written")
    if Run(vector).feed(data, range(1, len(data) + 1)) != vector["want"]:
        differ.append(vector["file"] + " byte by byte")
    if cut_everywhere(vector, data):
        differ.append(vector["file"] + " cut")
    if allocates(vector, data):
        differ.append(vector["file"] + " allocates")
    gc.collect()
    return True


if sys.platform != "webassembly":  # there memory is only collected between calls: see wasm.mjs
    while step():
        pass
