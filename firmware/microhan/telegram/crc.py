"""CRC-16/ARC, the checksum of P1 telegrams (P1 Companion Standard 5.0.2, clause 6.2)."""

from array import array


def _table(polynomial):
    """The 256-entry table of a reflected 16-bit CRC."""
    table = array("H", bytes(512))
    for n in range(256):
        crc = n
        for _ in range(8):
            crc = (crc >> 1) ^ polynomial if crc & 1 else crc >> 1
        table[n] = crc
    return table


ARC = _table(0xA001)


def arc(data, crc=0):
    """CRC-16/ARC of `data`, going on from `crc`. Check value: arc(b"123456789") == 0xBB3D."""
    for byte in data:
        crc = (crc >> 8) ^ ARC[(crc ^ byte) & 0xFF]
    return crc
