"""A copy of the application is one file, an archive: docs/build.md has its format. choose.py
mounts one of the two.
"""

from binascii import crc32
from struct import unpack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

# Attributes of ours stay in memory: their names are ones that MicroPython has anyway.


class Archive:
    """The files of an archive, as MicroPython wants a file system to be.

    Raises ValueError if it is not whole.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        with open(path, "rb") as file:
            start, count = unpack("<2I", file.read(8))
            end, key = unpack("<2I", file.read(8))
            # "MHA" and the version of the format, 1; a count that memory could not hold
            if start != 0x0141484D or count > 999:
                raise ValueError("it is damaged")
            index = file.read(count * 8 + 4)
            if crc32(index) != key or file.seek(0, 2) < end:
                raise ValueError("it is damaged")
            self.keys = index[:count * 4]

    def find(self, path: str) -> int:
        """Where the key of a name stands among the keys. Raises OSError if there is no such name.
        """
        key = crc32(path[1:].encode()).to_bytes(4, "little")
        index = self.keys.find(key)
        while index % 4 and index > 0:
            index = self.keys.find(key, index + 1)
        if index < 0:
            raise OSError(2)
        return index

    def read(self, path: str, mode: str) -> tuple:
        """(The archive opened where the file begins, the file's length)."""
        index = self.find(path)
        file = open(self.path, mode)
        file.seek(16 + len(self.keys) + index)
        start, end = unpack("<2I", file.read(8))
        file.seek(start)
        return file, end - start

    def open(self, path: str, mode: str) -> "Any":
        """The archive, where the file begins. It does not end where the file does: stat() says
        how long that is, and a module ends by itself."""
        return self.read(path, "rb")[0]

    def stat(self, path: str) -> tuple:
        """As os.stat(); a module's size is left out: import asks only whether it is there."""
        self.find(path)
        end = 0
        if "." in path and not path.endswith("py"):
            file, end = self.read(path, "rb")
            file.close()
        return 0x8000 if "." in path else 0x4000, 0, 0, 0, 0, 0, end, 0, 0, 0

    def mount(self, readonly: bool, mkfs: bool) -> None:
        """Called by mount()."""

    def umount(self) -> None:
        """Called by umount()."""


def register(names: "dict[str, Any]") -> None:
    """Each module calls this at its end, with its globals(). board/in_place.py replaces it."""
