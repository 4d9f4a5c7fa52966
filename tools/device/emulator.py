"""The QEMU that its user brings, as an ESP32: started, asked how its UART is set, cut off."""

import re
import shutil
import socket
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from meter_model.line_model import Line
from twin.children import end, spawn
from twin.ports import free_port

if TYPE_CHECKING:
    from .console import Console

_MACHINE = "esp32"
_RADIO = "esp32_wifi"
_UDP = MDNS, SHELLY = 5353, 2220
_USUAL = (300, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
# ESP32 Technical Reference Manual, 13.6: UART_CLKDIV_REG of UART1, and CONF0 12 bytes on.
_UART1 = "xp /4xw 0x3ff50014"
# 4.12: GPIO_OUT_REG, and seven words on GPIO_ENABLE_REG.
_GPIO = "xp /8xw 0x3ff44004"
_APB, _REF_TICK = 80_000_000, 1_000_000  # Hz, which of them UART_TICK_REF_ALWAYS_ON says


class NoEmulator(Exception):
    """No QEMU that can do it; the text says what is wanted."""


def find(path: str) -> str:
    """The path of a QEMU that is an ESP32 with a radio. Raises NoEmulator."""
    if not path:
        raise NoEmulator("there is no emulator: give QEMU=path of a qemu-system-xtensa that has "
                         f"the machine {_MACHINE} with the network card {_RADIO}")
    program = shutil.which(path) or shutil.which(str(Path(path).expanduser()))
    if not program:
        raise NoEmulator(f"QEMU={path} is no program")
    for arguments, wanted in ((("-machine", "help"), _MACHINE),
                              (("-machine", _MACHINE, "-nic", "user,model=help"), _RADIO)):
        if wanted not in _answer(program, arguments).split():
            raise NoEmulator(f"QEMU={path} has no {wanted}: wanted is a qemu-system-xtensa with "
                             f"the machine {_MACHINE} and the network card {_RADIO}")
    return program


def _answer(program, arguments):
    try:
        ran = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60,
                             stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError) as error:
        raise NoEmulator(f"QEMU={program} does not run here: {error}") from error
    return ran.stdout + ran.stderr


def line_of(divider: int, conf: int) -> Line | None:
    """The Line that UART_CLKDIV_REG and UART_CONF0_REG set; None while it is not open."""
    sixteenths = ((divider & 0xFFFFF) << 4) + (divider >> 20 & 15)
    if not sixteenths:
        return None
    baud = round((_APB if conf >> 27 & 1 else _REF_TICK) * 16 / sixteenths)
    baud = next((usual for usual in _USUAL if abs(baud / usual - 1) < 0.02), baud)
    parity = "none" if not conf >> 1 & 1 else "odd" if conf & 1 else "even"
    return Line(baud, 5 + (conf >> 2 & 3), parity, bool(conf >> 19 & 1))


class Emulator:
    """A device on a flash file. leap: where the guest waits its time leaps ahead of ours.

    `http` is the port of 127.0.0.1 that leads to its port 80; `udp`: those that lead to its UDP
    ports, {its: ours}."""

    def __init__(self, program: str, flash: Path, console: "Console", log: Path,
                 shift: int, leap: bool) -> None:
        self._program = program
        self._flash = flash
        self._console = console
        self._log = log
        self._shift = shift
        self._sleep = "off" if leap else "on"
        self.http, self.uart1, self._uart0, self._monitor = (free_port() for _ in range(4))
        self.udp = {port: free_port(socket.SOCK_DGRAM) for port in _UDP}
        self._process: subprocess.Popen | None = None
        self._asked: socket.socket | None = None  # the monitor's connection
        self._asking = threading.Lock()

    def _command(self):
        # Time by instructions: a busy PC makes the guest slow, but never late to itself.
        command = [self._program, "-machine", _MACHINE, "-display", "none",
                   "-icount", f"shift={self._shift},align=off,sleep={self._sleep}",
                   "-drive", f"file={self._flash},if=mtd,format=raw,cache=writeback",
                   "-nic", ",".join([
                       f"user,model={_RADIO},net=10.0.2.0/24",
                       f"hostfwd=tcp:127.0.0.1:{self.http}-:80",
                       *(f"hostfwd=udp:127.0.0.1:{ours}-:{its}"
                         for its, ours in self.udp.items())])]
        for name, port in (("uart0", self._uart0), ("uart1", self.uart1)):
            command += ["-chardev", f"socket,host=127.0.0.1,server=on,wait=off,nodelay=on,"
                                    f"port={port},id={name}", "-serial", f"chardev:{name}"]
        return command + ["-serial", "null", "-chardev",
                          f"socket,host=127.0.0.1,server=on,wait=off,port={self._monitor},id=mon",
                          "-mon", "chardev=mon,mode=readline"]

    def start(self) -> None:
        """Switch it on."""
        with open(self._log, "ab") as log:
            self._process = spawn(self._command(), stdin=subprocess.DEVNULL, stdout=log,
                                  stderr=log)
        self._console.attach(self._uart0)

    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process is not None and self._process.poll() is None

    def cut(self) -> None:
        """Pull the plug: nothing is written any more, nobody is told."""
        assert self._process
        self._process.kill()
        self._process.wait()
        self._asked = None

    def stop(self) -> None:
        """End it. May be called twice."""
        if self._process:
            end(self._process)
        self._asked = None

    def line(self) -> Line | None:
        """The Line that UART1 is set to, None while it is not open or nobody answers."""
        found = self._words(_UART1)
        return line_of(found[0], found[3]) if found else None

    def drives(self, pin: int) -> int | None:
        """The level that it drives a pin below 32 to; None: it is an input, or nobody answers."""
        found = self._words(_GPIO)
        return found[0] >> pin & 1 if found and found[7] >> pin & 1 else None

    def _words(self, command):
        """What the monitor's `xp` shows, numbers; [] if nobody answers."""
        lines = re.findall(r": ((?:0x[0-9a-f]{8}\s+)+)", self._ask(command))
        return [int(word, 16) for line in lines for word in line.split()]

    def _ask(self, command):
        with self._asking:
            try:
                if self._asked is None:
                    self._asked = socket.create_connection(("127.0.0.1", self._monitor), 3)
                    self._asked.settimeout(10)
                    self._until_prompt()
                self._asked.sendall(command.encode() + b"\n")
                return self._until_prompt()
            except (OSError, AttributeError):
                self._asked = None
                return ""

    def _until_prompt(self):
        heard = b""
        while not heard.endswith(b"(qemu) "):
            piece = self._asked.recv(65536)
            if not piece:
                raise OSError("the monitor has ended")
            heard += piece
        return heard.decode(errors="replace")
