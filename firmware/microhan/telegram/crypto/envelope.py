"""The outside of encrypted messages: is one here, and how long is it?

    DB 08, system title (8, the maker's three letters first), length, security control …

general-glo-ciphering (IEC 62056-5-3), straight on the line or within a frame. Behind the
identification of a P1 telegram it comes without its tag and without a title (p1/encrypted.py).
"""

from micropython import const

LONGEST = const(4224)  # bytes of a message, in whatever frames; see _MOST
_MOST = const(4200)  # bytes of an encrypted one; the longest known (P1 text, Lithuania) has 3.4 kB
_CHECK = const(5)  # `!` and four digits behind a P1 telegram's envelope


def ciphered_size(b: bytearray, at: int, have: int) -> int:
    """frames.size() of a message that begins with DB 08."""
    if have < 14:
        return 14
    length = envelope_size(b, at)
    return length if length and _has_control(b, at + 10) else 0


def sealed_size(b: bytearray, at: int, have: int) -> int:
    """frames.size() of the same without tag and title, a P1 telegram's checksum behind it."""
    if have < 5:
        return 5
    length = _counted(b, at + 1)
    return length + 1 + _CHECK if length and _has_control(b, at + 1) else 0


def envelope_size(b: bytearray, at: int) -> int:
    """Bytes of the encrypted message whose first 13 stand at b[at], by its own length; 0 if it is
    none."""
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
    return 1 + more + length if 5 < length <= _MOST else 0


def _has_control(b, at):
    """Whether a security control follows the length at b[at]. It may name suites 0 to 2, and
    compression: cipher.py looks at that."""
    control = b[at + 1 + (b[at] & 0x7F if b[at] > 0x80 else 0)]
    return not control & 0x0C and control & 0x30
