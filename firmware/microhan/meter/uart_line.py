"""The meter's line: a UART, opened with the settings that work. line_search.py finds them."""

from micropython import const

SPEEDS = (115200, 38400, 19200, 9600, 4800, 2400, 1200)  # that the search tries

# What a burst's bytes say of the settings in use.
NOTHING = const(0)
SLOWER = const(1)  # than the settings in use: the line is
FASTER = const(2)
POLARITY = const(3)
SEVEN = const(4)  # every byte has an even number of ones: seven bits and parity
FRAMING = const(5)  # begins as a telegram does, but under other bits or parity than 8N1
PULLUP = const(6)  # zeros come out short
BEGINS = const(7)  # as a telegram does
OTHER = const(8)  # a speed that is none of SPEEDS
ODD = const(9)  # every byte has an odd number of ones
NINE = const(10)  # begins with a character and its stop bit: a byte takes nine bits, as 7N1's
ZEROS = const(11)  # and nothing else: far slower
HELD = const(12)  # and nothing else, at any speed: the line is held low
ONES = const(13)  # and nothing else: short lows on an idle line
UNIFORM = const(14)  # every value is as frequent as any other: noise, or encrypted
CLUES = const(15)

_STALE_MS = const(200)


def text_of(settings):
    """Settings as they are kept on flash: b"2400 8 even 0"."""
    return ("%d %d %s %d" % settings).encode()


def settings_of(text):
    """The settings that a text (bytes, or None) names; the likeliest ones if it names none."""
    try:
        baud, bits, parity, inverted = text.decode().split()
        settings = int(baud), int(bits), parity, inverted == "1"
        if settings[0] in SPEEDS and settings[1] in (7, 8) and parity in ("none", "even", "odd"):
            return settings
    except (AttributeError, ValueError):
        pass
    return SPEEDS[0], 8, "none", False


class Line:
    """The UART, with the settings that `open_uart(baud, bits, parity, invert)` opens it with.

    `fixed` is the settings that the owner chose, or None to search. `remembered` is the text of
    those that worked last, bytes or None; `remember(text)` keeps it.
    """

    def __init__(self, open_uart, fixed=None, remembered=None, remember=None):
        # For so long bytes may still have been heard with the settings before: the UART's FIFO
        # and its driver's buffer hand them over late.
        self.stale_ms = 0
        self._open = open_uart
        self._remember = remember
        self._remembered = remembered
        self.fixed = fixed is not None
        self.found = self.fixed
        self._use(fixed or settings_of(remembered))

    def _use(self, settings):
        self.settings = settings
        self.uart = self._open(*settings)

    def change(self, settings):
        """Use other settings: (bit/s, data bits, parity, inverted by the ESP32)."""
        self._use(settings)
        self.stale_ms = _STALE_MS

    def works(self):
        """A telegram came: these settings are right."""
        if self.found:
            return
        self.found = True
        text = text_of(self.settings)
        if self._remember and text != self._remembered:
            self._remembered = text
            try:
                self._remember(text)
            except OSError:
                pass  # a full flash: found again after the next start
