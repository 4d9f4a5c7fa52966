"""Binary frames: how long is the one that begins here, and is it proven?

Loaded with the first bytes that may begin one, which a meter that sends text never sends. What is
in a frame is message.py's, which is loaded with the first frame whose header is right.
"""

from typing import TYPE_CHECKING

from micropython import const

from ..crypto.envelope import ciphered_size, sealed_size
from ..p1.layout import CIPHERED, FLAG, SEALED
from .hdlc import hdlc_size
from .mbus import mbus_size

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable

    from ..p1.parser import P1Parser
    from .message import Messages

_CHECK = const(5)  # `!` and four digits behind a P1 telegram's envelope


class Frames:
    """Takes frames and hands their telegrams to `publish`. For the parameters see message.py."""

    def __init__(self, publish: "Callable[[Messages], None]",
                 text: "Callable[[], P1Parser | None]", counts: "array[int]", settings: tuple,
                 units: "list[int | None] | None"):
        self._publish = publish
        self._text = text
        self._counts = counts
        self._settings = settings
        self._units = units  # the owner's scales
        self.messages: "Messages | None" = None  # from the first frame on
        # p1/encrypted.take, from the first such telegram on.
        self._take_sealed: "Callable[..., bool] | None" = None

    def size(self, b: bytearray, at: int, have: int) -> int:
        """Bytes of the frame at b[at], of which `have` are here, once its header proves it. Before
        that a number above `have`: with that many, more can be said. 0 if no frame begins there.
        """
        if have < 2:
            return 2
        if b[at] == FLAG:
            return hdlc_size(b, at, have) if b[at + 1] & 0xF0 == 0xA0 else 0
        if b[at] == CIPHERED:
            return ciphered_size(b, at, have) if b[at + 1] == 8 else 0
        if b[at] == SEALED:
            return sealed_size(b, at, have)
        return mbus_size(b, at, have)

    def take(self, b: bytearray, at: int, length: int, inside: bool) -> bool:
        """Use the frame b[at:at + length], whose header is right. False if the rest is not proven.
        `inside`: it was found within the bytes of a frame that was refused, and counted.
        """
        messages = self.load()
        if b[at] != SEALED:
            return messages.take(b, at, length, inside)
        if not self._take_sealed:
            from ..p1.encrypted import take
            self._take_sealed = take
        text = self._text()  # it is there: it has the beginning under way
        return text is not None and self._take_sealed(
            text, messages, b, at, at + length - _CHECK)

    def load(self) -> "Messages":
        """What reads the lists in frames."""
        if not self.messages:
            from .message import Messages
            self.messages = Messages(self._publish, self._text, self._counts, *self._settings)
            self.messages.push_list.scales.owner = self._units
        return self.messages

    def idle(self, over: bool) -> None:
        """Nothing came for a while; `over`: the input is over."""
        if self.messages:
            self.messages.idle(over)
