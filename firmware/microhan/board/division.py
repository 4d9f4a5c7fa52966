"""Divides the memory of a plain ESP32 between Python's heap and the system, once, at the start.

The arithmetic is in docs/memory.md. Python's heap begins with 56 kB. When it is full it takes the
largest free block of the system's memory, or as much again as it has, whichever is less (py/gc.c,
gc_try_add_heap), and hardly ever gives it back: sooner or later all of it, and Wi-Fi falls silent
for good. So the heap is made as large as it is to be while it is empty, and what is left to the
system is then cut into pieces that are too small for the heap to take, and large enough for a
packet. Only the mDNS task, which needs a block, finds one; TLS has taken its own before.

What cuts is an open handle of NVS, the chip's key-value store: 48 bytes of the system's memory
that are never given back. Where it comes to lie is decided by the receive buffer of the meter's
UART, which is made shorter by a piece each time.
"""

from typing import TYPE_CHECKING

import esp32

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Larger blocks are given out in steps of this (TLSF in ESP-IDF, for 64 to 256 kB of memory): the
# buffer's size is exact only in multiples of it. A packet of 1.6 kB fits into a piece of this, and
# the heap cannot grow into it: it would need 2,048 bytes and what did not fit.
_PIECE = const(2048)
_HEADER = const(64)  # what a buffer takes beside its bytes, and more
# What Python's heap grows by, if that leaves the system the least that it needs with the radio
# on: see docs/memory.md. With TLS, which has taken its blocks; without it if the heap holds no
# bytecode, and if it does. The heap's share must be the larger one: otherwise the UART's buffer,
# made shorter, would find its place there.
_FOR_TLS = (43008, 28672)
_IN_PLACE = (53248, 45056)
_WITH_BYTECODE = (61440, 32768)
# The last piece stays uncut, behind the UART's buffer.
_BLOCK = const(6144)  # mDNS's task, at the first connection
_FIRST = const(256)  # the UART's first buffer: the least that it takes
_BETWEEN = const(3)
_FILLING = const(12)  # handles for the small holes that are there when it begins
_HANDLE = const(48)


def _largest():
    """The largest block that the system could give, in bytes, rounded down."""
    return max([heap[2] for heap in esp32.idf_heap_info(esp32.HEAP_DATA)])


def _free():
    return sum([heap[1] for heap in esp32.idf_heap_info(esp32.HEAP_DATA)])


def _grow(count: int) -> list:
    """Make Python's heap grow by the largest block, of `count` bytes. Returns an object that keeps
    it so."""
    # By 2,048 bytes more than this the heap grows (py/gc.c); the first one may fit into the old
    # area. What is free there says nothing: it lies about in pieces.
    rest: list = []
    fitted: "tuple | None" = None
    while _largest() > count // 2:
        fitted = rest, fitted
        rest = [None] * ((count - 2048) // 4)
    rest.clear()  # 16 bytes of it are left: an empty area would be given back to the system
    return rest


def _cut(count: int = 1) -> None:
    """Open some handles."""
    for _ in range(count):
        esp32.NVS("microhan")


def divide(open_uart: "Callable[[int], Callable[[int], Any]]", rxbuf: int, tls: bool,
           in_place: bool) -> list:
    """Divide the memory. `open_uart(n)` opens the meter's UART with a receive buffer of n bytes
    and returns a function that gives it another one; in the end it has `rxbuf`. `tls`: whether
    TLS has its blocks already; `in_place`: whether the heap holds no bytecode (in_place.py).

    Returns an object that must be kept, or the heap shrinks again. Raises OSError, MemoryError.
    """
    available = _free()
    growth, system = _FOR_TLS if tls else _IN_PLACE if in_place else _WITH_BYTECODE
    growth = min(growth, available - system) // _PIECE * _PIECE
    if growth < 2 * _PIECE:
        raise OSError("%d bytes in all" % available)
    # Of several holes the smallest that will do is used. So those that are there are filled first:
    # then the small blocks that the UART takes beside its buffer come to lie together. Handles
    # between them and the large buffer see to it that they find their places again each time that
    # it changes.
    _cut(_FILLING)
    set_buffer = open_uart(_FIRST)
    _cut(_BETWEEN)
    # The hole behind it is what the heap grows by, and less than a piece.
    size = (_free() + _FIRST - _FILLING * _HANDLE - growth) // _PIECE * _PIECE - _HEADER
    set_buffer(size)
    _cut(_FILLING)  # the place of the first buffer, and the beginning of what is behind this one
    # Of holes alike the one that came last is used first: from here on one handle each will do.
    least = rxbuf + _BLOCK - _HEADER
    while size - _PIECE >= least:
        size -= _PIECE
        set_buffer(size)
        _cut()
    keeper = _grow(_largest())
    set_buffer(rxbuf)
    if _largest() > least + 2 * _PIECE:
        raise OSError("%d bytes in one piece" % _largest())
    return keeper
