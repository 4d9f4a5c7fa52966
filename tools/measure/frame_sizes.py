"""How large a frame each function of a compiled module needs: what its locals and stack take.

    .venv/bin/python -m measure.frame_sizes FILE.mpy …

A bytecode function whose frame has more than 11 words gets it from the heap at every call, and
gives it back on return (py/vm.h, VM_MAX_STATE_ON_STACK): neither heap_lock() nor mem_alloc() show
that. Native functions live on the C stack and are not listed.
"""

import sys
from pathlib import Path

from build.bytecode import Reader

ON_STACK = 11  # words
_EXCEPTION = 3  # words for each level of try and with
_BYTECODE = 0


def frames(data: bytes) -> dict[str, int]:
    """{function's name: words of its frame} of a .mpy of format 6 (py/persistentcode.c).

    Where two have one name (methods of two classes) the larger frame counts.
    """
    if data[:1] != b"M" or data[1] != 6:
        raise ValueError("not a .mpy file of format 6")
    read = Reader(data, 4)
    if data[2] & 0x40:
        read.number()  # architecture flags
    names, constants = read.number(), read.number()
    known = [read.name() for _ in range(names)]
    for _ in range(constants):
        read.constant()
    found: dict = {}
    _code(read, known, found)
    return found


def _code(read, names, found):
    """One function and those inside it."""
    head = read.number()
    start, end = read.at, read.at + (head >> 3)
    if head & 3 == _BYTECODE:
        inside = Reader(read.data, start)
        words, exceptions = _signature(inside)
        inside.number()  # sizes of what follows
        name = names[inside.number()]
        found[name] = max(found.get(name, 0), words + exceptions * _EXCEPTION)
        read.at = end
    else:
        raise ValueError("native code")
    if head & 4:
        for _ in range(read.number()):
            _code(read, names, found)


def _signature(read):
    """(words of locals and stack, levels of exceptions): py/bc.h, MP_BC_PRELUDE_SIG_DECODE."""
    data = read.data
    z = data[read.at]
    read.at += 1
    words, exceptions, n = z >> 3 & 15, z >> 2 & 1, 0
    while z & 0x80:
        z = data[read.at]
        read.at += 1
        words |= (z & 0x30) << 2 * n
        exceptions |= (z & 2) << n
        n += 1
    return words + 1, exceptions


def main() -> None:
    """Print the functions that need too much, of each file."""
    for name in sys.argv[1:]:
        for function, words in sorted(frames(Path(name).read_bytes()).items()):
            if words > ON_STACK:
                print(f"{name}: {function}: {words} words, {words - ON_STACK} too many")


if __name__ == "__main__":
    main()
