"""The stock MicroPython image that microhan is laid into: fetched, or FIRMWARE=file; checked."""

import re
import urllib.error
import urllib.request
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from build import boards, setup_env, vendor

from . import esp_image, partition

if TYPE_CHECKING:
    from build.boards import Board

RELEASE = "20260824-v1.29.0"  # the one that microhan is released against
OLDEST = (1, 25)
SITE = "https://micropython.org"
KEPT = Path(setup_env.BUILD) / "stock"
_TIMEOUT_S = 60
_LARGEST = 16 << 20

# content: the file's bytes, from the bootloader on, up to the end of the program
Firmware = namedtuple("Firmware", "board version partitions content")


class StockError(ValueError):
    """No usable MicroPython image; the text says why, and what to do."""


def load(board: "Board", path: str | None = None, say: Callable[[str], None] = print) -> Firmware:
    """Returns the Firmware for a Board: from a file, or MicroPython's own site (kept after).

    Raises StockError. `say` gets one line that names what is used.
    """
    name = path or name_of(board)
    if path:
        try:
            content = Path(path).expanduser().read_bytes()
        except OSError as error:
            raise StockError(f"FIRMWARE={path} cannot be read: {error.strerror}.") from error
    else:
        content = _fetched(board, name, say)
    try:
        firmware = check(board, content)
    except (esp_image.ImageError, partition.TableError) as error:
        raise StockError(f"{name} cannot be used: {error}.") from error
    say(f"firmware: MicroPython {firmware.version.text} of {firmware.version.date} for "
        f"{board.words}, {Path(name).name}")
    return firmware


def name_of(board: "Board") -> str:
    """Returns the name of the image that microhan is released against."""
    return f"{board.name}-{RELEASE}.bin"


def page_of(board: "Board") -> str:
    """Returns the address of the page that has it."""
    return f"{SITE}/download/{board.name}/"


def _fetched(board, name, say):
    kept = KEPT / name
    if not kept.exists():
        url = f"{SITE}/resources/firmware/{name}"
        say(f"firmware: downloading {name}")
        try:
            with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:
                content = answer.read(_LARGEST)
            check(board, content)
        except (OSError, ValueError) as error:
            raise StockError(
                f"MicroPython could not be downloaded ({_reason(error)}). Download {name} in a "
                f"browser, from {page_of(board)} (any .bin from v1.25.0 on will do), "
                "and give it: FIRMWARE=that-file"
            ) from error
        vendor.write_whole(kept, content)
    return kept.read_bytes()


def _reason(error):
    if isinstance(error, urllib.error.HTTPError):
        return f"the site answered {error.code}"
    if isinstance(error, urllib.error.URLError):
        return f"no connection: {error.reason}"
    return str(error)


def check(board: "Board", content: bytes) -> Firmware:
    """Returns the Firmware in these bytes; raises ImageError or TableError with the reason."""
    _refuse_other_kinds(content)
    _refuse_other_chip(board, content)
    table_at = partition.TABLE_AT - board.boot
    table = content[table_at:table_at + partition.TABLE_SIZE]
    try:
        partitions = partition.parse(table)
    except partition.TableError:
        if esp_image.micropython(content) and not table.startswith(b"\xaa\x50"):
            raise esp_image.ImageError(
                "it is only the program, for updates (.app-bin); take the .bin beside it"
            ) from None
        raise
    partition.with_vfs(partitions)
    esp_image.extent(content)
    app = partition.application(partitions)
    # Some builds carry a second copy or a file system behind the program: not ours to keep.
    end = esp_image.extent(content, app.offset - board.boot)
    if end + board.boot > app.offset + app.size:
        raise esp_image.ImageError("its program is larger than its partition")
    version = esp_image.micropython(content[app.offset - board.boot:end])
    if version is None:
        raise esp_image.ImageError("there is no MicroPython in it")
    if version[:2] < OLDEST:
        raise esp_image.ImageError(
            f"it is MicroPython {version.text}, and microhan needs v{OLDEST[0]}.{OLDEST[1]} or "
            "newer"
        )
    return Firmware(board, version, partitions, bytes(content[:end]))


def is_plain(firmware: Firmware) -> bool:
    """Returns whether the application will have no more than an ESP32's own memory: MicroPython's
    variant that uses PSRAM has that in its board's name (ports/esp32/boards/ESP32_GENERIC)."""
    return firmware.board.chip == "esp32" and b"with SPIRAM" not in firmware.content


def _refuse_other_kinds(content):
    if content[:4] == b"UF2\n":
        raise esp_image.ImageError("it is a .uf2; take the .bin of the same version")
    if content[:0x1000] == b"\xff" * 0x1000:
        raise esp_image.ImageError("it starts with empty flash, as a merged image does; take "
                                   "MicroPython's own .bin")
    if re.match(rb"\s*<", content):
        raise esp_image.ImageError("it is a web page and not an image")


def _refuse_other_chip(board, content):
    chip_id = esp_image.chip_id(content)
    if chip_id == board.chip_id:
        return
    other = boards.of_chip_id(chip_id)
    if other:
        raise esp_image.ImageError(f"it is for {other.words}, and {board.name} is an "
                                   f"{board.words}; give BOARD={other.name} if that is your board")
    raise esp_image.ImageError(f"it is for another chip than {board.words}")
