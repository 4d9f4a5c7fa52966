"""Heads of binary frames: how long the frame is that begins here, if one does.

Loaded with the first bytes that may begin one, which a meter that sends text never sends.
"""

import micropython
from micropython import const

from ..crc import x25
from ..p1.layout import CIPHERED, FLAG, SEALED

_MAX_CIPHERED = const(4200)  # the longest known P1 telegram (Lithuania) has 3.4 kB
_NONE = const(0)  # no frame begins there
_CHECK = const(5)  # `!` and four digits behind a P1 telegram's envelope
_STOP = const(0x16)
_LAST = const(0x10)  # M-Bus control information: this bit on the last segment
_AROUND = const(6)  # bytes of an M-Bus frame beside its user data
_BEFORE = const(5)  # C, A, CI and two service access points stand before the APDU
_ENVELOPE = const(24)  # bytes from an M-Bus frame's start to its envelope's length, and some


def size(b, at, have):
    """Length of the binary frame at b[at], of which `have` bytes are here, once its header proves
    it; before, a number above `have`: with so many more can be said. 0 if no frame begins there.
    """
    if have < 2:
        return 2
    if b[at] == FLAG:
        return _hdlc(b, at, have) if b[at + 1] & 0xF0 == 0xA0 else _NONE
    if b[at] == CIPHERED:
        return _ciphered(b, at, have) if b[at + 1] == 8 else _NONE
    if b[at] == SEALED:
        return _sealed(b, at, have)
    return _mbus(b, at, have)


def _hdlc(b, at, have):
    """Frame format type 3: flag, A and 11 bits of length, addresses, control, HCS, …, FCS. The
    closing flag is not counted: it may be the next frame's.
    """
    i = _behind_address(b, at + 3, at + have)
    if i > 0:
        i = _behind_address(b, i, at + have)
    if i <= 0:
        return have + 1 if i else _NONE
    if have < i + 3 - at:
        return i + 3 - at
    length = ((b[at + 1] & 7) << 8 | b[at + 2]) + 1
    if length != i + 3 - at and length < i + 5 - at:
        return _NONE
    return length if x25(b, at + 1, i + 1) == b[i + 1] | b[i + 2] << 8 else _NONE


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


def _ciphered(b, at, have):
    """08, system title, length, security control: DB 08 'KFM'… 82 LL LL 30 …"""
    if have < 14:
        return 14
    length = envelope(b, at)
    return length if length and _has_control(b, at + 10) else _NONE


def _sealed(b, at, have):
    """The same without a title, and with a P1 telegram's checksum behind it: encrypted.py."""
    if have < 5:
        return 5
    length = _counted(b, at + 1)
    return length + 1 + _CHECK if length and _has_control(b, at + 1) else _NONE


def envelope(b, at):
    """Bytes of the encrypted APDU whose first 13 stand at b[at], by its own length; 0 if it is
    none: DB 08, system title (the maker's three letters first), length.
    """
    for i in range(at + 2, at + 5):
        if not 65 <= b[i] & 0xDF <= 90:
            return 0
    length = _counted(b, at + 10)
    return length and length + 10


def _counted(b, at):
    """Bytes of what begins with its own length at b[at]; 0 if no envelope is so long."""
    length = b[at]
    more = 0
    if length > 0x80:
        more = length & 0x7F
        if more > 2:
            return 0
        length = b[at + 1] if more == 1 else b[at + 1] << 8 | b[at + 2]
    return 1 + more + length if 5 < length <= _MAX_CIPHERED else 0


def _has_control(b, at):
    """Whether a security control follows on the length at b[at]. Suites 0 to 2; with which of
    them, and whether packed, cipher.py looks at.
    """
    control = b[at + 1 + (b[at] & 0x7F if b[at] > 0x80 else 0)]
    return not control & 0x0C and control & 0x30


def _mbus(b, at, have):
    """Long frame: 68 L L 68, L bytes of user data, their sum, 16 (EN 13757-2).

    Sagemcom's T210-D (Netz NÖ) sends 257 bytes of user data, and L modulo 256: 1. A frame is so
    long only if neither sum nor stop byte are where L says, but both 256 bytes on, and if its
    content, an encrypted APDU that begins there, needs as much (issue 9).
    """
    if have < 4:
        return 4
    length = b[at + 1]
    if b[at + 2] != length or b[at + 3] != b[at]:
        return _NONE
    near = length + _AROUND
    if length < _BEFORE:
        near = _NONE
    elif have < near:
        return near
    elif _ends(b, at, near):
        return near
    if have < _ENVELOPE:
        # all that the longer frame is told by may not be here; what is, may rule it out already
        return _ENVELOPE if _may_be_longer(b, at, have) else near
    if not _may_be_longer(b, at, have):
        return near
    needs = envelope(b, at + 4 + _BEFORE)
    longer = length + 256
    if not needs or (needs != longer - _BEFORE if b[at + 6] & _LAST else
                     needs <= longer - _BEFORE):
        return near
    longer += _AROUND
    if have < longer:
        return longer
    return longer if _ends(b, at, longer) or not near else near


def _may_be_longer(b, at, have):
    """Whether the bytes behind the header, as far as they are here, are those of a first segment
    with an encrypted APDU in it."""
    return (have < 7 or not b[at + 6] & 0xEF) and (have < 10 or b[at + 9] == CIPHERED) and (
        have < 11 or b[at + 10] == 8)


def _ends(b, at, length):
    """Whether sum and stop byte of a frame of so many bytes are right."""
    end = at + length - 2
    return b[end + 1] == _STOP and checksum(b, at + 4, end) == b[end]


@micropython.viper
def checksum(b: ptr8, start: int, end: int) -> int:
    """M-Bus's check sum of b[start:end]."""
    total = 0
    for i in range(start, end):
        total += b[i]
    return total & 255
