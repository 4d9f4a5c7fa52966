"""Where a file lies in flash (board/flash_map.py), on a real littlefs in a PC's MicroPython."""

import json
import subprocess

import pytest

import build
from fixtures import needs

# A device of 1 MB in memory, on it a file of 200 kB that was written while others came and went.
# What the processor's table does is done by hand: `seen` is what it shows, at the address `start`.
SCRIPT = """
import json, sys, ffi, vfs, os
from uctypes import bytearray_at
SIZE = 256
start = ffi.open("libc.so.6").func("p", "malloc", "I")(SIZE * 4096)
seen = bytearray_at(start, SIZE * 4096)
class Machine:
    @staticmethod
    def disable_irq():
        return 7
    @staticmethod
    def enable_irq(state):
        assert state == 7
sys.modules["machine"] = Machine
from microhan.board import flash_map as module
from microhan.store import files
class Device:
    def readblocks(self, n, into, offset=0):
        at = n * 4096 + offset
        into[:] = seen[at:at + len(into)]
    def writeblocks(self, n, data, offset=0):
        at = n * 4096 + offset
        seen[at:at + len(data)] = data
    def ioctl(self, operation, argument):
        return {4: SIZE, 5: 4096}.get(operation, 0)
    def info(self):
        return 1, 2, 0x200000, SIZE * 4096, "vfs", False
device = Device()
vfs.VfsLfs2.mkfs(device)
vfs.mount(vfs.VfsLfs2(device), "/")
os.mkdir("/app"); os.mkdir("/data")
content = bytes([(i * i + i // 251) & 255 for i in range(4096)])
with open("/app/a.pack", "wb") as file:
    for n in range(197):
        file.write(bytes([n & 255, n >> 8]) + content[:1019])
        if n % 3 == 0:
            with open("/data/other%d" % n, "wb") as other:
                other.write(content)
"""
BLOCKS = """
blocks = module.blocks_of(device, "app/a.pack")
found = module.FlashMap(blocks, start)
with open("/app/a.pack", "rb") as file:
    all_ = file.read()
wrong, apart = [], 0
for at in range(0, len(all_) - 700, 97):
    for size in (1, 97, 650):
        address = found.address_of(at, size)
        if not address:
            apart += 1
        elif bytes(bytearray_at(address, size)) != all_[at:at + size]:
            wrong.append(at)
print(json.dumps([len(all_), len(blocks), len(set(blocks)), wrong, apart]))
"""
# Starts, one after the other: what the table of the processor did in each, and what came of it.
STARTS = """
pages = []
def on_chip(first, count, page):
    pages.append((first, count, page))
    return CAN
class Cut(Exception):
    pass
def cut_off(first, count, page):
    raise Cut
compared = []
def is_whole(device, blocks, base):
    compared.append(base)
    return WHOLE
module._map, module._is_whole = on_chip, is_whole
CAN = WHOLE = 1
told = []
def start(version="3.4.0; MicroPython 9"):
    module.sys = type("Sys", (), {"version": version})
    try:
        found = module.flash_map(device, "app/a.pack") is not None
    except Cut:
        found = "cut off"
    with open("/data/in_place", "rb") as file:
        told.append([found, file.read().decode()[len(version):], len(compared)])
"""


@pytest.fixture
def run(tmp_path):
    """run(text): what SCRIPT and that text print, read as JSON."""
    command = needs.micropython("i386", "4M")
    tree = build.build("x86", lambda text: None, whole=True)

    def run(text):
        script = "import sys\nsys.path.append(%r)\n" % str(tree / build.COPY) + SCRIPT + text
        told = subprocess.run([*command, "-c", script], capture_output=True, text=True)
        assert not told.stderr, told.stderr
        return json.loads(told.stdout)

    return run


def test_every_byte_of_a_scattered_file_is_found(run):
    size, blocks, different, wrong, apart = run(BLOCKS)
    assert size == 197 * 1021 and blocks == different == 50
    assert wrong == []
    assert 50 < apart < 600  # what lies in two blocks is told, and is not much


def test_the_first_start_compares_every_byte_and_later_ones_rely_on_it(run):
    told = run(STARTS + "start(); start(); start('4.0'); print(json.dumps(told))")
    assert told == [[True, " works", 1], [True, " works", 1], [True, " works", 2]]


def test_the_archive_s_pages_are_the_last_of_the_table(run):
    told = run(STARTS + "start(); print(json.dumps(pages + compared + list(blocks_of())))"
               .replace("list(blocks_of())", "[list(module.blocks_of(device, 'app/a.pack'))]"))
    (first, count, page), base, blocks = told
    assert first + count == 64 and page == (0x200000 + 4096 * min(blocks)) >> 16
    assert page + count - 1 == (0x200000 + 4096 * max(blocks)) >> 16
    at = base + 4096 * blocks[0]  # where the processor sees the first block
    assert (at - 0x3F400000 >> 16) - first == (0x200000 + 4096 * blocks[0] >> 16) - page
    assert at & 0xFFFF == (0x200000 + 4096 * blocks[0]) & 0xFFFF


@pytest.mark.parametrize("how", ["CAN = 0", "WHOLE = 0", "module._map = cut_off"])
def test_what_did_not_go_well_thrice_is_not_tried_again_before_another_micropython(run, how):
    told = run(STARTS + how + "\nfor _ in range(3): start()\nCAN = WHOLE = 1\n"
               "module._map = on_chip\nstart()\nstart('4.0')\nprint(json.dumps(told))")
    failed = "cut off" if "cut" in how else False
    assert [row[:2] for row in told] == [
        [failed, " tried"], [failed, " tried tried"], [failed, " tried tried tried"],
        [False, " tried tried tried"], [True, " works"]]


def test_a_start_that_lost_its_power_while_it_tried_is_not_the_last(run):
    told = run(STARTS + "module._map = cut_off\nstart()\nmodule._map = on_chip\nstart()\n"
               "print(json.dumps(told))")
    assert [row[:2] for row in told] == [["cut off", " tried"], [True, " works"]]
