"""What `make flash` meets, without hardware: a chip with flash, and a console on a pty."""

import json
import os
import pty
import threading

ESP32_ID = 0


class Chip:
    """Stands in for chip.Chip: flash in memory; `cut` bytes into a write, the cable comes out."""

    def __init__(self, megabytes=4, chip_id=ESP32_ID, name="ESP32", content=b"", cut=None):
        self.flash = bytearray(content.ljust(megabytes << 20, b"\xff"))
        self.flash_size = megabytes << 20
        self.chip_id = chip_id
        self.name = name
        self.mac = bytes.fromhex("24ad0ba1b2c3")
        self.cut = cut
        self.restarts = 0

    def read(self, at, size, progress=False):
        return bytes(self.flash[at:at + size])

    def write(self, at, content):
        end = len(content) if self.cut is None else self.cut
        self.flash[at:at + end] = content[:end]
        if self.cut is not None:
            raise CableOut("the cable came out")

    def restart(self):
        self.restarts += 1


class CableOut(Exception):
    """A write that did not come to its end."""


BANNER = (
    "ets Jul 29 2019 12:21:46", "rst:0x1 (POWERON_RESET)",
    "microhan 0.1.0 id a1b2c3 build 1f2e3d4c", "microhan password abcdefghjkmn",
    "microhan token 23456789abcdef",
    "microhan page http://192.168.1.23/",
)
_BOOT_S = 0.4
_PROMPT = b"\r\nMicroPython v1.29.0 on 2026-08-24; x\r\n>>> "


class Console:
    """MicroPython on a pty, as far as mpremote and a listener see it.

    It runs an application that prints `banner` at each start; Ctrl-C stops it, the raw REPL
    answers each program with `answer`, and `machine.reset()` starts it again.
    """

    def __init__(self, banner=BANNER, answer=None, deaf=False):
        self.banner = banner
        self.answer = answer or {"micropython": "v1.29.0", "version": "0.1.0", "id": "a1b2c3",
                                 "free": 1_600_000}
        self.deaf = deaf
        self.resets = 0
        self.master, self.slave = pty.openpty()
        self.port = os.ttyname(self.slave)
        self._raw = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        self.start()
        return self

    def __exit__(self, *failure):
        self._boot.cancel()
        self._boot.join()
        os.close(self.slave)
        self._thread.join(5)
        os.close(self.master)

    def start(self):
        """The application starts, and says so after a while, as a booting chip does."""
        words = "".join(f"{line}\r\n" for line in self.banner).encode()
        self._boot = threading.Timer(_BOOT_S, os.write, (self.master, words))
        self._boot.start()

    def _run(self):
        program = b""
        while True:
            try:
                got = os.read(self.master, 1024)
            except OSError:  # the last one closed the other end
                return
            for byte in () if self.deaf else got:
                program = self._take(bytes((byte,)), program)

    def _take(self, byte, program):
        if byte == b"\x03":
            self._raw = False
            os.write(self.master, _PROMPT)
        elif byte == b"\x01" and program != b"\x05A":
            self._raw = True
            os.write(self.master, b"raw REPL; CTRL-B to exit\r\n>")
        elif byte == b"\x01":
            os.write(self.master, b"R\x00")  # understood, but without raw paste
        elif self._raw and byte == b"\x04":
            self._execute(program)
        elif self._raw and byte != b"\r":
            return program + byte
        return b""

    def _execute(self, program):
        if b"machine.reset()" in program:
            os.write(self.master, b"OK")
            self.resets += 1
            self._raw = False
            self.start()
        else:
            answer = json.dumps(self.answer).encode()
            os.write(self.master, b"OK" + answer + b"\r\n\x04\x04>")
