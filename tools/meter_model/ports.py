"""Where a simulated meter sends to: a pseudo-terminal, a TCP port, a serial device, a file.

Every port has `write(data)` (never waits; what nobody takes is lost, as on a wire), `rest()` (the
line is quiet for now), `close()`, `words` (one line for the user), `paced` (False: as fast as
possible), `byte_s` (seconds a byte takes on its line; 0: none) and `lost` (bytes).
"""

import fcntl
import os
import select
import socket
import stat
import sys
import termios
import time
import tty
from abc import ABC, abstractmethod

from .line_model import Line


class PortError(Exception):
    """A port that cannot be opened, with words for the user."""


class Port(ABC):
    """What a meter sends to; see above."""

    byte_s = 0.0
    lost = 0
    paced = True
    words = ""

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send it; what nobody takes is lost."""

    def rest(self) -> None:  # noqa: B027 - most ports have nothing to do
        """Only a model of a line asks for it."""

    @abstractmethod
    def close(self) -> None:
        """End it."""


class _FdPort(Port):
    def __init__(self, fd: int, words: str) -> None:
        self.fd = fd
        self.words = words
        self.lost = 0

    def write(self, data: bytes) -> None:
        try:
            sent = os.write(self.fd, data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise PortError(f"The port has gone away: {error}.") from error
        self.lost += len(data) - sent

    def close(self) -> None:
        os.close(self.fd)


class PtyPort(_FdPort):
    """A pseudo-terminal in raw mode. `slave_fd` is the reader's end, non-blocking.

    `ring`: so many unread bytes at most, as in a UART's buffer; 0: whatever the kernel keeps.
    """

    def __init__(self, ring: int = 0) -> None:
        self._ring = ring
        master, self.slave_fd = os.openpty()
        tty.setraw(self.slave_fd)
        os.set_blocking(master, False)
        # The flag belongs to the open file, so whoever inherits the number has it too.
        os.set_blocking(self.slave_fd, False)
        self.name = os.ttyname(self.slave_fd)
        super().__init__(master, f"pseudo-terminal {self.name}")

    def write(self, data: bytes) -> None:
        if self._ring:
            waiting = bytearray(4)
            fcntl.ioctl(self.slave_fd, termios.FIONREAD, waiting)
            room = max(0, self._ring - int.from_bytes(waiting, sys.byteorder))
            self.lost += max(0, len(data) - room)
            data = data[:room]
        if data:
            super().write(data)

    def insist(self, data: bytes) -> None:
        """Write all of it, over the ring's edge too; the reader is waiting for it (1 s)."""
        end = time.monotonic() + 1
        while data and time.monotonic() < end:
            try:
                data = data[os.write(self.fd, data):]
            except BlockingIOError:
                time.sleep(0.002)

    def close(self) -> None:
        super().close()
        os.close(self.slave_fd)


_PARITY = {"none": 0, "even": termios.PARENB, "odd": termios.PARENB | termios.PARODD}


class SerialPort(_FdPort):
    """A real serial port, set to a Line (its polarity aside: that is the adapter's)."""

    def __init__(self, path: str, line: Line) -> None:
        speed = getattr(termios, f"B{line.baud}", None)
        if speed is None:
            raise PortError(f"{line.baud} baud is not a speed that this system knows.")
        try:
            fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError as error:
            raise PortError(f"{path} cannot be opened: {error.strerror}. Is it plugged in, and "
                            "are you in the group dialout?") from error
        tty.setraw(fd)
        mode = termios.tcgetattr(fd)
        size = termios.CS7 if line.bits == 7 else termios.CS8
        mode[2] = size | _PARITY[line.parity] | termios.CREAD | termios.CLOCAL
        mode[4] = mode[5] = speed
        termios.tcsetattr(fd, termios.TCSANOW, mode)
        super().__init__(fd, f"serial port {path}")


class TcpPort(Port):
    """Listens; every client gets the bytes from the moment it comes. At most 8 clients."""

    paced = True
    CLIENTS = 8

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        if not (port.isascii() and port.isdigit() and int(port) < 65536):
            raise PortError(f'tcp:{address}: "{port}" is no port, a number up to 65535. It looks '
                            "like tcp:7777 or tcp:0.0.0.0:7777.")
        try:
            self._listener = socket.create_server((host.strip("[]") or "127.0.0.1", int(port)))
        except (OSError, UnicodeError) as error:
            words = getattr(error, "strerror", None) or "that is no address of this PC"
            raise PortError(f"tcp:{address} cannot be opened: {words.partition(' (while')[0]}."
                            ) from error
        self._listener.setblocking(False)
        self._clients: list = []
        self.lost = 0
        self.address = self._listener.getsockname()
        self.words = "TCP port {}:{}".format(*self.address)

    def write(self, data: bytes) -> None:
        while select.select([self._listener], [], [], 0)[0]:
            client = self._listener.accept()[0]
            client.setblocking(False)
            if len(self._clients) < self.CLIENTS:
                self._clients.append(client)
            else:
                client.close()
        for client in self._clients[:]:
            try:
                self.lost += len(data) - client.send(data)
            except BlockingIOError:
                self.lost += len(data)
            except OSError:
                client.close()
                self._clients.remove(client)

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self._listener.close()


class FilePort(Port):
    """A file, or standard output for "-": no pace, since nothing in it tells time."""

    paced = False

    def __init__(self, path: str) -> None:
        try:
            self._file = sys.stdout.buffer if path == "-" else open(path, "wb")
        except OSError as error:
            raise PortError(f"{path} cannot be written: {error.strerror}.") from error
        self.words = "standard output" if path == "-" else path

    def write(self, data: bytes) -> None:
        try:
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            raise PortError(f"{self.words} cannot be written: {error.strerror}.") from error

    def close(self) -> None:
        if self._file is not sys.stdout.buffer:
            self._file.close()


def open_port(target: str, line: Line | None = None) -> Port:
    """The port that `--to` names: pty, tcp:[HOST:]PORT, a serial device (set to the Line `line`),
    a file or -."""
    if target == "pty":
        return PtyPort()
    if target.startswith("tcp:"):
        return TcpPort(target[4:])
    if target.startswith("/dev/"):
        if not os.path.exists(target):
            raise PortError(f"There is no {target}. Is it plugged in?")
        if stat.S_ISCHR(os.stat(target).st_mode) and target != os.devnull:
            return SerialPort(target, line or Line())
    return FilePort(target)
