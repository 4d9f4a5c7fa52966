"""What lies in the heap of a running twin, by kind: memory_map.py --blocks.

Reads the stopped process and needs nothing of it. MicroPython's own structures are found by their
shape (32 bits, py/mpstate.h and py/obj.h of 1.25): the heap's area tells its size twice, `type` is
the one object of its own type, each type knows its name, and names are in a chain of pools.
"""

import collections
import os
import re
import signal
import struct

_BLOCK = 16
_HEAD, _TAIL = 1, 2  # what two bits of the allocation table say of a block
# kind: what its words point at, {number of the word: kind}
_PARTS = {
    "dict": {3: "dict's table"}, "list": {3: "list's items"}, "str": {3: "text"},
    "bytes": {3: "text of bytes"}, "bytearray": {3: "buffer"}, "array": {3: "buffer"},
    "function": {2: "children", 3: "bytecode"}, "generator function": {2: "children",
                                                                       3: "bytecode"},
    "instance": {3: "instance's table"}, "module": {2: "module's names and constants"},
}
_PARTS["generator"] = _PARTS["function"]


class Process:
    """The memory of a process, as it is now; it stands still meanwhile."""

    def __init__(self, pid: int) -> None:
        self.segments = []  # (start, bytes, writable)
        os.kill(pid, signal.SIGSTOP)
        try:
            with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
                for line in maps:
                    start, end, mode = re.findall(r"^(\w+)-(\w+) (\S+)", line)[0]
                    if mode[0] == "r" and "[v" not in line:
                        memory.seek(int(start, 16))
                        data = memory.read(int(end, 16) - int(start, 16))
                        self.segments.append((int(start, 16), data, mode[1] == "w"))
        finally:
            os.kill(pid, signal.SIGCONT)

    def read(self, at: int, size: int) -> bytes:
        """`size` bytes, or zeros where there are none."""
        for start, data, _ in self.segments:
            if start <= at and at + size <= start + len(data):
                return data[at - start:at - start + size]
        return bytes(size)

    def words(self, at: int, many: int) -> tuple[int, ...]:
        """32-bit words."""
        return struct.unpack(f"<{many}I", self.read(at, 4 * many))


class Heap:
    """`blocks` {address: bytes} of what is in use: reachable from outside the heap."""

    def __init__(self, process: Process) -> None:
        self.process = process
        table, size, first, end = self._area()
        heads = {}
        head = None
        for n, byte in enumerate(process.read(table, size)):
            for part in range(4):
                state = byte >> 2 * part & 3
                at = first + (4 * n + part) * _BLOCK
                if state & _HEAD and state != 3:
                    head = at
                    heads[head] = _BLOCK
                elif state == _TAIL and head:
                    heads[head] += _BLOCK
        left = [word for start, data, writable in process.segments if writable
                for at in range(0, len(data) & -4, 4) if not first <= start + at < end
                for word in struct.unpack_from("<I", data, at) if word in heads]
        self.blocks: dict = {}
        while left:
            at = left.pop()
            if at not in self.blocks:
                self.blocks[at] = heads[at]
                left += [word for word in process.words(at, heads[at] // 4) if word in heads]

    def _area(self):
        """(allocation table, its bytes, first block, end): the end is told by the table's size."""
        for _, data, writable in self.process.segments:
            for at in range(0, len(data) - 20 & -4, 4) if writable else ():
                table, size, *rest = struct.unpack_from("<5I", data, at)
                for first, end in (rest[:2], rest[1:]):
                    if 1000 < size < 1 << 20 and end - first == size * 4 * _BLOCK \
                            and table < first < table + 2 * size:
                        return table, size, first, end
        raise ValueError("no heap found in this process")

    def names(self) -> tuple[dict[int, str], dict[int, str]]:
        """({number: name}, {address: kind}) of MicroPython's names, the newest pool first."""
        words = self.process.words
        pools = [(words(at, 2)[1] & 0x7FFFFFFF, at) for at, size in self.blocks.items()
                 if self._is_pool(at, size)]
        names, kinds = {}, {}
        pool = max(pools)[1] if pools else 0
        while pool:
            before, first, _, used, hashes, lengths = words(pool, 6)
            kinds.update({pool: "names' pool", hashes: "names' pool", lengths: "names' pool"})
            for n, at in enumerate(words(pool + 24, used)):
                length = self.process.read(lengths + n, 1)[0]
                names[(first & 0x7FFFFFFF) + n] = self.process.read(at, length).decode()
                kinds[at] = "names' letters"
            pool = before
        return names, kinds

    def _is_pool(self, at, size):
        before, first, most, used = self.process.words(at, 4)
        _, first_before, _, used_before = self.process.words(before, 4)
        return 0 < used <= most and size >= 24 + 4 * most and before and (
            first & 0x7FFFFFFF == (first_before & 0x7FFFFFFF) + used_before)

    def kinds(self) -> dict[int, str]:
        """{address: kind} of every block."""
        words = self.process.words
        names, kinds = self.names()
        type_ = next(word for at in self.blocks for word in words(at, 1)
                     if word and words(word, 1)[0] == word)
        of = {}  # {type: its name}
        for at in self.blocks:
            head = words(at, 1)[0]
            if head and words(head, 1)[0] == type_ and at not in kinds:
                name = names.get(words(head, 2)[1] >> 16) or "?"
                of[at] = "instance" if head in self.blocks else name
        for at, kind in of.items():
            kinds[at] = kind
            for word, part in _PARTS.get(kind, {}).items():
                kinds.setdefault(words(at, word + 1)[word], part)
        return {at: kinds.get(at, "other") for at in self.blocks}


def lines(pid: int) -> list[str]:
    """A table: kind, bytes, blocks; the largest first."""
    heap = Heap(Process(pid))
    size: collections.Counter[str] = collections.Counter()
    many: collections.Counter[str] = collections.Counter()
    for at, kind in heap.kinds().items():
        size[kind] += heap.blocks[at]
        many[kind] += 1
    return [f"{kind:<28}{total:>8}{many[kind]:>8}" for kind, total in size.most_common()]
