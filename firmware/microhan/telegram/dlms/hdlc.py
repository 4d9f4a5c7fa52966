"""HDLC frames (IEC 62056-46, frame format type 3):

    7E, format and length (2), two addresses, control, HCS (2), information, FCS (2), 7E

The length counts neither flag. The closing flag may be the next frame's opening one.
"""

from micropython import const

from ..crc import x25

_SEGMENTED = const(8)  # in the first byte of the frame format
_LLC = const(0xE6)  # first byte of the LLC header, E6 E7 00 or E6 E6 00


def hdlc_size(b: bytearray, at: int, have: int) -> int:
    """frames.size() of a frame whose format is type 3; the closing flag is not counted."""
    i = _behind_address(b, at + 3, at + have)
    if i > 0:
        i = _behind_address(b, i, at + have)
    if i <= 0:
        return have + 1 if i else 0
    if have < i + 3 - at:
        return i + 3 - at
    length = ((b[at + 1] & 7) << 8 | b[at + 2]) + 1
    if length != i + 3 - at and length < i + 5 - at:
        return 0
    return length if checksum_matches(b, at, i + 1) else 0


def _behind_address(b, i, end):
    """Where the address that begins at b[i] is over: its last byte, of at most four, is odd. -1 if
    that is not here yet, 0 if it is none."""
    last = i + 4
    while i < end:
        i += 1
        if b[i - 1] & 1:
            return i
        if i == last:
            return 0
    return -1


def checksum_matches(b: bytearray, at: int, end: int) -> bool:
    """Whether the FCS (or HCS) at b[end] is that of the frame that begins at b[at]."""
    return x25(b, at + 1, end) == b[end] | b[end + 1] << 8


def is_segmented(b: bytearray, at: int) -> bool:
    """Whether the message goes on in the next frame."""
    return b[at + 1] & _SEGMENTED != 0


def information(b: bytearray, at: int) -> int:
    """Where the information field of the frame at b[at] begins."""
    i = at + 3
    for _ in range(2):  # the last byte of each address is odd
        while not b[i] & 1:
            i += 1
        i += 1
    return i + 3


def behind_llc(b: bytearray, i: int, end: int) -> int:
    """Where the message begins whose LLC header stands at b[i]; 0 if none stands there."""
    if end - i > 3 and b[i] == _LLC and b[i + 1] | 1 == 0xE7 and not b[i + 2]:
        return i + 3
    return 0
