"""The ESP32 board: UART, Wi-Fi, watchdog, light, memory."""

import gc
import os

import esp32
import machine
import network

from micropython import const

_GROWTH = const(44000)  # with the first 56 kB: the application, and its garbage
_SPARE = const(16000)  # for Wi-Fi meanwhile
_RXBUF = const(4096)  # 356 ms at 115200: a telegram and a flash erase (micropython #3782)
_PARITY = {"none": None, "even": 0, "odd": 1}
_CAUSES = {
    machine.PWRON_RESET: "power on",
    machine.HARD_RESET: "reset",
    machine.WDT_RESET: "watchdog",
    machine.DEEPSLEEP_RESET: "deep sleep",
    machine.SOFT_RESET: "soft reset",
}
# chip: rx, tx, led, button, MHz. tx is a free pin that nothing is connected to: before 1.29
# machine.UART cannot do without. Straps, flash and console pins are avoided.
_PINS = {
    "ESP32": (16, 19, 18, 0, 240),
    "ESP32S3": (16, 17, 18, 0, 240),
    "ESP32C3": (4, 5, 6, 9, 160),
}


def _chip():
    """ "ESP32", "ESP32S3" or "ESP32C3", from the name that the firmware was built for."""
    words = os.uname().machine.upper().replace("-", "")
    for name in ("ESP32S3", "ESP32C3"):
        if name in words:
            return name
    return "ESP32"


def _hold_back(tx, rx):
    """A UART with buffers so large that _GROWTH is the largest block that the system has left."""
    large = sorted([h[2] for h in esp32.idf_heap_info(esp32.HEAP_DATA)])[-2:]
    sizes = [min(max(size - _GROWTH, 256), 65000) for size in large]
    return machine.UART(2, tx=tx, rx=rx, txbuf=sizes[0], rxbuf=sizes[1])


def _grow():
    """Use up memory until Python's heap has grown. Returns what keeps it so."""
    pile = None
    while _largest() > _GROWTH // 2:
        pile = [None] * 1024, pile
    rest = [None] * 1024  # in the new area: the old one is full
    rest.clear()  # 16 bytes are left of it: an empty area would be given back
    return rest


def _largest():
    return max([h[2] for h in esp32.idf_heap_info(esp32.HEAP_DATA)])


class Board:
    """What the firmware may ask of the hardware. The twin on a PC has one with the same face."""

    root = ""  # every path begins with it
    poll_ms = 10

    def __init__(self):
        self.name = _chip()
        self._pins = dict(zip(("rx", "tx", "led", "button"), _PINS[self.name]))
        self._led = None
        self._low = 1 << 29
        machine.freq(_PINS[self.name][4] * 1_000_000)
        # The radio takes its buffers now, before Python's heap grows into what it needs: later it
        # finds nothing and the chip aborts (micropython #12141).
        network.WLAN(network.STA_IF).active(True)
        self._grown = None
        if self.name == "ESP32":
            self._grow()
            self._open_uart(_RXBUF)

    def _grow(self):
        """Make Python's heap as large as it is to be, now, before anything is in it.

        By itself it would grow by doubling (py/gc.c, gc_try_add_heap), from 56 kB by 56 kB more,
        and TLS finds too little then; the third time it would take the largest block there is, and
        Wi-Fi falls silent. Only the ESP32 is so short of memory, and it has a UART to spare.
        """
        try:
            self._open_uart(_RXBUF + _SPARE)
            held = _hold_back(self._pins["tx"], self._pins["button"])
            self._open_uart(_RXBUF)  # gives _SPARE to the system
            try:
                self._grown = _grow()
            finally:
                held.deinit()
        except (OSError, ValueError, MemoryError) as error:
            print("board: heap not grown:", error)

    def configure(self, pins):
        """Take the section `pins` of the configuration; -1 keeps the board's own."""
        for name in pins:
            if pins[name] >= 0:
                self._pins[name] = pins[name]
        self._led = machine.Pin(self._pins["led"], machine.Pin.OUT, value=0)

    def unique_id(self):
        """The MAC address, 6 bytes."""
        return machine.unique_id()

    def uart(self, baud, bits, parity, invert):
        """UART1 (never UART0, where byte 3 would be Ctrl-C): readinto(buf) -> int or None.

        `parity` is "none", "even" or "odd"; `invert` True where no transistor inverts the line.
        """
        return self._open_uart(_RXBUF, baud, bits, _PARITY[parity],
                               machine.UART.INV_RX if invert else 0)

    def _open_uart(self, rxbuf, baud=115200, bits=8, parity=None, invert=0):
        # timeout_char 0 keeps the interrupt threshold at one byte: 11 ms of headroom, not 0.7
        return machine.UART(
            1, baudrate=baud, bits=bits, parity=parity, stop=1, tx=self._pins["tx"],
            rx=self._pins["rx"], rxbuf=rxbuf, timeout=0, timeout_char=0, invert=invert)

    def random(self, n):
        """n bytes of the hardware's random source."""
        return os.urandom(n)

    def reset(self):
        """Restart the chip."""
        machine.reset()

    def watchdog(self, timeout_ms):
        """An object to feed() at least every timeout_ms. It cannot be stopped any more."""
        return machine.WDT(timeout=timeout_ms)

    def led(self, on):
        """The light."""
        if self._led:
            self._led(on)

    def wlan(self):
        """The Wi-Fi station."""
        return network.WLAN(network.STA_IF)

    def set_hostname(self, name):
        """Before the station connects: mDNS answers to it too."""
        network.hostname(name)

    def dns_servers(self):
        """Addresses of the name servers that DHCP gave."""
        server = network.WLAN(network.STA_IF).ifconfig()[3]
        return [server] if server and server != "0.0.0.0" else []

    def address(self):
        """Our own address, or "" when not connected."""
        wlan = network.WLAN(network.STA_IF)
        return wlan.ifconfig()[0] if wlan.isconnected() else ""

    def memory(self):
        """Bytes, a dict: `free` and `low` of Python's heap (now, and the least seen), and
        `system_block`, `system_low` of the system's (largest free block, least ever free):
        sockets, Wi-Fi and TLS live there."""
        heaps = esp32.idf_heap_info(esp32.HEAP_DATA)
        block = max([h[2] for h in heaps])
        free = gc.mem_free() - block  # it counts what the heap might still take from the system
        self._low = min(self._low, free)
        return {"free": free, "low": self._low, "system_block": block,
                "system_low": sum([h[3] for h in heaps])}

    def set_clock(self, year, month, day, hour, minute, second):
        """Set the chip's clock, UTC."""
        machine.RTC().datetime((year, month, day, 0, hour, minute, second, 0))

    def reset_cause(self):
        """Why the chip started, in words."""
        return _CAUSES.get(machine.reset_cause(), "unknown")
