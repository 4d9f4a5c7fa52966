"""Single keys from the terminal while the twin runs: the plug, damage, the next meter."""

import contextlib
import os
import select
import sys
import termios
import threading
import tty
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

import meter_model
from meter_model.play import Faults

if TYPE_CHECKING:
    from twin.twin import Twin

HELP = "Keys: p plug out or in   g garble or not   d next meter   q end"
_GARBLED = 0.01  # of the bytes get a wrong bit: of most telegrams at least one


class Keys:
    """Keys of `stream` as long as it is a terminal; Ctrl-C stays what it is. Use as a context."""

    def __init__(self, stream: TextIO = sys.stdin) -> None:
        self.fd = None
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or none at all
            if stream.isatty():
                self.fd = stream.fileno()

    def __enter__(self) -> "Keys":
        if self.fd is not None:
            self._before = termios.tcgetattr(self.fd)
            tty.setcbreak(self.fd, termios.TCSANOW)
        return self

    def __exit__(self, *_: object) -> None:
        if self.fd is not None:
            termios.tcsetattr(self.fd, termios.TCSANOW, self._before)

    def wait(self, seconds: float, over: threading.Event) -> str:
        """The keys of the next `seconds`, at once when there are some; none of them is waited for
        once `over`, an Event, is set."""
        if self.fd is None:
            over.wait(seconds)
            return ""
        if over.is_set() or not select.select([self.fd], [], [], seconds)[0]:
            return ""
        typed = os.read(self.fd, 64).decode("ascii", "replace")
        if not typed:  # the terminal has gone
            self.fd = None
        return typed


def press(twin: "Twin", key: str, say: Callable[[str], None]) -> None:
    """Do what a key says."""
    if key == "p":
        twin.pulled = not twin.pulled
        say("The meter's plug is " + ("out." if twin.pulled else "in again."))
    elif key == "g":
        given = Faults.parse(twin.options.faults) if twin.options.faults else None
        twin.garbled = not twin.garbled
        twin.faults = Faults(flip=_GARBLED) if twin.garbled else given
        say("The line is " + ("garbled." if twin.garbled else "as it was."))
    elif key == "d" and not twin.meter:
        say("A file is replayed: there is no next meter.")
    elif key == "d":
        names = list(meter_model.DIALECTS)
        name = names[(names.index(twin.meter) + 1) % len(names)]
        twin.swap(name)
        say(f"Another meter hangs on the line: {name}, {meter_model.find(name).title}. "
            "The configuration is as it was.")
    elif key == "q":
        raise KeyboardInterrupt
