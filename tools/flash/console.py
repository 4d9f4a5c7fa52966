"""A dongle's console after it was flashed: does it answer, and what does it say of itself.

The application prints, at every start, lines that begin with `microhan `: `microhan 0.1.0 id
a1b2c3 build 1f2e3d4c`, then, once it is on the network, `microhan page http://…/`, and `microhan
claim http://…` while nobody owns it. In set-up mode: `microhan access point NAME password …`.
"""

import contextlib
import io
import json
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

from . import serial_port

if TYPE_CHECKING:
    import serial

_LINE = re.compile(r"microhan (?:(?P<version>\d\S*) id (?P<id>\S+)(?: build (?P<build>\S+))?|"
                   r"(?P<key>access point|page|claim|warning) (?P<value>.+))$")
_BACKSPACED = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_RESET_S = 0.1
# Run on the dongle: it proves that the file system mounts there and that our .mpy files load.
_QUESTION = """\
import sys, os, json, machine, binascii
# launch.py has put the application's folder on sys.path, and waits after a fault
import microhan
s = os.statvfs('/')
print(json.dumps({'micropython': sys.version.split('MicroPython ')[-1].split(' ')[0],
 'version': microhan.VERSION, 'free': s[0] * s[3],
 'id': binascii.hexlify(machine.unique_id()[-3:]).decode()}))
"""


class SilentError(Exception):
    """The dongle does not say what it should; the text says what to do."""


def ask(port: str, timeout_s: float = 20) -> dict[str, Any]:
    """Returns what MicroPython on the dongle says: {micropython, version, free, id}.

    Stops the application by Ctrl-C as mpremote does, asks, and resets it, so that it starts anew.
    Raises SilentError.
    """
    end = time.monotonic() + timeout_s
    heard = ""
    while time.monotonic() < end:
        try:
            heard = _reach_prompt(port, end)
            return _ask(port)
        except (TransportError, OSError, ValueError) as error:
            # A chip with USB of its own leaves the bus while it restarts: come back to it.
            heard = heard or str(error)
            time.sleep(0.5)
    raise SilentError("MicroPython on the dongle did not answer" + (f": {heard}" if heard else ""))


def _reach_prompt(port, end):
    """Presses Ctrl-C until MicroPython's prompt is there; raises TransportError."""
    with contextlib.closing(serial_port.open_port(port)) as line:
        heard = b""
        while time.monotonic() < end:
            line.write(b"\r\x03")
            heard = (heard + line.read(4096))[-400:]
            if heard.rstrip().endswith(b">>>"):
                return ""
    raise TransportError(heard.decode("utf-8", "replace").strip()[-200:])


def _ask(port):
    with contextlib.redirect_stdout(io.StringIO()):  # mpremote prints what it does not understand
        transport = SerialTransport(port, baudrate=serial_port.BAUD, timeout=5)
        try:
            transport.enter_raw_repl(soft_reset=False)
            answer = json.loads(transport.exec(_QUESTION).decode())
            # It may be gone before it has said that it understood: no reason to ask again.
            with contextlib.suppress(TransportError, OSError):
                transport.exec_raw_no_follow("import machine; machine.reset()")
        finally:
            with contextlib.suppress(OSError):
                transport.close()
    return answer


def restart(port: "serial.Serial") -> None:
    """Pulls the chip's reset line, where the port has one: RTS on every common board."""
    with contextlib.suppress(OSError), contextlib.closing(serial_port.open_port(port)) as line:
        line.rts = True
        time.sleep(_RESET_S)
        line.rts = False


def listen(port: "serial.Serial", timeout_s: float = 90,
           say: Callable[[str], None] = print) -> dict[str, str]:
    """Returns what the starting application prints: {version, id, build, page, claim} or, in
    set-up mode, {…, access point}.

    Returns once the page or the access point is there, or with what there is at the time limit
    (a Wi-Fi that cannot be joined). Raises SilentError if the application never started.
    """
    end = time.monotonic() + timeout_s
    found: dict[str, str] = {}
    rest: list[str] = []
    while time.monotonic() < end and not _is_whole(found):
        try:
            with contextlib.closing(serial_port.open_port(port)) as line:
                _hear(line, end, found, rest, say)
        except OSError:
            time.sleep(0.5)
    if "version" not in found:
        last = "\n  ".join(rest[-12:]) or "(nothing)"
        raise SilentError(f"microhan did not start. The last lines on its console:\n  {last}")
    return found


def _is_whole(found):
    """Whether the dongle has said where it is; the line about the claim comes with the page's."""
    return "page" in found or "access point" in found


def _hear(line, end, found, rest, say):
    """Reads lines into `found`, others into `rest`, until the dongle is found or time is up."""
    pending = b""
    over = False
    while time.monotonic() < end and not over:
        over = _is_whole(found)  # once more then: the claim's line follows the page's
        *lines, pending = (pending + line.read(256)).split(b"\n")
        pending = pending[-1000:]
        for row in lines:
            text = _BACKSPACED.sub("", row.decode("utf-8", "replace")).strip()
            match = _LINE.match(text)
            if match and match["version"]:
                found.update({key: value for key, value in match.groupdict().items()
                              if value and key in ("version", "id", "build")})
                say(f"dongle: microhan {match['version']} has started; waiting for its network")
            elif match:
                found[match["key"]] = match["value"]
            elif text:
                rest.append(text)
                del rest[:-50]
