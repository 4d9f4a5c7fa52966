"""Reads an ESP32 program image: what chip it is for, whether it is whole, which MicroPython.

Layout (esp_app_format.h of ESP-IDF): 24-byte header, segments of (address, length, data), zeros so
that the checksum byte ends a row of 16, and, if the header's last byte is 1, a SHA-256 of it all.
"""

import functools
import hashlib
import operator
import re
import struct
from collections import namedtuple

MAGIC = 0xE9
HEADER = 24
_SIZE_BYTE = 3  # high half: flash size, low half: flash clock
_CHIP_AT = 12
_DIGEST_FLAG = 23
_CHECKSUM_SEED = 0xEF
FLASH_SIZES = {4 << 20: 0x20, 8 << 20: 0x30}
_BANNER = re.compile(rb"MicroPython v(\d+)\.(\d+)([^\0 ]{0,30}) on (\d{4}-\d\d-\d\d)")

Version = namedtuple("Version", "major minor text date")


class ImageError(ValueError):
    """Not an image, or not a whole one; the text says what about it."""


def chip_id(image: bytes) -> int:
    """Returns the chip number in the header; raises ImageError if there is no header."""
    if len(image) < HEADER or image[0] != MAGIC:
        raise ImageError("it is not an ESP image")
    return struct.unpack_from("<H", image, _CHIP_AT)[0]


def extent(image: bytes, start: int = 0) -> int:
    """Returns the end of the image that begins at start, its checksums verified; or raises."""
    chip_id(image[start:start + HEADER])
    at, checksum = start + HEADER, _CHECKSUM_SEED
    for _ in range(image[start + 1]):
        if at + 8 > len(image):
            raise ImageError("it is cut short")
        (length,) = struct.unpack_from("<I", image, at + 4)
        at += 8
        data = image[at:at + length]
        if len(data) != length:
            raise ImageError("it is cut short")
        checksum = functools.reduce(operator.xor, data, checksum)
        at += length
    at += 15 - (at - start) % 16
    if at >= len(image):
        raise ImageError("it is cut short")
    if image[at] != checksum:
        raise ImageError("it is damaged (checksum differs)")
    at += 1
    if not image[start + _DIGEST_FLAG]:
        return at
    if image[at:at + 32] != hashlib.sha256(image[start:at]).digest():
        raise ImageError("it is damaged or cut short (SHA-256 differs)")
    return at + 32


def with_flash_size(image: bytes, size: int) -> bytes:
    """Returns the image, whose bootloader comes first, with `size` bytes as its flash size.

    A header that claims more than the chip has stops the boot. One that claims less is harmless,
    as long as every partition ends within (flash_partitions.c): MicroPython 1.26 and later ask the
    chip, 1.25 needs no more than our own partitions.
    """
    end = extent(image)
    changed = bytearray(image)
    changed[_SIZE_BYTE] = FLASH_SIZES[size] | changed[_SIZE_BYTE] & 0x0F
    if changed[_DIGEST_FLAG]:
        changed[end - 32:end] = hashlib.sha256(changed[:end - 32]).digest()
    return bytes(changed)


def micropython(image: bytes) -> Version | None:
    """Returns the Version of the MicroPython in it, or None."""
    found = _BANNER.search(image)
    if not found:
        return None
    major, minor, rest, date = (part.decode("ascii", "replace") for part in found.groups())
    return Version(int(major), int(minor), f"v{major}.{minor}{rest}", date)
