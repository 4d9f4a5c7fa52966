"""The device's littlefs, made and read on a PC as MicroPython's own VfsLfs2 would.

The sizes are those that MicroPython takes when it is told none (extmod/vfs_lfs.c: read and
program 32, cache four times that). They matter: a small file is stored inside its directory only
up to the cache's size, and the device must find nothing there that it would not write itself.
"""

import struct
from typing import Any

from littlefs import LittleFS, LittleFSError

BLOCK = 4096
_GEOMETRY: dict[str, Any] = {
    "block_size": BLOCK, "read_size": 32, "prog_size": 32, "cache_size": 128,
    "lookahead_size": 32, "block_cycles": 100,
}
# Written as 2.0, which every littlefs reads. MicroPython makes it 2.1 at its first write, and a
# littlefs that is told 2.0 then refuses it: reading leaves the version open.
_DISK_VERSION = 0x00020000
_MAGIC = b"littlefs"
_MAGIC_AT = 8
_SUPERBLOCK_AT = 20  # after revision, tag, magic, tag


class FileSystemError(ValueError):
    """Not a littlefs, a damaged one, or too small for what should go in; the text says which."""


def pack(files: dict[str, bytes], size: int) -> bytes:
    """Returns a littlefs image of `size` bytes with files {path: bytes}.

    A name that ends in "/" is an empty folder, as in what unpack() returns.
    """
    disk = LittleFS(block_count=size // BLOCK, mount=False, disk_version=_DISK_VERSION,
                    **_GEOMETRY)
    try:
        disk.format()
        disk.mount()
        for name, content in sorted(files.items()):
            folder, _, plain = name.rpartition("/")
            if folder:
                disk.makedirs(folder, exist_ok=True)
            if not plain:
                continue
            with disk.open(name, "wb") as handle:
                handle.write(content)
        disk.unmount()
    except (LittleFSError, OSError) as error:
        raise FileSystemError(f"{sum(map(len, files.values()))} bytes in {len(files)} files do "
                              f"not fit the {size} bytes of the file system ({error})") from error
    return bytes(disk.context.buffer)


def unpack(image: bytes) -> dict[str, bytes]:
    """Returns {path: bytes} of a littlefs image; raises FileSystemError.

    A folder with nothing in it is there as "name/" with b"".
    """
    blocks = block_count(image)
    if blocks is None:
        raise FileSystemError("it is not a littlefs")
    if blocks * BLOCK > len(image):
        raise FileSystemError(f"its littlefs has {blocks} blocks, of which only "
                              f"{len(image) // BLOCK} are here")
    disk = LittleFS(block_count=blocks, mount=False, **_GEOMETRY)
    disk.context.buffer = bytearray(image[:blocks * BLOCK])
    found = {}
    try:
        disk.mount()
        for folder, folders, names in disk.walk("/"):
            base = folder.strip("/") + "/" if folder.strip("/") else ""
            if base and not folders and not names:
                found[base] = b""
            for name in names:
                with disk.open(base + name, "rb") as handle:
                    found[base + name] = handle.read()
    except (LittleFSError, OSError) as error:
        raise FileSystemError(f"its littlefs cannot be read ({error})") from error
    return found


def block_count(image: bytes) -> int | None:
    """Returns the number of blocks that a littlefs says it has; None if it is no littlefs."""
    for at in (0, BLOCK):
        if image[at + _MAGIC_AT:at + _MAGIC_AT + len(_MAGIC)] == _MAGIC:
            _, block, count = struct.unpack_from("<III", image, at + _SUPERBLOCK_AT)
            if block == BLOCK:
                return count
    return None


def used_blocks(image: bytes) -> int:
    """Returns how many of its blocks a littlefs image uses."""
    disk = LittleFS(block_count=len(image) // BLOCK, mount=False, **_GEOMETRY)
    disk.context.buffer = bytearray(image)
    disk.mount()
    return disk.used_block_count
