"""The Board of the twin: what an ESP32 has, played by a PC. Runs on MicroPython and CPython.

Same face as `microhan/board/esp32.py`.
"""

import gc
import os
import sys
import time

_PATIENCE_MS = 1000  # for the launcher's answer; without one the UART is deaf

RESTART = 75  # exit status that asks the launcher to start the VM again (EX_TEMPFAIL)


class Uart:
    """The reader's end of the meter's pseudo-terminal. Whoever sends at its other end learns the
    settings, and sends what a UART with these would hear (line_port.py).
    """

    def __init__(self, stream, settings):
        self._stream = stream
        stream.write(settings + b"\n")
        # What comes before the answer was heard with the settings before: a UART that is opened
        # anew begins with an empty buffer.
        answer, heard, byte = b"\0uart " + settings, b"", bytearray(1)
        for _ in range(_PATIENCE_MS):
            while heard != answer and stream.readinto(byte):
                heard = (heard + byte)[-len(answer):]
            if heard == answer:
                return
            time.sleep_ms(1)

    def readinto(self, buf):
        """Bytes put into buf, or None when nothing has come."""
        return self._stream.readinto(buf) or None

    def deinit(self):
        """The pseudo-terminal stays open, as a wire stays in its socket."""


class Watchdog:
    """Bites late, at the next feed: a loop that hangs for ever is the launcher's to notice.

    A minute after the start it says, once, how much heap the application takes (DESIGN.md,
    Budgets): a feed is the one moment that comes round by itself.
    """

    def __init__(self, timeout_ms, bite):
        self._timeout_ms = timeout_ms
        self._bite = bite
        self._fed = self._began = time.ticks_ms()
        self._told = sys.implementation.name == "cpython"

    def feed(self):
        """Tell it that all is well."""
        now = time.ticks_ms()
        late = time.ticks_diff(now, self._fed)
        self._fed = now
        if not self._told and time.ticks_diff(now, self._began) >= 60000:
            self._told = True
            gc.collect()
            print("twin: heap after 60 s: %d bytes" % gc.mem_alloc())
        if late > self._timeout_ms:
            print("twin: watchdog: not fed for %d ms" % late)
            self._bite()


class Board:
    """`flash`: folder that plays the flash; `fd`: number of the meter's open pseudo-terminal."""

    name = "twin"
    poll_ms = 5

    def __init__(self, flash, fd, device_id, cause, sockets):
        self.root = flash
        self.sockets = sockets
        self._id = bytes(int(device_id[i:i + 2], 16) for i in range(0, 12, 2))
        self._cause = cause
        self._low = gc.mem_free()
        if sys.implementation.name == "cpython":
            self._stream = open(fd, "r+b", buffering=0)
        else:
            self._stream = open(fd, "r+b")

    def configure(self, pins):
        """There are no pins."""

    def unique_id(self):
        """6 bytes, like a MAC."""
        return self._id

    def uart(self, baud, bits, parity, invert):
        """The meter's line, opened with these settings; as in board/esp32.py."""
        return Uart(self._stream, b"%d %d %s %d" % (baud, bits, parity.encode(), bool(invert)))

    def random(self, n):
        """n random bytes fit for secrets."""
        return os.urandom(n)

    def reset(self):
        """End, so that the launcher starts again."""
        print("twin: reset")
        if hasattr(os, "_exit"):
            sys.stdout.flush()
            os._exit(RESTART)
        sys.exit(RESTART)

    def watchdog(self, timeout_ms):
        """An object with feed()."""
        return Watchdog(timeout_ms, self.reset)

    def led(self, on):
        """There is none."""

    def wlan(self):
        """None: the PC is on the network already."""

    def set_hostname(self, name):
        """The PC has its own."""

    def dns_servers(self):
        """IPv4 addresses of the PC's name servers, text, at most 3."""
        found = []
        try:
            with open("/etc/resolv.conf") as lines:
                for line in lines:
                    words = line.split()
                    if words[:1] == ["nameserver"] and len(words) > 1 and ":" not in words[1]:
                        found.append(words[1])
        except OSError:
            pass
        return found[:3]

    def memory(self):
        """{"free", "low"}: bytes of the heap free now, and the least seen so far."""
        free = gc.mem_free()
        self._low = min(self._low, free)
        return {"free": free, "low": self._low}

    def set_clock(self, year, month, day, hour, minute, second):
        """The PC's clock stays as it is."""

    def reset_cause(self):
        """Why we started: what the launcher says."""
        return self._cause

    def address(self):
        """Where the page is, seen from this PC."""
        return "127.0.0.1"
