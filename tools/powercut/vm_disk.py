"""A flash chip for MicroPython's littlefs, whose power goes at a certain write. Runs on the VM."""

BLOCK = 4096
_ERASED = b"\xff" * BLOCK
_EIO = 5


class Disk:
    """Blocks of 4 kB, as on an ESP32. `cut_at`: the write or erase, counted from 1, that is torn;
    nothing works any more after it. torn: how many quarters of it were still done, 0 to 4."""

    def __init__(self, count, blocks=None, cut_at=0, torn=0):
        self.blocks = list(blocks) if blocks else [None] * count
        self._own = set()  # those that are not shared with other Disks
        self._cut_at = cut_at
        self._torn = torn
        self.writes = 0
        self.erases = [0] * count
        self.is_dead = False
        self.bad = set()  # blocks that keep nothing

    def readblocks(self, number, buf, offset=0):
        if self.is_dead:
            return -_EIO
        block = self.blocks[number]
        buf[:] = memoryview(block or _ERASED)[offset:offset + len(buf)]
        return 0

    def writeblocks(self, number, buf, offset=0):
        return self._change(number, buf, offset)

    def ioctl(self, op, arg):
        if op == 4:
            return len(self.blocks)
        if op == 5:
            return BLOCK
        if op == 6:
            self.erases[arg] += 1
            return self._change(arg, _ERASED, 0)
        return 0

    def _change(self, number, data, offset):
        if self.is_dead:
            return -_EIO
        self.writes += 1
        size = len(data)
        if self.writes == self._cut_at:
            self.is_dead = True
            size = size * self._torn // 4
        if number not in self._own:
            self._own.add(number)
            self.blocks[number] = bytearray(self.blocks[number] or _ERASED)
        if number not in self.bad:
            memoryview(self.blocks[number])[offset:offset + size] = memoryview(data)[:size]
        return -_EIO if self.is_dead else 0
