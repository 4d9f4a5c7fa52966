"""The serial port that a dongle is on: which there are, and whether one can be used."""

import errno
import grp
import os

import serial
from serial.tools import list_ports

BAUD = 115200


class PortError(ValueError):
    """The port cannot be used; the text says why, and what to do."""


def check(port: str) -> None:
    """Raises PortError unless this port is there, may be opened, and is nobody else's now."""
    if not port:
        raise PortError(f"which port is the dongle on? Give PORT=…\n{listed()}")
    if "://" in port:  # pyserial's addresses: socket://, rfc2217://
        return
    if not os.path.exists(port):
        raise PortError(f"there is no port {port}.\n{listed()}")
    if not os.access(port, os.R_OK | os.W_OK):
        raise PortError(f"you may not use {port}: it belongs to the group {_group(port)}. Type "
                        f"`sudo usermod -aG {_group(port)} $USER`, log out and in again")
    try:
        open_port(port).close()
    except OSError as error:
        raise PortError(words(port, error)) from error


def open_port(port: str, timeout: float = 0.2) -> serial.Serial:
    """Opens the port, without the pulses on DTR and RTS that would hold the chip in reset."""
    opened = serial.serial_for_url(port, baudrate=BAUD, timeout=timeout, exclusive=True,
                                   do_not_open=True)
    opened.dtr = False
    opened.rts = False
    opened.open()
    return opened


def words(port: str, error: OSError) -> str:
    """Returns what an OSError from this port means, and what to do."""
    number = error.errno
    if number in (errno.EAGAIN, errno.EBUSY) or "lock" in str(error):
        return (f"{port} is in use: close the program that has it open (a terminal, an IDE, "
                "mpremote)")
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO):
        return f"{port} went away: is the cable still in? {listed()}"
    return f"{port} cannot be opened: {error}"


def listed() -> str:
    """Returns a sentence that names the ports a dongle could be on."""
    # Built-in ports of a PC are listed by the system even where there is no plug for them.
    found = [f"  {row.device}  {row.description}" for row in list_ports.comports()
             if row.vid is not None]
    if found:
        return "Ports with something on USB:\n" + "\n".join(found)
    return ("Nothing on USB looks like a dongle. Plug it in with a cable that carries data (many "
            "only charge), and wait 5 seconds")


def _group(port):
    try:
        return grp.getgrgid(os.stat(port).st_gid).gr_name
    except (KeyError, OSError):
        return "dialout"
