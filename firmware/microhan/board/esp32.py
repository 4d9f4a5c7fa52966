"""The ESP32 board: UART, Wi-Fi, watchdog, light, memory."""

import gc
import io
import os
from typing import TYPE_CHECKING

import esp32
import machine
import network
import tls

from micropython import const

from .room import Room

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .access_point import AccessPoint
    from .console import Console
    from .in_place import InPlace
    from .port import Port

_RXBUF = const(4096)  # 356 ms at 115200 bit/s: a telegram and a flash erase (micropython #3782)
_ROOMY = const(200000)
_NAMES = const(2304)  # bytes: see names_table.py
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


def is_plain() -> bool:
    """Whether this is an ESP32 without PSRAM, whose memory must be divided. The others have more.
    """
    return _chip() == "ESP32" and max([heap[2] for heap in _heaps()]) < _ROOMY


class Board:
    """What the firmware may ask of the hardware. The twin's Board has the same methods.

    `root`: what every path begins with; `poll_ms`: how often the meter's line is read; `places`:
    how many requests are answered at once; `waiting`: how many connections may wait to be
    accepted; `dns_port`: where the access point's name server is; has_room, end_wait: see Room;
    in_place: the InPlace if the bytecode is read in flash, else None; `tls_alone`: whether there
    is no memory for TLS beside a page, nor beside binary lists.
    """

    root = ""
    poll_ms = 10
    dns_port = 53

    def __init__(self, in_place: "InPlace | None") -> None:
        self._in_place = in_place
        self.name = _chip()
        self._pins = dict(zip(("rx", "tx", "led", "button"), _PINS[self.name]))
        self._led: machine.Pin | None = None
        self._led_off = False  # the level at which the light is off
        self._button: machine.Pin | None = None
        self._port: Port | None = None
        self._heap_low = 1 << 29
        self.before_reset: list[Callable[[], object]] = []  # what is to be done before a restart
        machine.freq(_PINS[self.name][4] * 1_000_000)
        # The radio takes its buffers now, before Python's heap grows into what it needs: later it
        # finds nothing and the chip aborts (micropython #12141).
        network.WLAN(network.STA_IF).active(True)
        self.is_plain = is_plain()
        self.tls_alone = self.is_plain and not in_place
        self._keeps_heap_grown: list | None = None
        self._names_place: bytearray | None = None
        # A TLS socket is to take the two blocks of memory that a connection needs, 17 and 4 kB.
        # Its context is one piece of 2.5 kB of the heap, which is whole now.
        self._tls_place: Any = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT) if self.is_plain else None
        self._begin_low()

    def divide_memory(self, encrypted: bool, set_up: bool, warn: "Callable[[str], None]") -> None:
        """Give Python's heap and the system each their share, before anything else is loaded.

        encrypted: whether some connection will be; set_up: whether there will be an access point,
        which takes as much of the system's memory, and no such connection. `warn` gets a sentence
        if it did not work.
        """
        if self.tls_alone:
            warn("this chip cannot read its program in flash, so that it takes 30 kB of memory "
                 "more: there is none for TLS beside the page (docs/memory.md), please report it")
        is_larger = encrypted or set_up  # the system's share
        if self._in_place:  # with TLS each kB at rest counts
            self._in_place.kept = not is_larger
        if self.is_plain:
            from .division import divide

            try:
                self._take_tls_place(is_larger)
                self._keeps_heap_grown = divide(self._open_uart, _RXBUF, is_larger,
                                                self._in_place is not None)
            except (OSError, ValueError, MemoryError) as error:
                warn("the memory could not be divided (%s): under load Wi-Fi may fall silent, "
                     "please report this" % error)
                self._open_uart(_RXBUF)
            if set_up and self._tls_place:
                self._tls_place.close()
                self._tls_place = None
            self._names_place = bytearray(_NAMES)
        else:
            self._open_uart(_RXBUF)
        room = Room(self.is_plain, is_larger, _heaps)
        self.has_room = room.has
        self.end_wait = room.end_wait
        self._settle = room.settle
        self.places = room.places
        self.waiting = room.waiting
        self._begin_low()

    def _take_tls_place(self, is_wanted):
        context = self._tls_place
        self._tls_place = None
        if is_wanted:
            context.verify_mode = tls.CERT_NONE
            self._tls_place = context.wrap_socket(io.BytesIO(), do_handshake_on_connect=False)

    def settle(self, encrypted: bool) -> "Any":
        """The ways out come next. Requests wait until the first connection by TLS is made; returns
        the TLS socket whose memory it is to have, or None."""
        if not self.is_plain:
            return None
        from .names_table import make

        self._names_place = None
        make()
        if encrypted:
            self._settle()
        place = self._tls_place
        self._tls_place = None
        return place

    def _open_uart(self, size):
        # timeout_char 0 keeps the interrupt's threshold at one byte: 11 ms of headroom, not 0.7
        uart = self._uart = machine.UART(
            1, baudrate=115200, tx=self._pins["tx"], rx=self._pins["rx"], rxbuf=size, timeout=0,
            timeout_char=0)
        return lambda size: uart.init(rxbuf=size)

    def configure(self, pins: dict, warn: "Callable[[str], None]") -> None:
        """Take over the section `pins` of the configuration; -1 keeps the board's own pin.

        A pin that the chip cannot use so stays the board's own, and `warn` gets a sentence.
        """
        from .pins import part_from_console, usable

        self._pins = usable(self.name, self._pins, pins, warn)
        part_from_console(self.name, self._pins)
        self._sense = pins["pin1_sense"]
        self._led_off = pins["led_invert"] == "on"
        self._led = machine.Pin(self._pins["led"], machine.Pin.OUT, value=self._led_off)
        self._button = machine.Pin(self._pins["button"], machine.Pin.IN, machine.Pin.PULL_UP)

    def open(self, pins: dict, warn: "Callable[[str], None]") -> "Port":
        """The pins of the meter's port, to switch them: one Port, however often it is asked for.
        pins: as of configure(), after it."""
        if not self._port:
            from .port import make

            self._port = make(self.name, self._pins, pins, warn)
        return self._port

    def close(self) -> None:
        """Feed the port no longer: the application has ended."""
        if self._port:
            self._port.feed(False)

    def port(self) -> "tuple[str, int | None]":
        """What pin 1 of the meter's port is like, which nobody opened: ("", mV or None)."""
        from .port import milli

        millivolts = milli(self.name, self._pins.values(), self._sense)
        if millivolts is None:
            self._sense = -2  # as if there were none
        return "", millivolts

    def unique_id(self) -> bytes:
        """The MAC address, 6 bytes."""
        return machine.unique_id()

    def uart(self, baud: int, bits: int, parity: str, invert: bool) -> "machine.UART":
        """UART1 with these settings: an object with readinto(buf), which gives an int or None.

        Not UART0, the console, where byte 3 would be Ctrl-C. `parity` is "none", "even" or "odd";
        `invert` is True where no transistor inverts the line. Its buffer stays: the system may
        have no piece of memory for another one.
        """
        uart = self._uart
        uart.init(baudrate=baud, bits=bits, parity=_PARITY[parity], stop=1,
                  invert=machine.UART.INV_RX if invert else 0)
        uart.read()  # what was heard with the settings before
        return uart

    def random(self, n: int) -> bytes:
        """n bytes from the hardware's source of randomness."""
        return os.urandom(n)

    def reset(self) -> None:
        """Restart the chip, when all that `before_reset` has is done."""
        self.close()
        for call in self.before_reset:
            try:
                call()
            except (OSError, MemoryError):
                pass  # a full flash, or full memory, must not hold the restart up
        machine.reset()

    def watchdog(self, timeout_ms: int) -> "Board":
        """An object to feed() at least every timeout_ms. It cannot be stopped again."""
        self._wdt = machine.WDT(timeout=timeout_ms)
        return self

    def feed(self) -> None:
        """Feed the watchdog; and look at the system's memory, since this comes every 2 s."""
        self._wdt.feed()
        self._note_low(_heaps())

    def _begin_low(self):
        heaps = _heaps()
        self._low_at_start = [heap[3] for heap in heaps]
        self._system_low = [heap[1] for heap in heaps]
        self._system = sum(self._system_low)  # what it has for all that is to come

    def _note_low(self, heaps):
        """Keep the least free of each of the system's heaps since the start.

        ESP-IDF keeps the least ever free, but it was less than ever after while Python's heap was
        grown (division.py). Until it is less than that, what is free now must do.
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
        """Bytes, a dict: `free` and `low` of Python's heap (now, and the least seen); of the
        system's memory, where sockets, Wi-Fi and TLS live, `system_free`, `system_block` (the
        largest free block) and `system_low` (least free since the start); and how it was divided:
        `heap`, which is Python's, and `system`."""
        heaps = _heaps()
        self._note_low(heaps)
        block = max([heap[2] for heap in heaps])
        free = gc.mem_free() - block  # mem_free() counts what the heap could take from the system
        self._heap_low = min(self._heap_low, free)
        return {"in_place": self._in_place is not None, "free": free, "low": self._heap_low,
                "heap": gc.mem_alloc() + free,
                "system": self._system, "system_free": sum([heap[1] for heap in heaps]),
                "system_block": block, "system_low": sum(self._system_low)}

    def set_clock(self, year: int, month: int, day: int, hour: int, minute: int,
                  second: int) -> None:
        """Set the chip's clock, UTC."""
        machine.RTC().datetime((year, month, day, 0, hour, minute, second, 0))

    def dump(self, data: "bytes | bytearray") -> None:
        """Keep up to 2 kB over a reset of the chip: not over a loss of power."""
        machine.RTC().memory(data)

    def load(self) -> bytes:
        """What was kept so; b"" if nothing was."""
        return machine.RTC().memory()

    def reset_cause(self) -> str:
        """Why the chip started, in words."""
        return _CAUSES.get(machine.reset_cause(), "unknown")
