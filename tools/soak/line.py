"""The meter, and the line from it to the device's UART."""

import array
import socket
from collections.abc import Callable

import meter_model
from meter_model.line_model import Line as Settings
from meter_model.line_model import LineModel

from .world import Connection, World


class Line:
    """A meter that sends each `interval` s until stop(). `sent`: when each telegram was out."""

    def __init__(self, world: World, name: str, interval: float, start: str) -> None:
        self.dialect = meter_model.find(name)
        self.begin = meter_model.start_ms(start, self.dialect.habits.utc_offset)
        self.sent: array.array[float] = array.array("d")
        self._world = world
        self._interval = interval
        self._meter = meter_model.new_meter(self.dialect, 1, self.begin)
        self._model = LineModel(self.dialect.line)
        ours, theirs = socket.socketpair()
        self._device = theirs
        self.fd = theirs.fileno()
        theirs.setblocking(False)
        self._port = _Port(world, ours, self._open)
        self._stopped = False

    def start(self) -> None:
        """The plug is in."""
        self._world.at(self._world.now + self._interval, self._send)

    def stop(self) -> None:
        """The plug is out."""
        self._stopped = True

    def close(self) -> None:
        """End it."""
        self._port.close()
        self._device.close()

    def _open(self, words):
        """The UART was opened with these settings."""
        baud, bits, parity, inverted = words.split()
        uart = Settings(int(baud), int(bits), parity.decode(), inverted == b"1")
        self._port.send(b"\0uart " + words + self._model.open(uart))

    def _send(self):
        if self._stopped:
            return
        now = self._world.now
        # its clock is the world's: whole seconds
        snapshot = self._meter.advance(self.begin + round(now / self._interval)
                                       * round(1000 * self._interval))
        # Its end: the UART's buffer holds all of it, and the firmware reads it piece by piece.
        self._port.send(self._model.send(self.dialect.write(snapshot)))
        self.sent.append(now)
        self._world.at((round(now / self._interval) + 1) * self._interval, self._send)


class _Port(Connection):
    def __init__(self, world: World, sock: socket.socket,
                 opened: Callable[[bytes], None]) -> None:
        super().__init__(world, sock)
        self._opened = opened
        self._text = b""

    def take(self, data):
        *lines, self._text = (self._text + data).split(b"\n")
        for line in lines[-1:]:
            self._opened(line)
