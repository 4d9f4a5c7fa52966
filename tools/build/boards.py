"""The boards that microhan is built for, and how their images are laid out."""

from collections import namedtuple

# chip: esptool's name; chip_id: in an ESP image's header; arch: mpy-cross's; boot: where the
# bootloader, and so MicroPython's own .bin, starts in flash (ESP-IDF, esp_app_format.h).
Board = namedtuple("Board", "name chip words chip_id arch boot")

BOARDS = {
    board.name: board
    for board in (
        Board("ESP32_GENERIC", "esp32", "ESP32", 0, "xtensawin", 0x1000),
        Board("ESP32_GENERIC_S3", "esp32s3", "ESP32-S3", 9, "xtensawin", 0),
        Board("ESP32_GENERIC_C3", "esp32c3", "ESP32-C3", 5, "rv32imc", 0),
    )
}
DEFAULT = "ESP32_GENERIC"


class UnknownBoard(ValueError):
    """No board of this name; the text lists those there are."""


def named(name: str) -> Board:
    """Returns the Board, the default one for ""; raises UnknownBoard."""
    try:
        return BOARDS[name or DEFAULT]
    except KeyError:
        names = ", ".join(BOARDS)
        raise UnknownBoard(f"BOARD={name} is not known here. Give one of: {names}") from None


def of_chip_id(chip_id: int) -> Board | None:
    """Returns the Board with this chip, or None."""
    return next((board for board in BOARDS.values() if board.chip_id == chip_id), None)
