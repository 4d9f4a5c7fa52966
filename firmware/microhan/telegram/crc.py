"""Checksums: CRC-16/ARC of P1 telegrams (P1 Companion Standard 5.0.2, clause 6.2), CRC-16/X-25 of
HDLC frames (IEC 62056-46, clause 6.4.4).
"""

from array import array

import micropython


def _table(polynomial):
    """The 256-entry table of a reflected 16-bit CRC."""
    table = array("H", bytes(512))
    for n in range(256):
        crc = n
        for _ in range(8):
            crc = (crc >> 1) ^ polynomial if crc & 1 else crc >> 1
        table[n] = crc
    return table


_ARC = _table(0xA001)
# In two halves, for which native code needs fewer operations a byte (docs/performance.md).
ARC_LOW = bytes(crc & 0xFF for crc in _ARC)
ARC_HIGH = bytes(crc >> 8 for crc in _ARC)
del _ARC

# X-25 goes half a byte at a time: a table of 32 bytes, since few meters send binary frames.
_X25 = array("H", (
    0x0000, 0x1081, 0x2102, 0x3183, 0x4204, 0x5285, 0x6306, 0x7387,
    0x8408, 0x9489, 0xA50A, 0xB58B, 0xC60C, 0xD68D, 0xE70E, 0xF78F))


def arc_of(byte: int, crc: int = 0) -> int:
    """CRC-16/ARC of one more byte, going on from `crc`."""
    low = (crc ^ byte) & 0xFF
    return crc >> 8 ^ ARC_LOW[low] ^ ARC_HIGH[low] << 8


def arc(data: "bytes | bytearray", crc: int = 0) -> int:
    """CRC-16/ARC of `data`, going on from `crc`. Check value: arc(b"123456789") == 0xBB3D."""
    for byte in data:
        crc = arc_of(byte, crc)
    return crc


@micropython.viper
def x25(data: ptr8, start: int, end: int) -> int:
    """CRC-16/X-25 of data[start:end]. Check value: x25(b"123456789", 0, 9) == 0x906E."""
    table = ptr16(_X25)
    crc = 0xFFFF
    for i in range(start, end):
        crc ^= data[i]
        crc = crc >> 4 ^ table[crc & 15]
        crc = crc >> 4 ^ table[crc & 15]
    return crc ^ 0xFFFF
