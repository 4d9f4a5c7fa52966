"""One device on the emulator with its meter, its broker and whoever asks it."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import meter_model

from . import images
from .broker import Broker
from .clients import Site
from .console import Console
from .emulator import Emulator
from .meter import Meter
from .terminal import Terminal

if TYPE_CHECKING:
    from flash.micropython_image import Firmware

_LOOK = 0.1  # s of ours between two looks
_SLOWEST_S = 120  # for an emulator to begin


class Setting(NamedTuple):
    """What all devices of a run share."""

    program: str  # the emulator
    stocked: "Firmware"
    ssid: str
    shift: int  # the guest's nanoseconds for an instruction, as a power of two
    folder: Path  # of this run

    @property
    def version(self) -> str:
        """MicroPython's, as the rows' names have it."""
        return self.stocked.version.text.lstrip("v")


def line_of(meter: str) -> dict[str, Any]:
    """The configuration for a device that need not search for its meter's line."""
    line = meter_model.find(meter).line
    return {"meter": {"baud": line.baud, "bits": line.bits, "parity": line.parity}}


class Bench:
    """A device that has not been switched on yet, as a context. `folder` has all that it left.

    `config` in place of one that does: the bytes of the file; `flash`: of the whole flash;
    `changes`: sections of the configuration in place of the usual ones; `files`: more of them on
    its flash; for `ballast` and `boot` see images.flash, for `leap` Emulator.
    """

    def __init__(self, setting: Setting, name: str, tls: bool = False, config: bytes | None = None,
                 flash: bytes | None = None, ballast: int = 0, leap: bool = False,
                 changes: dict[str, dict] | None = None,
                 files: dict[str, bytes] | None = None, boot: bytes = b"") -> None:
        self.setting = setting
        self.folder = setting.folder / name
        self.folder.mkdir(parents=True)
        self.console = Console(self.folder / "console.log")
        self.clock = self.console.clock
        self.broker = Broker(self.folder, self.clock, tls)
        self.config = images.configuration(setting.ssid, self.broker)
        self.config.update(changes or {})
        self._leap = leap
        self._flash = self.folder / "flash.bin"
        self._flash.write_bytes(flash or images.flash(
            setting.stocked, self.config if config is None else config, ballast, files, boot))
        self.emulator = Emulator(setting.program, self._flash, self.console,
                                 self.folder / "emulator.log", setting.shift, leap)
        self.site = Site(self.emulator.http, images.TOKEN, self.clock)
        self.meter: Meter | None = None
        self.status: dict | None = None  # the newest /status.json
        self.begun = 0  # the console's line at which the newest start begins

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *_: object) -> None:
        if self.meter:
            self.meter.stop()
        self.emulator.stop()
        self.broker.stop()
        # the figures are in the logs; 4 MB each are not kept
        self._flash.unlink()

    def switch_on(self) -> None:
        """Power, now or again; returns once the chip runs, which takes an emulator a while."""
        self.begun = len(self.console.lines)
        boots = self.console.boots
        self.emulator.start()
        self.until(lambda: self.console.boots > boots, _SLOWEST_S)

    @contextlib.contextmanager
    def terminal(self) -> Iterator[str]:
        """The path of a serial port that is the device's console."""
        terminal = self.console.terminal = Terminal(self.console.send)
        try:
            yield terminal.path
        finally:
            self.console.terminal = None
            terminal.close()

    def plug_in(self, name: str, interval: float, before_s: int | None = None) -> None:
        """A meter at its port, sending from now on; for `before_s` see Meter."""
        self.meter = Meter(name, interval, self.emulator, self.clock, self.folder / "meter.log",
                           self._leap, before_s)
        self.meter.start()

    def until(self, wanted: Callable[[], object], seconds: float) -> bool:
        """Whether wanted() came true within so many seconds of the guest's time."""
        end = self.clock.now() + seconds
        while not wanted():
            if self.clock.now() > end or not self.emulator.alive():
                return False
            time.sleep(_LOOK)
        return True

    def rest(self, seconds: float) -> None:
        """Let the guest's time pass."""
        self.until(lambda: False, seconds)

    def answers(self) -> bool:
        """Whether /status.json comes now; it is kept in `status`."""
        found = self.site.status()
        self.status = found or self.status
        return found is not None

    def started(self, seconds: float) -> bool:
        """Whether the application came so far, within so many seconds, that it named its page."""
        return self.until(lambda: self.console.says("^microhan page ", self.begun), seconds)

    def seconds_to_page(self, seconds: float) -> float | None:
        """The guest's time until /status.json came, None if it did not within so many seconds.

        Not asked before there is a network: QEMU would keep what finds nobody, and ask again
        much later.
        """
        began = self.clock.now()
        came = self.started(seconds) and self.until(self.answers, seconds)
        # a new sample may turn the clock back a little
        return max(0.0, round(self.clock.now() - began, 1)) if came else None
