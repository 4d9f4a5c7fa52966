"""Stand-in for MicroPython's `micropython` module, so that firmware imports on CPython."""

import builtins
import os
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

_T = TypeVar("_T")

# Types of viper code, which MicroPython's compiler knows by itself. What cannot change is handed
# out as a tuple, since CPython finds a tuple's elements faster; ptr16 serves constant tables only.
_tuples: dict = {}  # id: (tuple, what it was made of, kept so that no other takes its id)


def ptr8(buffer: Any) -> Any:
    """The bytes of a buffer, to be indexed."""
    return ptr16(buffer) if type(buffer) is bytes else buffer


def ptr16(table: Any) -> Any:
    """The numbers of a constant array("H"), to be indexed."""
    known = _tuples.get(id(table))
    if known is None:
        known = _tuples[id(table)] = (tuple(table), table)
    return known[0]


def ptr32(buffer: Any) -> Any:
    """The numbers of an array("i"), to be indexed."""
    return buffer


for _pointer in (ptr8, ptr16, ptr32):
    setattr(builtins, _pointer.__name__, _pointer)


def _ilistdir(path: str) -> Iterator[tuple]:
    with os.scandir(path) as entries:
        return iter([(entry.name, 0x8000, 0, entry.stat().st_size) for entry in entries])


os.ilistdir = _ilistdir  # type: ignore[attr-defined]


def const(value: _T) -> _T:
    """Return `value`; MicroPython folds it at compile time."""
    return value


def native(function: _T) -> _T:
    """Identity: CPython has no native emitter."""
    return function


def viper(function: _T) -> _T:
    """Identity. The caller must not rely on 32-bit wrap-around here."""
    return function


def heap_lock() -> int:
    """Do nothing: CPython's heap cannot be locked."""
    return 0


def heap_unlock() -> int:
    """Do nothing, as `heap_lock`."""
    return 0


def schedule(function: Callable[[Any], object], argument: object) -> None:
    """Run at once; there is no interrupt to come back from."""
    function(argument)


def alloc_emergency_exception_buf(size: int) -> None:
    """Do nothing: CPython needs no spare buffer for exceptions."""


def kbd_intr(char: int) -> None:
    """Do nothing: Ctrl-C belongs to the host's terminal."""


def mem_info() -> None:
    """Say nothing: CPython's heap is nobody's concern here."""
