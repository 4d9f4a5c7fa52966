"""The Board of the twin: what an ESP32 has, played by a PC. Runs on MicroPython and CPython.

Same face as `microhan/board/esp32.py`. Its memory counts in the budget (docs/performance.md),
so it is one class, its own UART and watchdog, and what needs work is done by the launcher.
"""

import gc
import os
import sys
import time
from binascii import unhexlify

from micropython import const

_PATIENCE_MS = const(1000)  # for the launcher's answer; without one the UART is deaf
_DUMP = "memory"  # the file that plays the memory of the ESP32's clock
RESTART = const(75)  # exit status that asks the launcher to start the VM again (EX_TEMPFAIL)
WATCHDOG = const(76)  # likewise


class Board:
    """`fd`: number of the meter's open pseudo-terminal; `dns`: the PC's name servers; `radio`: a
    twin_radio.Radio where one is played, otherwise None."""

    name = "twin"
    root = "."  # the launcher starts us in the folder that plays the flash
    poll_ms = 5
    places = 4
    waiting = 8
    tls_alone = is_plain = False
    dns_port = 0  # any that is free
    _told = False

    def __init__(self, fd: int, device_id: bytes, cause: str, dns: list,
                 radio: object = None) -> None:
        self._stream = open(fd, "r+b", 0)
        self._id = unhexlify(device_id)
        self._cause = cause
        self._dns = dns
        self._low = gc.mem_free()
        self._radio = radio
        self.before_reset: list = []  # what is to be done before a restart

    def nothing(self, *_: object) -> None:
        """None: it has no pins, no light, no clock to be set and no name to be given, and the
        pseudo-terminal stays open, as a wire stays in its socket."""

    settle = configure = divide_memory = end_wait = led = rssi = nothing
    set_clock = set_hostname = deinit = nothing

    def open(self, pins: dict, warn: object) -> object:
        """The pins of the meter's port, as far as the launcher plays them."""
        sys.path.insert(0, "")  # where the twin's own files are (twin_main.py)
        try:
            from twin_radio import Port
        finally:
            sys.path.pop(0)
        return Port(self._stream)

    def port(self) -> tuple:
        """("", mV or None): what pin 1 is like where nobody feeds it."""
        return "", self.open({}, None).milli()  # type: ignore[attr-defined]

    def wlan(self) -> object:
        """None where no radio is played: the PC is on the network already."""
        return self._radio

    def access_point(self, name: str, password: str) -> object:
        """The PC plays the phone that is in it."""
        return self._radio

    def console(self) -> object:
        """stdin and stdout as bytes."""
        return self._radio.console()  # type: ignore[attr-defined]

    def is_pressed(self) -> bool:
        """Whether the button is held: as long as the launcher leaves a file there."""
        try:
            os.stat("button")
            return True
        except OSError:
            return False

    def unique_id(self) -> bytes:
        """6 bytes, like a MAC."""
        return self._id

    def uart(self, baud: int, bits: int, parity: str, invert: bool) -> "Board":
        """The meter's line, opened with these settings; as in board/esp32.py.

        Whoever sends at its other end learns the settings, and sends what a UART with these would
        hear (line_port.py).
        """
        settings = b"%d %d %s %d" % (baud, bits, parity.encode(), bool(invert))
        self._stream.write(settings + b"\n")
        # What comes before the answer was heard with the settings before: a UART that is opened
        # anew begins with an empty buffer.
        answer, heard, byte = b"\0uart " + settings, b"", bytearray(1)
        for _ in range(_PATIENCE_MS):
            while heard != answer and self._stream.readinto(byte):
                heard = (heard + byte)[-len(answer):]
            if heard == answer:
                break
            time.sleep_ms(1)
        return self

    def readinto(self, buf: bytearray) -> int | None:
        """Bytes put into buf, or None when nothing has come."""
        return self._stream.readinto(buf) or None

    def watchdog(self, timeout_ms: int) -> "Board":
        """An object with feed(). It bites late: what hangs is the launcher's (firmware.py)."""
        self._timeout_ms = timeout_ms
        self._fed = self._began = time.ticks_ms()
        return self

    def feed(self) -> None:
        """Tell it that all is well.

        A minute after the start it says, once, how much heap the application takes
        (docs/performance.md): a feed is the one moment that comes round by itself.
        """
        now = time.ticks_ms()
        late = time.ticks_diff(now, self._fed)
        self._fed = now
        if not self._told and time.ticks_diff(now, self._began) >= 60000:
            self._told = True
            gc.collect()
            print("twin: heap after 60 s: %d bytes" % gc.mem_alloc())
        if late > self._timeout_ms:
            print("twin: watchdog: not fed for %d ms" % late)
            self._end(WATCHDOG)

    def random(self, n: int) -> bytes:
        """n random bytes fit for secrets."""
        return os.urandom(n)

    def reset(self) -> None:
        """End, so that the launcher starts again."""
        for call in self.before_reset:
            try:
                call()
            except (OSError, MemoryError):
                pass
        self._end(RESTART)

    def _end(self, status: int) -> None:
        print("twin: reset")
        sys.exit(status)

    def dns_servers(self) -> list:
        """IPv4 addresses of the PC's name servers, text, at most 3."""
        return self._dns

    def memory(self) -> dict:
        """{"free", "low"}: bytes of the heap free now, and the least seen so far."""
        free = gc.mem_free()
        self._low = min(self._low, free)
        return {"free": free, "low": self._low}

    def has_room(self, heap: int, output: bool = False) -> bool:
        """Always: a PC's memory is not divided."""
        return True

    def dump(self, data: bytes) -> None:
        """Keep data over a restart: in a file."""
        with open(_DUMP, "wb") as file:
            file.write(data)

    def load(self) -> bytes:
        """What was kept so; nothing if the power was away."""
        if self._cause != "power on":
            try:
                with open(_DUMP, "rb") as file:
                    return file.read()
            except OSError:
                pass
        return b""

    def reset_cause(self) -> str:
        """Why we started: what the launcher says."""
        return self._cause

    def address(self) -> str:
        """Where the page is, seen from this PC."""
        if self._radio:
            address = self._radio.ifconfig()[0]  # type: ignore[attr-defined]
            return address if address != "0.0.0.0" else ""
        return "127.0.0.1"
