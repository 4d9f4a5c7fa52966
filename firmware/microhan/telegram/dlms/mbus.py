"""Long frames of wired M-Bus (EN 13757-2):

    68 L L 68, L bytes of user data, their sum, 16

The user data are C, A, CI, two service access points, and the message or a segment of it. CI 00
to 1F numbers the segments; bit 10 is set in the last one.
"""

import micropython
from micropython import const

from ..crypto.envelope import envelope_size
from ..p1.layout import CIPHERED

_STOP = const(0x16)
LAST_SEGMENT = const(0x10)  # this bit of CI
SEGMENT_NUMBER = const(15)  # these
_AROUND = const(6)  # bytes of a frame beside its user data
BEFORE = const(5)  # bytes of user data before the message
_ENVELOPE = const(24)  # so many of a frame hold the length of the envelope in it, and some more


def mbus_size(b: bytearray, at: int, have: int) -> int:
    """frames.size() of a long frame.

    Sagemcom's T210-D (Netz NÖ, Austria) sends 257 bytes of user data and L modulo 256, that is 1.
    A frame is taken to be 256 bytes longer than it says only if neither sum nor stop byte are
    where L says but both are 256 bytes on, and if its content, an encrypted message that begins
    there, needs that many.
    """
    if have < 4:
        return 4
    length = b[at + 1]
    if b[at + 2] != length or b[at + 3] != b[at]:
        return 0
    near = length + _AROUND
    if length < BEFORE:
        near = 0
    elif have < near:
        return near
    elif _ends(b, at, near):
        return near
    if have < _ENVELOPE:
        # what tells the longer frame may not be here; what is here may rule it out already
        return _ENVELOPE if _may_be_longer(b, at, have) else near
    if not _may_be_longer(b, at, have):
        return near
    needs = envelope_size(b, at + 4 + BEFORE)
    longer = length + 256
    if not needs or (needs != longer - BEFORE if b[at + 6] & LAST_SEGMENT else
                     needs <= longer - BEFORE):
        return near
    longer += _AROUND
    if have < longer:
        return longer
    return longer if _ends(b, at, longer) or not near else near


def _may_be_longer(b, at, have):
    """Whether the bytes behind the header, as far as they are here, are those of a first segment
    with an encrypted message in it."""
    return (have < 7 or not b[at + 6] & 0xEF) and (have < 10 or b[at + 9] == CIPHERED) and (
        have < 11 or b[at + 10] == 8)


def _ends(b, at, length):
    """Whether sum and stop byte of a frame of so many bytes are right."""
    end = at + length - 2
    return stops(b, end) and sum_matches(b, at, end)


def stops(b: bytearray, end: int) -> bool:
    """Whether the stop byte stands behind the sum at b[end]."""
    return b[end + 1] == _STOP


def sum_matches(b: bytearray, at: int, end: int) -> bool:
    """Whether the sum at b[end] is that of the frame that begins at b[at]."""
    return _sum(b, at + 4, end) == b[end]


@micropython.viper
def _sum(b: ptr8, start: int, end: int) -> int:
    """The low byte of the sum of b[start:end]."""
    total = 0
    for i in range(start, end):
        total += b[i]
    return total & 255
