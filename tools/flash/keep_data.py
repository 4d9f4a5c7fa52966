"""What a dongle holds before it is flashed: whether it is microhan's, and its /data to keep.

Nothing that may be somebody's is overwritten without ERASE=1: a file system that is not
microhan's, or one that cannot be read, stops the flashing with words.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from build import setup_env, vendor

from . import device_config, filesystem, partition

if TYPE_CHECKING:
    from flash.chip import Chip

RESCUE = Path(setup_env.ROOT) / "rescue"  # git-ignored, and `make clean` leaves it
# The last one: as it lay before one copy was one file.
_OURS = "app/a.pack", "app/b.pack", "app/a/microhan/"
# What MicroPython puts onto a new file system by itself (ports/esp32/modules/inisetup.py).
_STOCK_FILES = {"boot.py"}
_SUPERBLOCKS = 2 * filesystem.BLOCK


class KeepError(Exception):
    """There is something on the dongle that must not be lost silently; the text says what."""


def data_of(chip: "Chip", say: Callable[[str], None] = print) -> dict[str, bytes]:
    """Returns {path: bytes} of the dongle's /data, {} where it holds nothing of worth.

    Raises KeepError where there is something that is not microhan's, or cannot be read.
    """
    rescued = _rescued(chip, say)
    if rescued is not None:
        return rescued
    where = _file_system_at(chip)
    if where is None:
        say("dongle: no MicroPython on it so far: nothing to keep")
        return {}
    at, size = where
    head = chip.read(at, _SUPERBLOCKS)
    if head.count(0xFF) == len(head):
        say("dongle: its file system is empty: nothing to keep")
        return {}
    blocks = filesystem.block_count(head)
    if blocks is None or not 0 < blocks * filesystem.BLOCK <= size:
        raise KeepError("the file system on this dongle is not one that microhan made, or it is "
                        "damaged. Nothing was changed. To erase it and start anew: ERASE=1")
    say("dongle: reading its files, to keep its data (under a minute)")
    content = chip.read(at, blocks * filesystem.BLOCK, progress=True)
    try:
        files = filesystem.unpack(content)
    except filesystem.FileSystemError as error:
        path = _save(chip, content, "damaged")
        raise KeepError(f"the files on this dongle cannot be read: {error}. Nothing was changed; "
                        f"a copy is in {_shown(path)}. To start anew: ERASE=1") from error
    return _data(files, say)


def _data(files, say):
    """Returns the part of a dongle's files to keep; raises KeepError if they are not ours."""
    data = {name: content for name, content in files.items()
            if name.startswith(device_config.DATA + "/")}
    if any(name.startswith(_OURS) for name in files):
        kept = sum(map(len, data.values()))
        say(f"dongle: microhan is on it: keeping /data ({len(data)} files, {kept} bytes)")
        return data
    others = sorted(set(files) - _STOCK_FILES)
    if others:
        shown = ", ".join(others[:5]) + (" …" if len(others) > 5 else "")
        raise KeepError(f"there are files on this dongle that are not microhan's: {shown}. "
                        "Nothing was changed. Save them (mpremote cp), or erase them: ERASE=1")
    say("dongle: MicroPython is on it, without files: nothing to keep")
    return {}


def _file_system_at(chip):
    """Returns (address, most bytes) of the dongle's file system, or None if it can have none."""
    try:
        partitions = partition.parse(chip.read(partition.TABLE_AT, partition.TABLE_SIZE))
        partition.application(partitions)
    except partition.TableError:
        # Erased or half written: our file system may still be whole where it always is.
        for layout in partition.LAYOUTS:
            vfs = layout.vfs
            if layout.flash <= max(chip.flash_size, partition.SMALL.flash) and (
                    filesystem.block_count(chip.read(vfs.offset, _SUPERBLOCKS)) is not None):
                return vfs.offset, vfs.size
        return None
    vfs = partition.file_system(partitions)
    if vfs:
        return vfs.offset, vfs.size
    # From 1.26 on, MicroPython takes what is behind the last partition; so do others for data of
    # their own, which a littlefs's name in its first block then tells from MicroPython's.
    end = max(row.offset + row.size for row in partitions)
    if end + _SUPERBLOCKS > chip.flash_size:
        return None
    if filesystem.block_count(chip.read(end, _SUPERBLOCKS)) is None:
        return None
    return end, chip.flash_size - end


def save(chip: "Chip", data: dict[str, bytes]) -> Path:
    """Puts /data {path: bytes} aside until the dongle is written, and returns the Path.

    Should the writing be cut off, the next `make flash` of this dongle takes it from there.
    """
    return _save(chip, filesystem.pack(data, partition.LARGE.vfs.size), device_config.DATA)


def done(chip: "Chip") -> None:
    """Removes what was put aside: the dongle holds it again."""
    _path(chip, device_config.DATA).unlink(missing_ok=True)


def _rescued(chip, say):
    path = _path(chip, device_config.DATA)
    if not path.exists():
        return None
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(path.stat().st_mtime))
    say(f"dongle: its last flashing was cut off: its data come from {_shown(path)} ({when})")
    return filesystem.unpack(path.read_bytes())


def _save(chip, content, kind):
    path = _path(chip, kind)
    vendor.write_whole(path, content, mode=0o600)
    return path


def _path(chip, kind):
    return RESCUE / f"{chip.mac.hex()}-{kind}.littlefs"


def _shown(path):
    return os.path.relpath(path)
