"""The console as a serial port of this PC, for the tools that an owner has at the cable's end."""

import contextlib
import os
import select
import threading
import tty
from collections.abc import Callable

_LOOK_S = 0.02


class Terminal:
    """`path` is what /dev/ttyUSB0 is for a dongle. send(bytes) goes to the device's UART0.

    What the device prints while nobody reads is dropped beyond some kilobytes, as by any port.
    """

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        # The other end stays open: a port that nobody has open gives no more than errors.
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.path = os.ttyname(self._theirs)
        os.set_blocking(self._ours, False)
        self._stopped = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def take(self, data: bytes) -> None:
        """The device has printed this."""
        with contextlib.suppress(OSError):
            os.write(self._ours, data)

    def close(self) -> None:
        """The cable is out."""
        self._stopped = True
        self._thread.join()
        os.close(self._ours)
        os.close(self._theirs)

    def _run(self):
        while not self._stopped:
            if select.select([self._ours], [], [], _LOOK_S)[0]:
                self._send(os.read(self._ours, 4096))
