"""Makes one .bin for any flasher: stock MicroPython, partition table, and the file system.

    .venv/bin/python -m flash.image [--board ESP32_GENERIC] [--firmware file] [--config file]

Written to flash at address 0. It is 4 MB long and runs on chips of 4 MB and more: the program's
half is MicroPython's, the other a littlefs of 2 MB with the application, /app/a.pack. For a board
that is known to have 8 MB it is laid out for those (partition.py).
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import build
from build import boards, setup_env, vendor

from . import device_config, esp_image, filesystem, micropython_image, partition, presets

if TYPE_CHECKING:
    from build.boards import Board
    from flash.micropython_image import Firmware
    from flash.partition import Layout, Partition

SIZE = partition.SMALL.flash  # the least that a chip must have
OUT = Path(setup_env.BUILD)


def application(board: "Board", say: Callable[[str], None] = print) -> dict[str, bytes]:
    """Returns {path: bytes} of the compiled application for a Board's processor."""
    return build.contents(build.packed(board.arch, say))


def merge(firmware: "Firmware", files: dict[str, bytes], say: Callable[[str], None] = print,
          layout: "Layout" = partition.SMALL) -> bytes:
    """Returns the whole flash, as bytes, from a stock Firmware and files {path: bytes}.

    Reads it back before it returns; `say` gets one line on what the file system holds.
    """
    board, vfs = firmware.board, layout.vfs
    flash = bytearray(b"\xff" * layout.flash)
    content = esp_image.with_flash_size(firmware.content, layout.flash)
    flash[board.boot:board.boot + len(content)] = content
    partitions = partition.laid_out(layout, firmware.partitions)
    app = partition.application(partitions)
    if board.boot + len(content) > app.offset + app.size:
        raise partition.TableError("its program is too large for this layout of the flash")
    table = partition.build(partitions)
    flash[partition.TABLE_AT:partition.TABLE_AT + len(table)] = table
    flash[vfs.offset:vfs.offset + vfs.size] = filesystem.pack(files, vfs.size)
    whole = bytes(flash)
    if split(whole, board)[1] != files:
        raise filesystem.FileSystemError("read back, the image differs from what went in")
    say(summary(files, whole[vfs.offset:vfs.offset + vfs.size]))
    return whole


def parts(flash: bytes, board: "Board") -> list[tuple[int, bytes]]:
    """Returns the pieces (address, bytes) of a merged image that have to be written: MicroPython
    with its table, and the whole file system. What lies between them is no one's.
    """
    vfs = _vfs_of(flash)
    head = flash[board.boot:vfs.offset].rstrip(b"\xff")
    head = head.ljust(-(-len(head) // partition.SECTOR) * partition.SECTOR, b"\xff")
    return [(board.boot, head), (vfs.offset, flash[vfs.offset:vfs.offset + vfs.size])]


def _vfs_of(flash):
    table = flash[partition.TABLE_AT:partition.TABLE_AT + partition.SECTOR]
    vfs = partition.file_system(partition.parse(table))
    assert vfs  # laid_out() put it there
    return vfs


def split(flash: bytes, board: "Board") -> "tuple[list[Partition], dict[str, bytes]]":
    """Returns (partitions, files {path: bytes}) of a merged image: what a dongle will find.

    Raises the errors of partition, esp_image and filesystem where it would find nothing usable.
    """
    esp_image.extent(flash, board.boot)
    partitions = partition.parse(flash[partition.TABLE_AT:partition.TABLE_AT + partition.SECTOR])
    esp_image.extent(flash, partition.application(partitions).offset)
    vfs = _vfs_of(flash)
    return partitions, filesystem.unpack(flash[vfs.offset:vfs.offset + vfs.size])


def write(flash: bytes, board: "Board", private: bool, id_: str) -> Path:
    """Writes build/microhan-<board>-<build's id>.bin and returns its Path; private ones only their
    owner reads. Which of them holds secrets is in its name. Beside it the names of that build.
    """
    path = OUT / f"microhan-{board.name}-{id_}{'-PRIVATE' if private else ''}.bin"
    vendor.write_whole(path, flash, mode=0o600 if private else 0o644)
    vendor.write_whole(path.with_suffix(".names.json"), (build.MAPS / f"{id_}.json").read_bytes())
    return path


def summary(files: dict[str, bytes], vfs: bytes) -> str:
    """Returns one line on what the file system holds."""
    total = sum(map(len, files.values()))
    used = filesystem.used_blocks(vfs) * filesystem.BLOCK
    return (f"file system: {len(files)} files, {total} bytes, take {used // 1024} of "
            f"{len(vfs) // 1024} kB")


def make(board: "Board", firmware: "Firmware", given: dict | None,
         say: Callable[[str], None] = print, layout: "Layout" = partition.SMALL,
         preset: dict | None = None) -> tuple[Path, bytes]:
    """Returns (Path, flash) of the image with configuration `given`, a dict of dicts or None.

    `preset` is what the board's own pins need, and no secret.
    """
    preset = preset or {}
    if given is not None:
        device_config.check_room(given, micropython_image.is_plain(firmware), "CONFIG")
    data = device_config.rooms(preset) if given is None else {
        device_config.CONFIG_FILE: device_config.dump(device_config.overlay(preset, given))}
    flash = merge(firmware, {**application(board, say), **data}, say, layout)
    return write(flash, board, given is not None, build.id_of(build.APP / board.arch)), flash


# What these tools say in words of their own; anything else is a fault of ours, with a traceback.
ERRORS = (micropython_image.StockError, device_config.SettingsError, build.BuildError,
          partition.TableError, filesystem.FileSystemError)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `make image` and `make flash` have in common."""
    parser.add_argument("--board", help="one of " + ", ".join((*presets.BY_NAME, *boards.BOARDS)))
    parser.add_argument("--firmware", help="MicroPython's own .bin for this board, 1.25 or newer")
    parser.add_argument("--config", help="a config.json to put in; the image is then PRIVATE")


def main() -> int:
    """Makes the image and says where it is."""
    parser = argparse.ArgumentParser(description="Make one flashable file of microhan.")
    arguments(parser)
    parser.add_argument("--flash-mb", type=int, default=0, help="the board's; else as known")
    options = parser.parse_args()
    try:
        board, preset = presets.find(options.board)
        layout = partition.layout_for(options.flash_mb << 20 or presets.flash_size(options.board))
        given = device_config.read(options.config) if options.config else None
        firmware = micropython_image.load(board, options.firmware)
        path, _ = make(board, firmware, given, layout=layout, preset=preset)
    except (*ERRORS, boards.UnknownBoard) as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    print(f"image: {os.path.relpath(path)}: write it at address 0 of a chip with "
          f"{layout.flash >> 20} MB or more")
    if given is not None:
        print("image: it holds your passwords: give it to nobody")
    return 0


if __name__ == "__main__":
    sys.exit(main())
