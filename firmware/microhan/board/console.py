"""The console, byte by byte: for Improv, which speaks between its lines.

sys.stdin and sys.stdout are UART0, and native USB as well where the chip has it. Their text side
turns line ends around (shared/runtime/sys_stdio_mphal.c); `buffer` does not.
"""

import select
import sys

import micropython

_POLLIN = select.POLLIN
_CTRL_C = 3
_AT_ONCE = 64


class Console:
    """While it is open Ctrl-C is a byte like any other."""

    def __init__(self) -> None:
        micropython.kbd_intr(-1)
        self._poll = select.poll()
        self._poll.register(sys.stdin, _POLLIN)

    def read(self) -> bytes:
        """The bytes that have come, 64 at most. It does not wait."""
        data = b""
        while len(data) < _AT_ONCE and self._poll.poll(0):
            data += sys.stdin.buffer.read(1)
        return data

    def write(self, data: bytes) -> None:
        """Send these bytes as they are."""
        sys.stdout.buffer.write(data)

    def close(self) -> None:
        """From now on Ctrl-C interrupts again."""
        micropython.kbd_intr(_CTRL_C)
