"""A-XDR and DLMS as meters write it (IEC 62056-6-2, IEC 62056-5-3), as bytes of one's own.

Nothing here is shared with the firmware, so that what it reads has been written by another hand.
"""

import datetime
import struct

# Name of a number's type -> tag, format.
NUMBERS = {"u8": (0x11, ">B"), "i8": (0x0F, ">b"), "u16": (0x12, ">H"), "i16": (0x10, ">h"),
           "u32": (0x06, ">I"), "i32": (0x05, ">i"), "u64": (0x15, ">Q"), "i64": (0x14, ">q")}
UNITS = {"W": 27, "var": 29, "Wh": 30, "varh": 32, "A": 33, "V": 35, "1": 255}  # 6-2, table 4
NULL = b"\0"


def length(n: int) -> bytes:
    """An A-XDR length or count, 0 to 65535."""
    if n < 0x80:
        return bytes((n,))
    return bytes((0x81, n)) if n < 0x100 else b"\x82" + n.to_bytes(2, "big")


def number(kind: str, value: int) -> bytes:
    """A number of that type ("u32"), with its tag."""
    tag, form = NUMBERS[kind]
    return bytes((tag,)) + struct.pack(form, value)


def octets(data: bytes) -> bytes:
    """An octet-string."""
    return b"\x09" + length(len(data)) + data


def visible(data: bytes) -> bytes:
    """A visible-string of ASCII bytes."""
    return b"\x0a" + length(len(data)) + data


def enum(value: int) -> bytes:
    """An enumeration."""
    return bytes((0x16, value))


def structure(*items: bytes) -> bytes:
    """A structure of encoded items."""
    return b"\x02" + length(len(items)) + b"".join(items)


def array(*items: bytes) -> bytes:
    """An array of encoded items."""
    return b"\x01" + length(len(items)) + b"".join(items)


def obis(text: str) -> bytes:
    """The six bytes of "1-0:1.8.0"; the last is 255."""
    medium, rest = text.split(":")
    a, b = medium.split("-")
    return bytes((int(a), int(b), *map(int, rest.split(".")), 255))


def scaler_unit(scaler: int, unit: str) -> bytes:
    """The structure that says what a number means: ten to the `scaler` times `unit` ("Wh")."""
    return structure(number("i8", scaler), enum(UNITS[unit]))


def date_time(when: datetime.datetime, deviation: int | None, status: int) -> bytes:
    """The 12 bytes of a moment. `deviation`: minutes from local time to UTC, None: not stated."""
    offset = b"\x80\0" if deviation is None else struct.pack(">h", deviation)
    return (struct.pack(">HBBBBBBB", when.year, when.month, when.day, when.isoweekday(),
                        when.hour, when.minute, when.second, 0xFF) + offset + bytes((status,)))


def notification(body: bytes, when: bytes = b"", invoke: int = 0x40000000,
                 tagged: bool = False) -> bytes:
    """A data-notification; `when` a date_time or nothing, `tagged` with its type before it."""
    return (b"\x0f" + invoke.to_bytes(4, "big") + (b"\x09" if tagged else b"")
            + bytes((len(when),)) + when + body)
