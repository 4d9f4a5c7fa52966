"""Finds where a file of the file system lies in an ESP32's flash, and maps it into the chip's
address space, so that its bytes can be read like memory (in_place.py).

An ESP32 reads flash through a cache: 64 kB pages of flash appear at addresses from 0x3F400000 on,
where the processor's table says (Technical Reference Manual 4.3, "Memory management unit").
MicroPython's own data are the first of these; the archive takes the last. It is done as ESP-IDF
does it (esp_mmu_map.c, cache_ll.h): interrupts off, the cache off, the table, the cache on, by
code that runs from RAM. Only the processor that Python runs on is told.

No stock MicroPython offers this, and no emulator is a chip: so the first start with each
MicroPython compares every byte. If three do not come through that, no later one tries again: one
or two may have lost their power.
"""

import sys
from array import array
from typing import TYPE_CHECKING

from machine import disable_irq, enable_irq
from vfs import VfsLfs2, mount, umount

import micropython
from micropython import const

if TYPE_CHECKING:
    from typing import Any

_BLOCK = const(4096)  # littlefs's, on an ESP32
_PAGE = const(16)  # bits: 64 kB
_PAGES = const(64)  # from 0x3F400000 to 0x3F800000
_END = const(0x3F800000)
_NOTE = "/data/in_place"
_TRIED = b" tried"  # once more with each try
_MOST_TRIES = const(3)


class _Spy:
    """A block device that only reads, and remembers which block was read last."""

    def __init__(self, device: "Any") -> None:
        self._device = device
        self.newest = 0

    def readblocks(self, block: int, into: bytearray, offset: int = 0) -> "Any":
        """As os.AbstractBlockDev."""
        self.newest = block
        return self._device.readblocks(block, into, offset)

    def writeblocks(self, block: int, data: bytes, offset: int = 0) -> "Any":
        """As os.AbstractBlockDev: refused."""
        raise OSError(30)  # EROFS

    def ioctl(self, operation: int, argument: int) -> "Any":
        """As os.AbstractBlockDev: how many blocks there are (4), and how large they are (5)."""
        return self._device.ioctl(operation, argument) if operation in (4, 5) else 0


class FlashMap:
    """Where the bytes of a file are in memory: the `blocks` of the file system that it lies in, in
    order, and the address that block 0 would have."""

    def __init__(self, blocks: "array[int]", base: int) -> None:
        self._blocks = blocks
        self._base = base

    def address_of(self, at: int, size: int) -> int:
        """The address of `size` bytes of the file from `at` on; 0 if they are in two blocks."""
        # A file of littlefs is a list of blocks; each but the first begins with pointers, one more
        # than its number can be halved (littlefs' own design, "CTZ skip-lists").
        n = at // (_BLOCK - 8)
        if n:
            n = (at - 4 * (bin(n - 1).count("1") + 2)) // (_BLOCK - 8)
            at -= (_BLOCK - 8) * n + 4 * bin(n).count("1")
        return self._base + self._blocks[n] * _BLOCK + at if at + size <= _BLOCK else 0


def blocks_of(device: "Any", path: str) -> "array[int]":
    """The blocks of `device` that a file of its littlefs lies in, in order. littlefs itself is
    asked: it is mounted once more, to be read, and what it reads is looked at."""
    spy: Any = _Spy(device)
    mount(VfsLfs2(spy), "/spy", readonly=True)  # type: ignore[abstract]
    blocks = array("H")
    try:
        with open("/spy/" + path, "rb") as file:
            size = file.seek(0, 2)
            at = 0
            while at < size:
                file.seek(at)
                file.read(1)
                blocks.append(spy.newest)
                at += _BLOCK
                n = len(blocks) - 1
                while n:  # the pointers: one, and one more for each time that it can be halved
                    at -= 4
                    n = 0 if n & 1 else n >> 1
    finally:
        umount("/spy")
    return blocks


@micropython.viper
def _map(first: int, count: int, page: int) -> int:
    """Have `count` entries of this processor's table, from `first` on, point to pages of flash, if
    the cache can be switched off. Returns whether it could."""
    # DPORT_APP_CACHE_CTRL_REG, DPORT_APP_DCACHE_DBUG0_REG and the table: MicroPython runs on the
    # second processor ("APP").
    control = ptr32(0x3FF00058)
    state = ptr32(0x3FF00418)
    table = ptr32(0x3FF12000)
    i = 0
    while (state[0] >> 7) & 0xFFF != 1:  # until the cache has nothing to do
        i += 1
        if i == 10000:
            return 0
    control[0] = control[0] & ~8
    i = 0
    while i < count:
        table[first + i] = page + i
        i += 1
    control[0] = control[0] | 8
    return 1


def _is_whole(device, blocks, base):
    """Whether what is seen in memory is what lies in flash."""
    from uctypes import bytearray_at

    read = bytearray(_BLOCK)
    for block in blocks:
        device.readblocks(block, read)
        if bytearray_at(base + block * _BLOCK, _BLOCK) != read:
            return False
    return True


def flash_map(device: "Any", path: str) -> FlashMap | None:
    """Map the file into memory; None if that cannot be done. `device`: esp32.Partition, with a
    littlefs on it."""
    from ..store.files import read, write

    version = sys.version.encode()
    note = read(_NOTE) or b""
    if not note.startswith(version):
        note = version
    if note.count(_TRIED) >= _MOST_TRIES:
        return None
    blocks = blocks_of(device, path)
    offset = device.info()[2]
    first = offset + min(blocks) * _BLOCK >> _PAGE
    count = (offset + max(blocks) * _BLOCK >> _PAGE) - first + 1
    if count > _PAGES // 2:
        return None  # its blocks are too far apart
    base = _END - (count + first << _PAGE) + offset
    is_known = note.endswith(b"works")
    if not is_known:
        write(_NOTE, note + _TRIED)
    interrupts = disable_irq()
    done = _map(_PAGES - count, count, first)
    enable_irq(interrupts)
    if not done:
        return None
    if not is_known:
        if not _is_whole(device, blocks, base):
            return None
        write(_NOTE, version + b" works")
    return FlashMap(blocks, base)

