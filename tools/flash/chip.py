"""The chip behind a serial port, by esptool: what it is, reading and writing its flash."""

import contextlib
import io
from collections.abc import Callable
from typing import TYPE_CHECKING

from esptool.cmds import (
    attach_flash,
    detect_chip,
    detect_flash_size,
    read_flash,
    reset_chip,
    run_stub,
    write_flash,
)
from esptool.util import FatalError, flash_size_bytes

from build import boards

if TYPE_CHECKING:
    from build.boards import Board

FASTER_BAUD = 460800  # what common USB bridges and long cables still carry


class ChipError(Exception):
    """The chip does not answer or does not do what it is told; the text says what to do."""


class Chip:
    """A connected chip, its flasher running. Use it as a context manager: it closes the port."""

    def __init__(self, port: str, stub: bool = True, say: Callable[[str], None] = print) -> None:
        """Connects, resetting the chip into its loader; raises ChipError.

        `stub` False leaves it at the loader in ROM, slower, for emulators that run no other.
        """
        self._esp = None
        self._log = io.StringIO()  # esptool's own talk: a person needs none of it
        say(f"chip: connecting on {port}")
        try:
            with self._quiet():
                self._esp = detect_chip(port)
                if self._esp.secure_download_mode:
                    raise FatalError("its flash is locked (secure download mode)")
                if stub:
                    self._esp = run_stub(self._esp)
                    self._esp.change_baud(FASTER_BAUD)
                attach_flash(self._esp)
                size = detect_flash_size(self._esp)
        except (FatalError, OSError) as error:
            self.close()
            raise ChipError(_words(port, error)) from error
        self.chip_id = self._esp.IMAGE_CHIP_ID
        self.name = self._esp.CHIP_NAME
        self.mac = bytes(self._esp.read_mac())
        self.flash_size = flash_size_bytes(size) if size else 0  # bytes; 0: not known

    def __enter__(self) -> "Chip":
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def read(self, at: int, size: int, progress: bool = False) -> bytes:
        """Returns `size` bytes of flash from address `at`; raises ChipError."""
        try:
            with contextlib.nullcontext() if progress else self._quiet():
                return read_flash(self._esp, at, size, no_progress=not progress)
        except (FatalError, OSError) as error:
            raise ChipError(f"reading the flash failed: {_first_line(error)}. Check the cable, "
                            "and try again") from error

    def write(self, at: int, content: bytes) -> None:
        """Writes and verifies flash from address `at`; raises ChipError."""
        try:
            write_flash(self._esp, [(at, content)])
        except (FatalError, OSError) as error:
            raise ChipError(f"writing the flash failed: {_first_line(error)}. Check the cable, "
                            "and type the same again") from error

    def restart(self) -> None:
        """Resets the chip into what was written, and closes the port."""
        try:
            with self._quiet():
                reset_chip(self._esp, "hard-reset")
        except (FatalError, OSError) as error:
            raise ChipError("the dongle could not be restarted from here: unplug it and plug it "
                            f"in again ({_first_line(error)})") from error
        finally:
            self.close()

    def close(self) -> None:
        """Lets go of the port."""
        if self._esp is not None and self._esp._port is not None:
            with contextlib.suppress(OSError):
                self._esp._port.close()
            self._esp = None

    @contextlib.contextmanager
    def _quiet(self):
        with contextlib.redirect_stdout(self._log), contextlib.redirect_stderr(self._log):
            yield


def check(chip: Chip, board: "Board | None", least: int) -> "Board":
    """Returns the Board to build for; raises ChipError for another chip or too little flash.

    `board` is what was asked for, or None: then it is the board with this chip.
    """
    fitting = boards.of_chip_id(chip.chip_id)
    if fitting is None:
        names = ", ".join(one.words for one in boards.BOARDS.values())
        raise ChipError(f"this is an {chip.name}, and microhan runs on {names}")
    if board is not None and board.chip_id != chip.chip_id:
        raise ChipError(f"this is an {chip.name}, and BOARD={board.name} is an {board.words}. "
                        f"Give BOARD={fitting.name}")
    if 0 < chip.flash_size < least:
        raise ChipError(f"this chip has {chip.flash_size >> 20} MB of flash, and microhan needs "
                        f"{least >> 20} MB: with less there is no room for its files")
    return board or fitting


def _first_line(error):
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else repr(error)


def _words(port, error):
    text = str(error)
    if "Failed to connect" in text or "No serial data" in text:
        return (f"nothing on {port} answers as an ESP32. Hold its BOOT button down, tap RESET (or "
                "plug it in again), let go of BOOT, and try again. Is it the right port?")
    if "Permission denied" in text:
        return f"you may not use {port}: add yourself to the group dialout, log out and in again"
    if "Could not open" in text:
        return f"{port} cannot be opened: is another program using it, or was it unplugged?"
    return f"{port}: {_first_line(error)}"
