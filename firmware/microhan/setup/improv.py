"""Improv over serial: bytes to packets and back. No I/O.

A packet is "IMPROV", version 1, type, length, data, checksum (the sum of all before it) and a line
end: https://www.improv-wifi.com/serial. It comes in between the lines of a console.
"""

from micropython import const

STATE = const(1)  # types of packets: the first two and the last are ours, the third the PC's
ERROR = const(2)
RPC = const(3)
RESULT = const(4)
DAMAGED = const(-1)  # what feed() gives for a packet with a wrong checksum
INTERRUPT = const(-2)  # and for Ctrl-C outside of a packet

READY = const(2)  # states
PROVISIONING = const(3)
PROVISIONED = const(4)

BAD_PACKET = const(1)  # errors
UNKNOWN_COMMAND = const(2)
CANNOT_CONNECT = const(3)
UNKNOWN_ERROR = const(255)

WIFI = const(1)  # commands
ASK_STATE = const(2)
INFO = const(3)
SCAN = const(4)

_HEAD = b"IMPROV\x01"
_LENGTH = const(8)  # where the length stands
_DATA = const(9)
_CTRL_C = const(3)
_MOST = const(255)  # bytes of data: the length is one byte


class Packets:
    """Takes the bytes of a console one by one."""

    def __init__(self) -> None:
        self._got = bytearray()

    def reset(self) -> None:
        """Forget a packet that was begun: its sender has stopped."""
        self._got = bytearray()

    def feed(self, byte: int) -> tuple[int, bytes] | None:
        """Take a byte. Returns (type, data) when it ends a packet, otherwise None.

        The type is DAMAGED where the checksum is wrong, and INTERRUPT where no packet is under way
        and somebody at a terminal pressed Ctrl-C.
        """
        got = self._got
        place = len(got)
        if place < len(_HEAD):
            if byte == _HEAD[place]:
                got.append(byte)
                return None
            self.reset()
            if byte == _HEAD[0]:
                self._got.append(byte)
            elif byte == _CTRL_C and not place:
                return INTERRUPT, b""
            return None
        got.append(byte)
        if place < _DATA or place < _DATA + got[_LENGTH]:
            return None
        self.reset()
        if sum(got[:-1]) & 0xFF != byte:
            return DAMAGED, b""
        return got[len(_HEAD)], bytes(got[_DATA:-1])


def packet(kind: int, data: bytes) -> bytes:
    """The bytes of a packet. A line end goes before it: a reader drops the line it is in."""
    out = bytearray(_HEAD)
    out.append(kind)
    out.append(len(data))
    out += data
    out.append(sum(out) & 0xFF)
    return b"\n" + bytes(out) + b"\n"


def result(command: int, texts: list[str]) -> bytes:
    """The packet that answers a command. Texts that find no room in it are left out."""
    out = bytearray((command, 0))
    for text in texts:
        data = text.encode()
        if len(out) + 1 + len(data) <= _MOST:
            out.append(len(data))
            out += data
    out[1] = len(out) - 2
    return packet(RESULT, bytes(out))


def command_of(data: bytes) -> tuple[int, bytes] | None:
    """(command, its data) of an RPC packet's data; None if the lengths do not fit."""
    if len(data) < 2 or data[1] != len(data) - 2:
        return None
    return data[0], data[2:]


def two_texts(data: bytes) -> tuple[str, str] | None:
    """(name, password) of the data of command WIFI; None if it is not that."""
    try:
        end = 1 + data[0]
        name, password = data[1:end], data[end + 1:]
        if len(name) != data[0] or len(password) != data[end]:
            return None
        return name.decode(), password.decode()
    except (IndexError, ValueError):  # cut off, or no UTF-8
        return None
