"""P1 telegrams that are encrypted after their identification line (Elgama in Poland):

    /EGM5G15, an empty line, 00 (length of the system title: none), length, security control,
    frame counter (4), ciphertext, tag (12), `!`, CRC-16/ARC from the slash to the `!`

Decrypted, it is the lines between identification and `!`. Loaded with the first such telegram.
"""

from typing import TYPE_CHECKING

import micropython
from micropython import const

from ..counters import C_CRC
from ..crc import ARC_HIGH, ARC_LOW

if TYPE_CHECKING:
    from ..dlms.message import Messages
    from .parser import P1Parser

_SLASH = const(0x2F)
_BANG = const(0x21)


def take(text: "P1Parser", messages: "Messages", b: bytearray, start: int, end: int) -> bool:
    """Take the envelope b[start:end], which its checksum follows, as the rest of the telegram that
    `text` has under way. False if the checksum is wrong or missing: that is counted.
    """
    sent = _checksum(b, end)
    head = text.under_way
    length = text.length
    text.hand_over()
    for at in range(length):
        # it may begin at a slash within the identification: what came before broke off
        if head[at] == _SLASH and _arc(b, start, end + 1, _arc(head, at, length, 0)) == sent:
            messages.take_sealed(head, at, length, b, start, end)
            return True
    text.counts[C_CRC] += 1
    if text.on_damaged:
        whole = head[:length] + b[start:end + 5]
        text.on_damaged(whole, len(whole))
    return False


@micropython.viper
def _checksum(b: ptr8, at: int) -> int:
    """The number of the four digits after the `!` at b[at]; -1 if something else is there."""
    if b[at] != _BANG:
        return -1
    sent = 0
    for i in range(at + 1, at + 5):
        c = b[i]
        if c >= 48 and c < 58:
            c -= 48
        elif c & 0xDF >= 65 and c & 0xDF < 71:
            c = (c & 7) + 9
        else:
            return -1
        sent = sent << 4 | c
    return sent


@micropython.viper
def _arc(b: ptr8, start: int, end: int, crc: int) -> int:
    """CRC-16/ARC of b[start:end], going on from `crc`."""
    low = ptr8(ARC_LOW)
    high = ptr8(ARC_HIGH)
    for i in range(start, end):
        at = (crc ^ b[i]) & 255
        crc = crc >> 8 ^ low[at] ^ high[at] << 8
    return crc
