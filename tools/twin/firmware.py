"""The VM's process: starts it, keeps its words, starts it again when it resets."""

import collections
import contextlib
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .children import end, spawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.flash import Flash
    from twin.runtime import Runtime
    from twin.serial_line import SerialLine

_WATCHDOG = 76  # twin_board.py, too
CAUSES = {75: "reset", _WATCHDOG: "watchdog"}  # exit status of twin_board.py: why it starts again
_TAIL = 200  # lines of the log kept for the console
_MOST_LOG = 5_000_000  # bytes; then the file begins anew
_KEPT = "memory"  # the file that a firmware that is well writes every two seconds
_MOST_RESETS = 10  # in a row without 30 s of life between


def name_servers(file: str = "/etc/resolv.conf") -> list[str]:
    """IPv4 addresses of this PC's name servers, at most 3."""
    try:
        lines = [line.split() for line in Path(file).read_text().splitlines()]
    except OSError:
        return []
    return [words[1] for words in lines
            if words[:1] == ["nameserver"] and len(words) > 1 and ":" not in words[1]][:3]


class Firmware:
    """The firmware running in `runtime`, its words going to the file `log`.

    radio: what twin_radio.Wlan takes, None without one; serial: its console, None without one;
    dns: its name servers, None for this PC's; poll_ms: how often it looks at the meter's line, 0:
    as twin_board.py has it; begins(cause): called at each start.

    `hung_s`: the watchdog restarts what has shown no life for so long.
    """

    hung_s: float = 60

    def __init__(self, runtime: "Runtime", flash: "Flash", device_id: str, uart_fd: int,
                 log: Path, radio: list | None = None,
                 serial: "SerialLine | None" = None, dns: "Sequence[str] | None" = None,
                 poll_ms: int = 0, begins: Callable[[str], None] = lambda cause: None) -> None:
        self._runtime = runtime
        self._folder = flash.root
        self._id = device_id
        self._uart_fd = uart_fd
        self._radio = radio
        self._serial = serial
        self._dns = dns
        self._poll_ms = poll_ms
        self._begins = begins
        self._log = os.fdopen(os.open(log, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb",
                              buffering=0)
        self.lines: collections.deque[str] = collections.deque(maxlen=_TAIL)
        self.resets = 0
        self._quick = 0
        self._process: subprocess.Popen | None = None
        self._checking = threading.Lock()  # two that see the same end must not both start it

    def start(self, cause: str = "power on") -> None:
        """Start it. Called from the main thread: a child dies with the thread that made it."""
        self._begins(cause)
        dns = name_servers() if self._dns is None else list(self._dns)
        arguments = json.dumps([self._uart_fd, self._id, cause, dns, self._radio])
        self.began = time.monotonic()
        stdin = self._serial.fd if self._serial else subprocess.DEVNULL
        self._process = process = spawn(self._runtime.command, stdin=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              pass_fds=[self._uart_fd], cwd=self._folder, umask=0o077,
                              env={**self._runtime.env, "MICROHAN_TWIN": arguments,
                                   "MICROHAN_POLL": str(self._poll_ms or "")})
        self._reader = threading.Thread(target=self._listen, args=(process.stdout,),
                                        daemon=True)
        self._reader.start()

    def _listen(self, output):
        rest = b""
        while data := output.read1(4096):
            if self._serial:
                self._serial.say(data)
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._take(line)
        self._take(rest)

    def _take(self, line):
        if self._log.tell() > _MOST_LOG:
            self._log.seek(0)
            self._log.truncate()
        text = line.decode(errors="replace").rstrip()
        if text and not line.startswith(b"IMPROV\x01"):  # that is the cable's
            self._log.write(line + b"\n")
            self.lines.append(text)

    @property
    def pid(self) -> int:
        """Process id of the VM."""
        assert self._process
        return self._process.pid

    def check(self) -> str | None:
        """None while it lives; starts it again after a reset; else words on how it ended. Any
        thread may ask."""
        with self._checking:
            return self._check()

    def _check(self):
        assert self._process
        status = self._process.poll()
        if status is None:
            if not self._is_hung():
                return None
            self._take(b"twin: watchdog: it hangs")
            self._process.kill()
            self._process.wait()
            status = _WATCHDOG
        self._reader.join(1)
        if status in CAUSES:
            self._quick = self._quick + 1 if time.monotonic() - self.began < 30 else 1
            if self._quick <= _MOST_RESETS:
                self.resets += 1
                self.start(CAUSES[status])
                return None
            return f"The firmware reset {self._quick} times in a row."
        if status < 0:
            return f"The firmware's process was killed (signal {-status})."
        return f"The firmware ended (exit status {status})."

    def _is_hung(self):
        alive = time.monotonic() - self.began
        if alive > self.hung_s:
            with contextlib.suppress(OSError):
                alive = min(alive, time.time() - (self._folder / _KEPT).stat().st_mtime)
        return alive > self.hung_s

    def restart(self, cause: str = "power on") -> None:
        """Take its power away, and give it back; or reset it as hard for another cause."""
        assert self._process
        with self._checking:
            self._process.kill()
            self._process.wait()
            self._reader.join(1)
            self.start(cause)

    def stop(self) -> None:
        """End it and close its log."""
        if self._process:
            end(self._process)
            self._reader.join(1)
        self._log.close()
