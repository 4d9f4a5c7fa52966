"""P1 telegrams that are encrypted behind their identification line (Elgama in Poland, issue 9):

    /EGM5G15, an empty line, 00 (length of the system title: none), length, security control,
    frame counter (4), ciphertext, tag (12), `!`, CRC-16/ARC from the slash to the `!`

What is inside are the lines between identification and `!`. Loaded with the first such telegram.
"""

import micropython
from micropython import const

from .crc import ARC_HIGH, ARC_LOW

_BANG = const(0x21)


def take(text, frames, b, start, end):
    """Use the envelope b[start:end], with its checksum behind, in the telegram that `text`, a
    P1Parser, has under way. False if the checksum is wrong or none: that is counted.
    """
    sent = _digits(b, end)
    head = text.head()
    text.hand_over()
    at = 0
    while at >= 0:  # at a slash in its identification it may have begun: what was before broke off
        begun = head[at:]
        if _arc(b, start, end + 1, _arc(begun, 0, len(begun), 0)) == sent:
            frames.take_sealed(begun, b, start, end)
            return True
        at = head.find(b"/", at + 1)
    text.crc_failed += 1
    if text.on_damaged:
        head += bytes(memoryview(b)[start:end + 5])
        text.on_damaged(head, len(head))
    return False


def _digits(b, at):
    """The checksum behind `!`, which stands at b[at], or -1."""
    if b[at] != _BANG:
        return -1
    try:
        return int(bytes(b[at + 1:at + 5]), 16)
    except ValueError:
        return -1


@micropython.viper
def _arc(b: ptr8, start: int, end: int, crc: int) -> int:
    """CRC-16/ARC of b[start:end], going on from `crc`."""
    low = ptr8(ARC_LOW)
    high = ptr8(ARC_HIGH)
    for i in range(start, end):
        at = (crc ^ b[i]) & 255
        crc = crc >> 8 ^ low[at] ^ high[at] << 8
    return crc
