"""Functions that read their bytecode outside of the heap (board/in_place.py), on a 32-bit VM."""

import json
import subprocess

import pytest

import build
from build import archive, bytecode
from fixtures import needs

MODULE = b"""
def add(a, b):
    return a + b
def count(n):
    yield n
    yield n + 1
class A:
    def method(self):
        return add(1, 2), list(count(3)), (lambda: self.other(4))()
    def other(self, n):
        return n * 1000003
"""
MODULE += b"".join(b"def f%d(): return %d\n" % (n, 1000 + n) for n in range(70))
NAMES = ["add", "count", "A.method", "A.other", "f69"]
# The archive lies in memory outside of the heap, as flash does; where its byte at SPOILT is not
# what the module had.
SCRIPT = """
import ffi, json, sys
from uctypes import bytearray_at
sys.path[:] = "", ".frozen"
import archive
from choose import find
mounted = find()
sys.path.remove("")
from microhan.board.in_place import InPlace
with open(mounted.path, "rb") as file:
    size = file.seek(0, 2)
    file.seek(0)
    start = ffi.open("libc.so.6").func("p", "malloc", "I")(size)
    memory = bytearray_at(start, size)
    file.readinto(memory)
if SPOILT:
    memory[SPOILT] ^= 1
in_place = InPlace(mounted, ADDRESS, 0, SPAN)
in_place.kept = KEPT
archive.register = in_place.register
import sample
def address(function):
    return int.from_bytes(bytearray_at(id(function) + 12, 4), "little")
found = {"add": sample.add, "count": sample.count, "f69": sample.f69}
for name in "method", "other":
    found["A." + name] = sample.A.__dict__[name]
print(json.dumps([[name for name, one in sorted(found.items())
                   if start <= address(one) < start + size], str(sample.A().method()),
                  "sample" in sys.modules]))
"""
RESULT = "(3, [3, 4], 4000012)"


@pytest.fixture
def run(tmp_path):
    """run(spoilt, address, span, kept): (the functions that are in place, what the module
    computed, whether it stayed: it does what one of layout.KEPT does)."""
    command = needs.micropython("i386", "400k")
    tree = build.build("x86", lambda text: None, whole=True)
    text = MODULE + bytecode.ending(True, True).encode()
    compiled = build.compile_one(text, "sample", "x86")
    files = {"sample.mpy": bytecode.with_table(compiled)}
    name = "microhan/board/in_place.mpy"
    files[name] = (tree / build.COPY / name).read_bytes()
    (tmp_path / "app").mkdir()
    content = archive.pack(files, {})
    (tmp_path / build.ARCHIVE).write_bytes(content)
    for name in ("archive.mpy", "choose.mpy"):
        (tmp_path / name).write_bytes((tree / name).read_bytes())

    def run(spoilt="", address="lambda at, length: start + at", span="0xFFFFFFFF", kept=True):
        at = 0
        if spoilt:
            offset, size = bytecode.blocks(compiled)[1 + NAMES.index(spoilt)]  # after the module
            at = content.index(compiled) + offset + size - 1
        script = (f"SPOILT = {at}\nSPAN = {span}\nKEPT = {kept}\n"
                  + SCRIPT.replace("ADDRESS", address))
        told = subprocess.run([*command, "-c", script], cwd=tmp_path, capture_output=True,
                              text=True)
        assert not told.stderr, told.stderr
        return json.loads(told.stdout)

    return run


def test_functions_methods_and_generators_run_where_the_archive_lies(run):
    assert run() == [sorted(NAMES), RESULT, True]


def test_where_memory_is_short_the_module_leaves_all_the_same(run):
    assert run(kept=False) == [sorted(NAMES), RESULT, False]


@pytest.mark.parametrize("name", NAMES[:2])
def test_what_differs_by_one_bit_stays_on_the_heap(run, name):
    placed, result, _ = run(spoilt=name)
    assert placed == sorted(set(NAMES) - {name}) and result == RESULT


def test_what_lies_in_two_pieces_stays_on_the_heap_and_the_module_leaves(run):
    assert run(address="lambda at, length: 0") == [[], RESULT, False]


def test_what_points_nowhere_near_the_heap_is_not_even_looked_at(run):
    """As a function of another layout would."""
    assert run(span="4096") == [[], RESULT, False]


def test_without_memory_for_the_table_the_module_runs_from_the_heap(run):
    assert run(address="lambda at, length: bytearray(1 << 20)") == [[], RESULT, False]
