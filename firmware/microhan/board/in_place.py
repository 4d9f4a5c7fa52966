"""Has functions read their bytecode where it lies already, so that the heap need not hold a copy.

MicroPython reads a module's bytecode into the heap and makes functions that point to it
(mp_obj_fun_bc_t in py/objfun.h). At its end each module calls register() with its globals
(tools/build). That looks up every function's bytecode, byte by byte, in the archive that the
module came from, which is in the chip's address space as well (flash_map.py), and points the
function there. The copy on the heap is garbage then. What is not found, byte for byte, stays as it
is: so it goes where a future MicroPython arranges its functions differently.

A function must not be running while it is placed.
"""

import sys
from array import array
from typing import TYPE_CHECKING

import micropython
from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Where an ESP32's data RAM is, and so Python's heap: address, length.
_HEAP = const(0x3FFA0000)
_SPAN = const(0x60000)
_AT_ONCE = const(32)  # blocks of bytecode


@micropython.viper
def _move(function: int, table: ptr32, count: int, heap: uint, span: uint) -> int:
    """Whether the function at this address now points to what is in the table: addresses and
    lengths, `count` numbers in all."""
    words = ptr32(function)
    now = uint(words[3])
    if now - heap >= span:
        return 0
    old = ptr8(now)
    i = 0
    while i < count:
        new = ptr8(table[i])
        size = table[i + 1]
        n = 0
        while n < size and old[n] == new[n]:
            n += 1
        if n == size:
            words[3] = table[i]
            return 1
        i += 2
    return 0


class InPlace:
    """archive: archive.Archive; address_of(at, size): the address of `size` bytes of it from `at`
    on, or 0 if they are not in one piece; heap, span: where Python's heap may be, addresses.

    `kept`: whether what tools/build/layout.py has in KEPT stays in memory.
    """

    def __init__(self, archive: "Any", address_of: "Callable[[int, int], int]", heap: int,
                 span: int) -> None:
        self._archive = archive
        self._address_of = address_of
        self._heap = heap
        self._span = span
        self._kinds = type(lambda: 0), type(InPlace._generator)
        self.kept = True

    def _generator(self):
        yield

    def register(self, names: "dict[str, Any]") -> bool:
        """Place the functions of a module, and of its classes. `names`: its globals(). Returns
        whether one of KEPT is to stay."""
        placed = 0
        try:
            path = names["__file__"]
            file, size = self._archive.read(path[path.rfind("/m/") + 2:], "rb")
            with file:
                start = file.seek(0, 1)
                file.seek(start + size - 2)
                left = int.from_bytes(file.read(2), "little")
                file.seek(start + size - 2 - 4 * left)
                # Not all at once: the module has just been loaded, and memory is never as short
                # again.
                while left:
                    count = min(left, _AT_ONCE)
                    placed += self._walk(names, self._table(file, start, count), 1)
                    left -= count
        except (OSError, MemoryError):
            pass  # then some of its bytecode stays on the heap
        return placed > 0 and self.kept

    def _table(self, file, start, count):
        """Where the next blocks of bytecode are now: address and length of each, an array. start:
        of the module, in the file."""
        blocks = array("H", bytes(4 * count))
        file.readinto(blocks)
        table = array("I")
        for i in range(0, 2 * count, 2):
            at = self._address_of(start + blocks[i], blocks[i + 1])
            if at:
                table.append(at)
                table.append(blocks[i + 1])
        return table

    def _walk(self, names, table, deep):
        placed = 0
        for value in names.values():
            if type(value) in self._kinds:
                placed += _move(id(value), table, len(table), self._heap, self._span)
            elif deep and type(value) is type:
                placed += self._walk(value.__dict__, table, 0)
        return placed


def read_in_place(archive: "Any", path: str) -> "InPlace | None":
    """From here on, if the chip allows it. `archive`: what is mounted; `path`: its file. Returns
    what does it: only an ESP32 without PSRAM is asked, since others have memory enough."""
    from .esp32 import is_plain

    if not is_plain():
        return None
    from flashbdev import bdev

    from .flash_map import flash_map

    found = flash_map(bdev, path)
    if not found:
        return None
    in_place = InPlace(archive, found.address_of, _HEAP, _SPAN)
    module: Any = sys.modules["archive"]
    module.register = in_place.register
    in_place.register(sys.modules["microhan.board.esp32"].__dict__)  # which came before
    return in_place
