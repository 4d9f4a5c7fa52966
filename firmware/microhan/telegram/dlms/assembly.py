"""Messages that come in parts: in segments, each in a frame of its own, or in blocks.

Both assemblers have the same three calls: `goes_on` says whether a part is the one that is due,
`take` adds it to what is there, `clear` forgets what is there. `under_way` is not 0 as long as
parts are missing.
"""

from micropython import const

from ...reading.buffer import Buffer
from ..crypto.envelope import LONGEST

HDLC = const(1)  # segments in HDLC frames, without numbers
MBUS = const(2)  # segments in M-Bus frames, numbered from 0 on, modulo 16

BLOCK = const(0xE0)  # first byte of a block
_LAST_BLOCK = const(0x80)  # in its control byte
_HEAD = const(7)  # bytes before a block's data, if its length takes one

# What Blocks.take() has found.
WHOLE = const(0)  # the message is complete
MORE = const(1)
HEADLESS = const(2)  # the first blocks are missing
WRONG = const(3)  # not the block that is due, or malformed


class Segments(Buffer):
    """Joins segments. `under_way` says in what frames they come."""

    def __init__(self) -> None:
        super().__init__(0, LONGEST)
        self.under_way = 0
        self._number = 0  # of the segment that is due

    def goes_on(self, kind: int, number: int) -> bool:
        """Whether segment `number` of this kind is due."""
        return kind == self.under_way and number == self._number

    def take(self, b: bytearray, start: int, end: int, kind: int, number: int) -> bool:
        """Take b[start:end] as segment `number`. False if that is more than any message has."""
        if not self.add(b, start, end):
            return False
        self.under_way = kind
        self._number = number + 1 & 15 if kind == MBUS else 0
        return True

    def clear(self) -> None:
        """No message is under way."""
        self.under_way = self.size = self._number = 0


class Blocks(Buffer):
    """Joins the blocks of general-block-transfer (IEC 62056-5-3):

        E0, control, number (2), number acknowledged (2), length, data

    `under_way` is the number of the block that is due.
    """

    def __init__(self) -> None:
        super().__init__(0, LONGEST)
        self.under_way = 0

    def goes_on(self, number: int) -> bool:
        """Whether block `number` is due, and not as the first one."""
        return number != 0 and number == self.under_way

    def take(self, b: bytearray, start: int, end: int) -> int:
        """Take the block b[start:end]. Returns one of the four above."""
        data = start + _HEAD
        length = b[data - 1] if end > data else 0
        if length == 0x81:
            length = b[data]
            data += 1
        elif length == 0x82:
            length = b[data] << 8 | b[data + 1]
            data += 2
        number = block_number(b, start, end)
        if length and number > 1 and not self.under_way:
            return HEADLESS
        if not length or data + length != end or number != (self.under_way or 1) or (
                not self.add(b, data, end)):
            return WRONG
        if b[start + 1] & _LAST_BLOCK:
            self.under_way = 0
            return WHOLE if self.data[0] != BLOCK else WRONG
        self.under_way = number + 1
        return MORE

    def clear(self) -> None:
        """No message is under way."""
        self.under_way = self.size = 0


def block_number(b: bytearray, start: int, end: int) -> int:
    """The number of the block b[start:end]; 0 if it is none."""
    if end - start < _HEAD or b[start] != BLOCK:
        return 0
    return b[start + 2] << 8 | b[start + 3]
