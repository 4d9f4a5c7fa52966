"""The meter's line: a UART, opened with the settings that work. line_search.py finds them."""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..store.files import Folder

    Settings = tuple[int, int, str, bool]  # bit/s, data bits, parity, inverted by the ESP32

SPEEDS = (115200, 38400, 19200, 9600, 4800, 2400, 1200)  # those that the search tries

# Clues: what the bytes of a burst say about the settings in use.
NOTHING = const(0)
SLOWER = const(1)  # the line is slower
FASTER = const(2)
POLARITY = const(3)
SEVEN = const(4)  # every byte has an even number of ones: seven bits and parity
FRAMING = const(5)  # it begins like a telegram, but the settings are not 8N1
PULLUP = const(6)  # zeros come out short
BEGINS = const(7)  # it begins like a telegram
OTHER = const(8)  # the line has a speed that is none of SPEEDS
ODD = const(9)  # every byte has an odd number of ones
NINE = const(10)  # it begins with a character and its stop bit: a byte takes nine bits, as in 7N1
ZEROS = const(11)  # only zeros: the line is far slower
HELD = const(12)  # only zeros, at any speed: the line is held low
ONES = const(13)  # only ones: short lows on an idle line
UNIFORM = const(14)  # every value is as frequent as any other: noise, or encrypted
CLUES = const(15)

_STALE_MS = const(200)
_FILE = "line"


def text_of(settings: "Settings") -> bytes:
    """Settings as they are kept on flash: b"2400 8 even 0"."""
    return ("%d %d %s %d" % settings).encode()


def settings_of(text: bytes | None, invert: bool = False) -> "Settings":
    """The settings that a text from flash names. If it names none: the likeliest ones, inverted by
    the ESP32 or not."""
    try:
        baud, bits, parity, inverted = (text or b"").decode().split()
        settings = int(baud), int(bits), parity, inverted == "1"
        if settings[0] in SPEEDS and settings[1] in (7, 8) and parity in ("none", "even", "odd"):
            return settings
    except ValueError:
        pass
    return SPEEDS[0], 8, "none", invert


class UartLine:
    """The UART, opened by `open_uart(baud, bits, parity, invert)`.

    `fixed` are the settings that the owner chose, or None to search. In `folder` are kept those
    that worked last; without them the search begins with the polarity `invert`.
    """

    def __init__(self, open_uart: "Callable[[int, int, str, bool], Any]", folder: "Folder",
                 fixed: "Settings | None" = None, invert: bool = False):
        # For so long bytes may still have been heard with the settings before: the UART's FIFO
        # and its driver's buffer hand them over late.
        self.stale_ms = 0
        self._open = open_uart
        self._folder = folder
        self._kept = None if fixed else folder.read(_FILE)
        self.fixed = fixed is not None
        self.is_new = not fixed and not self._kept  # nobody knows its settings yet
        self.found = self.fixed
        self._use(fixed or settings_of(self._kept, invert))

    def _use(self, settings: "Settings") -> None:
        self.settings = settings
        self.uart = self._open(*settings)

    def change(self, settings: "Settings") -> None:
        """Use other settings."""
        self._use(settings)
        self.stale_ms = _STALE_MS

    def confirm(self) -> None:
        """A telegram came: these settings are right."""
        if self.found:
            return
        self.found = True
        text = text_of(self.settings)
        if text != self._kept:
            self._kept = text
            try:
                self._folder.write(_FILE, text)
            except OSError:
                pass  # a full flash: they are found again after the next start
