"""The ESP32 partition table: read it, and write one with an explicit file system in it.

Layout: 32-byte entries from 0x8000 (esp_flash_partitions.h of ESP-IDF): magic AA 50, type,
subtype, offset, size, label[16], flags; then EB EB, 14 bytes FF, MD5 of all entries before it.

Stock MicroPython 1.25 has a `vfs` entry, from 1.26 on there is none: the firmware then sizes one
to the real flash at each boot, and a littlefs of another size is refused for ever. So microhan
always writes its own entry.

A table cannot be changed later without a cable, so there are two layouts for good (LAYOUTS): one
for every chip with 4 MB, and one from 8 MB on, with two places for MicroPython, so that it can be
updated over the air one day. Both are MicroPython's own, plus the entry `vfs` (ports/esp32/
partitions-4MiBplus.csv and partitions-8MiBplus-ota.csv).
"""

import hashlib
import struct
from collections import namedtuple
from collections.abc import Sequence

TABLE_AT = 0x8000
TABLE_SIZE = 0xC00
SECTOR = 0x1000
VFS_AT = 0x200000
VFS_SIZE = 0x200000
APP, DATA = 0, 1
FAT = 0x81  # what MicroPython calls its file system's subtype, whatever is in it
_ENTRY = struct.Struct("<2sBBII16sI")
_MAGIC, _MD5_MAGIC = b"\xaa\x50", b"\xeb\xeb"

Partition = namedtuple("Partition", "kind subtype offset size label flags")
VFS = Partition(DATA, FAT, VFS_AT, VFS_SIZE, "vfs", 0)
FILE_SYSTEMS = ("vfs", "ffat")

# flash: the least bytes of flash; vfs: the file system's entry; table: all entries, or None for
# those of the stock image with `vfs` in place of its own.
Layout = namedtuple("Layout", "flash vfs table")
SMALL = Layout(4 << 20, VFS, None)
_OTA_0, _OTA_1, _OTA_DATA, _NVS, _PHY = 0x10, 0x11, 0, 2, 1  # subtypes
_LARGE_VFS = Partition(DATA, FAT, 0x4F0000, 0x310000, "vfs", 0)
LARGE = Layout(8 << 20, _LARGE_VFS, (
    Partition(DATA, _NVS, 0x9000, 0x4000, "nvs", 0),
    # Empty: the bootloader then starts ota_0, and writes that down here (bootloader_utility.c).
    Partition(DATA, _OTA_DATA, 0xD000, 0x2000, "otadata", 0),
    Partition(DATA, _PHY, 0xF000, 0x1000, "phy_init", 0),
    Partition(APP, _OTA_0, 0x10000, 0x270000, "ota_0", 0),
    Partition(APP, _OTA_1, 0x280000, 0x270000, "ota_1", 0),
    _LARGE_VFS,
))
LAYOUTS = (SMALL, LARGE)


class TableError(ValueError):
    """A partition table that cannot be used; the text says what about it."""


def parse(table: bytes) -> list[Partition]:
    """Returns the list of Partitions of a table; raises TableError if it is none or damaged."""
    found = []
    for at in range(0, min(len(table), TABLE_SIZE) - _ENTRY.size + 1, _ENTRY.size):
        row = bytes(table[at:at + _ENTRY.size])
        if row[:2] == _MD5_MAGIC:
            if row[16:] != hashlib.md5(table[:at]).digest():
                raise TableError("its partition table is damaged (checksum differs)")
            break
        if row == b"\xff" * _ENTRY.size:
            break
        magic, kind, subtype, offset, size, label, flags = _ENTRY.unpack(row)
        if magic != _MAGIC:
            raise TableError("it has no partition table" if not at
                             else "its partition table is damaged")
        name = label.rstrip(b"\0").decode("ascii", "replace")
        found.append(Partition(kind, subtype, offset, size, name, flags))
    if not found:
        raise TableError("it has no partition table")
    return found


def build(partitions: Sequence[Partition]) -> bytes:
    """Returns the table as bytes, one whole flash sector, checksum included."""
    rows = b"".join(
        _ENTRY.pack(_MAGIC, row.kind, row.subtype, row.offset, row.size,
                    row.label.encode("ascii"), row.flags)
        for row in partitions
    )
    rows += _MD5_MAGIC + b"\xff" * 14 + hashlib.md5(rows).digest()
    if len(rows) > TABLE_SIZE:
        raise TableError("too many partitions")
    return rows.ljust(SECTOR, b"\xff")


def with_vfs(partitions: Sequence[Partition]) -> list[Partition]:
    """Returns the partitions with microhan's own file system in place of any other.

    Raises TableError when something else lies from 2 MB on, as in MicroPython's OTA variants.
    """
    kept = [row for row in partitions if not (row.kind == DATA and row.label in FILE_SYSTEMS)]
    for row in kept:
        if row.offset + row.size > VFS_AT:
            raise TableError(
                f"its partition `{row.label}` lies where microhan keeps its files (from "
                f"{VFS_AT:#x} on). Take MicroPython's plain image for this board, not an OTA one"
            )
    return sorted(kept, key=lambda row: row.offset) + [VFS]


def layout_for(flash_size: int) -> Layout:
    """Returns the Layout for a chip with so many bytes of flash (0: not known)."""
    return LARGE if flash_size >= LARGE.flash else SMALL


def laid_out(layout: Layout, stock: Sequence[Partition]) -> list[Partition]:
    """Returns the partitions of a Layout, from a stock image's own; raises TableError."""
    if layout.table is None:
        return with_vfs(stock)
    if application(stock).offset != application(layout.table).offset:
        raise TableError("its program does not begin where others' do, at 0x10000")
    return list(layout.table)


def application(partitions: Sequence[Partition]) -> Partition:
    """Returns the partition that the program is in; raises TableError if there is none."""
    for row in partitions:
        if row.kind == APP:
            return row
    raise TableError("its partition table names no program")


def file_system(partitions: Sequence[Partition]) -> Partition | None:
    """Returns the file system's partition, or None where the firmware makes one up at boot."""
    return next((row for row in partitions if row.label in FILE_SYSTEMS), None)
