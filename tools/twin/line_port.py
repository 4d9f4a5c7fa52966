"""The meter's end of the twin's wire: what the firmware's UART would hear goes to it.

A pseudo-terminal has no speed, parity or polarity. So the twin's board says over it, as a line of
text, how the firmware opened its UART; here the meter's bytes become what such a UART gives for
them (meter_model/line_model.py), and only those travel. The board waits for the answer, so that
nothing is taken for heard under the new settings that was heard under the old ones.
"""

import os
import select
import threading
from collections.abc import Callable

from meter_model.line_model import Line, LineModel
from meter_model.ports import PtyPort

_MOST = 64  # bytes of a line that says "115200 8 none 0"


class LinePort:
    """A port for play(): the wire from a meter to the firmware.

    `meter`: the Line that the meter sends on; None: always the one that the firmware listens on
    (for bytes of unknown origin). `ring`: unread bytes that the UART keeps. `told(line)` gets what
    the firmware says of the port's other pins.
    """

    paced = True

    def __init__(self, meter: Line, ring: int,
                 told: Callable[[bytes], None] = lambda line: None) -> None:
        self._pty = PtyPort(ring)
        self._follow = meter is None
        self._told = told
        self._model = LineModel(meter or Line())
        self._lock = threading.Lock()
        self._end, self._wake = os.pipe()
        self.slave_fd = self._pty.slave_fd
        self.words = self._pty.words
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def lost(self) -> int:
        """Bytes that the firmware did not fetch in time."""
        return self._pty.lost

    @property
    def meter(self) -> Line:
        """The Line that the meter sends on."""
        return self._model.meter

    @property
    def uart(self) -> Line | None:
        """The Line that the firmware listens on, or None before it has opened its UART."""
        return self._model.uart

    @property
    def byte_s(self) -> float:
        """Seconds that a byte of the meter's takes."""
        return self._model.meter.byte_s

    def swap(self, meter: Line) -> None:
        """From now on the meter sends on another Line."""
        with self._lock:
            self._pty.write(self._model.swap(meter))

    def write(self, data: bytes) -> None:
        """The meter sends `data`."""
        with self._lock:
            self._pty.write(self._model.send(data))

    def rest(self) -> None:
        """The meter is silent for a while."""
        with self._lock:
            self._pty.write(self._model.rest())

    def close(self) -> None:
        """End it; the firmware's end is closed too."""
        os.write(self._wake, b"x")
        self._listener.join(5)
        for fd in (self._end, self._wake):
            os.close(fd)
        self._pty.close()

    def _listen(self):
        text = b""
        poll = select.poll()  # select() knows no file beyond 1,024, of which a fleet has more
        for fd in (self._pty.fd, self._end):
            poll.register(fd, select.POLLIN)
        while True:
            ready = [fd for fd, event in poll.poll() if event & select.POLLIN]
            if self._end in ready:
                return
            if ready:
                text = (text + os.read(self._pty.fd, _MOST))[-_MOST:]
                *lines, text = text.split(b"\n")
                for line in lines:
                    if line.startswith(b"port "):
                        self._told(line)
                for line in [one for one in lines if one[:1].isdigit()][-1:]:
                    self._open(line)

    def _open(self, line):
        """What the board says: speed, data bits, parity, 1 if it turns the line round."""
        words = line.decode("ascii", "replace").split()
        uart = Line(int(words[0]), int(words[1]), words[2], words[3] == "1")
        with self._lock:
            if self._follow:
                self._model.meter = uart
            self._pty.insist(b"\0uart " + line)
            self._pty.write(self._model.open(uart))
