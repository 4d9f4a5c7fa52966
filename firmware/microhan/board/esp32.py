"""The ESP32 board: UART, Wi-Fi, watchdog, light, memory."""

import gc
import os
from typing import TYPE_CHECKING

import esp32
import machine
import network

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable

    from .access_point import AccessPoint
    from .console import Console

_GROWTH = const(44000)  # bytes of heap; with the first 56 kB: the application, and its garbage
_SPARE = const(16000)  # bytes kept for Wi-Fi while the heap is grown
_RXBUF = const(4096)  # 356 ms at 115200 bit/s: a telegram and a flash erase (micropython #3782)
_PARITY = {"none": None, "even": 0, "odd": 1}
_CAUSES = {
    machine.PWRON_RESET: "power on",
    machine.HARD_RESET: "reset",
    machine.WDT_RESET: "watchdog",
    machine.DEEPSLEEP_RESET: "deep sleep",
    machine.SOFT_RESET: "soft reset",
}
# chip: rx, tx, led, button, MHz. Nothing is connected to tx, but before 1.29 machine.UART needs
# one. Nobody reads the button yet. Pins for straps, flash and the console are avoided.
_PINS = {
    "ESP32": (16, 19, 18, 0, 240),
    "ESP32S3": (16, 17, 18, 0, 240),
    "ESP32C3": (4, 5, 6, 9, 160),
}


def _chip():
    """ "ESP32", "ESP32S3" or "ESP32C3": what the MicroPython image was built for."""
    machine_name = os.uname().machine.upper().replace("-", "")
    for name in ("ESP32S3", "ESP32C3"):
        if name in machine_name:
            return name
    return "ESP32"


def _heaps():
    """The system's heaps, tuples: size, bytes free, largest free block, least ever free."""
    return esp32.idf_heap_info(esp32.HEAP_DATA)


def _largest_block():
    return max([heap[2] for heap in _heaps()])


def _hold_back(tx, rx):
    """A UART with buffers so large that _GROWTH is the largest block that the system has left."""
    blocks = sorted([heap[2] for heap in _heaps()])[-2:]
    sizes = [min(max(size - _GROWTH, 256), 65000) for size in blocks]
    return machine.UART(2, tx=tx, rx=rx, txbuf=sizes[0], rxbuf=sizes[1])


def _fill_until_heap_grows() -> list:
    """Use up memory until Python's heap has grown. Returns an object that keeps it so."""
    chain: "tuple | None" = None
    while _largest_block() > _GROWTH // 2:
        chain = [None] * 1024, chain
    rest = [None] * 1024  # lies in the new area, since the old one is full
    rest.clear()  # 16 bytes of it are left: an empty area would be given back to the system
    return rest


class Board:
    """What the firmware may ask of the hardware. The twin's Board has the same methods.

    `root`: what every path begins with; `poll_ms`: how often the meter's line is read; `dns_port`:
    where the access point's name server listens.
    """

    root = ""
    poll_ms = 10
    dns_port = 53

    def __init__(self) -> None:
        self.name = _chip()
        self._pins = dict(zip(("rx", "tx", "led", "button"), _PINS[self.name]))
        self._led: machine.Pin | None = None
        self._led_off = False  # the level at which the light is off
        self._button: machine.Pin | None = None
        self._heap_low = 1 << 29
        machine.freq(_PINS[self.name][4] * 1_000_000)
        # The radio takes its buffers now, before Python's heap grows into what it needs: later it
        # finds nothing and the chip aborts (micropython #12141).
        network.WLAN(network.STA_IF).active(True)
        self._keeps_heap_grown = None
        if self.name == "ESP32":
            self._preallocate_heap()
            self._open_uart(_RXBUF)
        heaps = _heaps()
        self._low_at_start = [heap[3] for heap in heaps]
        self._system_low = [heap[1] for heap in heaps]

    def _preallocate_heap(self):
        """Make Python's heap as large as it is to be, now, before anything is in it.

        By itself it grows by doubling (py/gc.c, gc_try_add_heap): from 56 kB by 56 kB more, which
        leaves TLS too little; the next time it takes the largest block there is, and Wi-Fi falls
        silent. Only the ESP32 is so short of memory, and it has a UART to spare.
        """
        try:
            self._open_uart(_RXBUF + _SPARE)
            # two pins that nothing is sent to: the UART is there for its buffers only
            held = _hold_back(self._pins["tx"], self._pins["button"])
            self._open_uart(_RXBUF)  # gives _SPARE to the system
            try:
                self._keeps_heap_grown = _fill_until_heap_grows()
            finally:
                held.deinit()
        except (OSError, ValueError, MemoryError) as error:
            print("board: heap not grown:", error)

    def configure(self, pins: dict, warn: "Callable[[str], None]") -> None:
        """Take over the section `pins` of the configuration; -1 keeps the board's own pin.

        A pin that the chip cannot use so stays the board's own, and `warn` gets a sentence.
        """
        from .pins import part_from_console, usable

        self._pins = usable(self.name, self._pins, pins, warn)
        part_from_console(self.name, self._pins)
        self._led_off = pins["led_invert"] == "on"
        self._led = machine.Pin(self._pins["led"], machine.Pin.OUT, value=self._led_off)
        self._button = machine.Pin(self._pins["button"], machine.Pin.IN, machine.Pin.PULL_UP)

    def unique_id(self) -> bytes:
        """The MAC address, 6 bytes."""
        return machine.unique_id()

    def uart(self, baud: int, bits: int, parity: str, invert: bool) -> "machine.UART":
        """Open UART1: an object with readinto(buf), which gives an int or None.

        Not UART0, the console, where byte 3 would be Ctrl-C. `parity` is "none", "even" or "odd";
        `invert` is True where no transistor inverts the line.
        """
        return self._open_uart(_RXBUF, baud, bits, _PARITY[parity],
                               machine.UART.INV_RX if invert else 0)

    def _open_uart(self, rxbuf, baud=115200, bits=8, parity=None, invert=0):
        # timeout_char 0 keeps the interrupt's threshold at one byte: 11 ms of headroom, not 0.7
        return machine.UART(
            1, baudrate=baud, bits=bits, parity=parity, stop=1, tx=self._pins["tx"],
            rx=self._pins["rx"], rxbuf=rxbuf, timeout=0, timeout_char=0, invert=invert)

    def random(self, n: int) -> bytes:
        """n bytes from the hardware's source of randomness."""
        return os.urandom(n)

    def reset(self) -> None:
        """Restart the chip."""
        machine.reset()

    def watchdog(self, timeout_ms: int) -> "Board":
        """An object to feed() at least every timeout_ms. It cannot be stopped again."""
        self._wdt = machine.WDT(timeout=timeout_ms)
        return self

    def feed(self) -> None:
        """Feed the watchdog; and look at the system's memory, since this comes every 2 s."""
        self._wdt.feed()
        self._note_low(_heaps())

    def _note_low(self, heaps):
        """Keep the least free of each of the system's heaps since the start.

        ESP-IDF keeps the least ever free, but it was less than ever after while Python's heap was
        grown (_preallocate_heap). Until it is less than that, what is free now must do.
        """
        low = self._system_low
        for i in range(len(low)):
            _, free, _, least = heaps[i]
            low[i] = min(low[i], free if least >= self._low_at_start[i] else least)

    def led(self, on: bool) -> None:
        """Switch the light."""
        if self._led:
            self._led(on != self._led_off)

    def wlan(self) -> "network.WLAN":
        """The Wi-Fi station."""
        return network.WLAN(network.STA_IF)

    def access_point(self, name: str, password: str) -> "AccessPoint":
        """Open a Wi-Fi network of our own, with WPA2. It stays until the restart."""
        from .access_point import AccessPoint

        return AccessPoint(name, password)

    def console(self) -> "Console":
        """The console as bytes; Ctrl-C does not interrupt until it is closed."""
        from .console import Console

        return Console()

    def is_pressed(self) -> bool:
        """Whether the button is held down."""
        return self._button is not None and not self._button()

    def set_hostname(self, name: str) -> None:
        """Set the name that DHCP and mDNS give us; before the station connects."""
        network.hostname(name)

    def dns_servers(self) -> list[str]:
        """Addresses of the name servers that DHCP told us."""
        server = network.WLAN(network.STA_IF).ifconfig()[3]
        return [server] if server and server != "0.0.0.0" else []

    def address(self) -> str:
        """Our own address, or "" when not connected."""
        wlan = network.WLAN(network.STA_IF)
        return wlan.ifconfig()[0] if wlan.isconnected() else ""

    def rssi(self) -> int | None:
        """Strength of the Wi-Fi signal in dBm, or None when not connected."""
        wlan = network.WLAN(network.STA_IF)
        try:
            return wlan.status("rssi") if wlan.isconnected() else None
        except OSError:
            return None

    def memory(self) -> dict[str, int]:
        """Bytes, a dict: `free` and `low` of Python's heap (now, and the least seen), and
        `system_block`, `system_low` of the system's (largest free block; least free since the
        start), where sockets, Wi-Fi and TLS live."""
        heaps = _heaps()
        self._note_low(heaps)
        block = max([heap[2] for heap in heaps])
        free = gc.mem_free() - block  # mem_free() counts what the heap could take from the system
        self._heap_low = min(self._heap_low, free)
        return {"free": free, "low": self._heap_low, "system_block": block,
                "system_low": sum(self._system_low)}

    def set_clock(self, year: int, month: int, day: int, hour: int, minute: int,
                  second: int) -> None:
        """Set the chip's clock, UTC."""
        machine.RTC().datetime((year, month, day, 0, hour, minute, second, 0))

    def reset_cause(self) -> str:
        """Why the chip started, in words."""
        return _CAUSES.get(machine.reset_cause(), "unknown")
