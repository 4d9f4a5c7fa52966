"""Where the bytecode lies in a compiled file (.mpy, format 6; py/persistentcode.c)."""

import struct

from .compact import LEAVE

# Without an archive it is nothing.
_REGISTER = "getattr(__import__('sys').modules.get('archive'), 'register', id)(globals())"
_BYTECODE, _NATIVE, _VIPER, _ASSEMBLER = range(4)
_STR, _BYTES, _TUPLE = 5, 6, 10  # kinds of constants; up to 4 they have no content
_RODATA, _BSS, _RELOCATE = 0x20, 0x40, 0x10  # flags of native code


class Reader:
    """Reads a file from the offset `at` on. `blocks`: see blocks()."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at
        self.blocks: list[tuple[int, int]] = []

    def skip(self, count: int) -> None:
        """Go on behind so many bytes."""
        self.at += count

    def number(self) -> int:
        """A number in groups of seven bits, the highest first."""
        value = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value = value << 7 | byte & 127
            if byte < 128:
                return value

    def name(self) -> str:
        """A name; "" for one of those that MicroPython has in ROM."""
        size = self.number()
        if size & 1:
            return ""
        self.skip((size >> 1) + 1)
        return self.data[self.at - 1 - (size >> 1):self.at - 1].decode()

    def constant(self) -> None:
        """Go on behind a constant."""
        kind = self.data[self.at]
        self.at += 1
        if kind > 4:
            size = self.number()
            if kind == _TUPLE:
                for _ in range(size):
                    self.constant()
            else:
                self.skip(size + (kind in (_STR, _BYTES)))

    def code(self) -> None:
        """Go on behind a function and those inside it, and note their blocks."""
        head = self.number()
        kind, has_children, size = head & 3, head & 4, head >> 3
        if kind == _BYTECODE:
            self.blocks.append((self.at, size))
        self.skip(size)
        if kind == _VIPER:
            flags = self.number()
            rodata = self.number() if flags & _RODATA else 0
            if flags & _BSS:
                self.number()
            self.skip(rodata)
        if kind in (_NATIVE, _ASSEMBLER) or (kind == _VIPER and flags & _RELOCATE):
            raise ValueError("native code of a kind that is not known here")
        if has_children:
            for _ in range(self.number()):
                self.code()


def ending(in_place: bool, is_kept: bool) -> str:
    """What a module does at its end. in_place: its functions can read their bytecode in the
    archive (board/in_place.py; on a PC tools/twin/twin_main.py); is_kept: one of layout.KEPT."""
    if in_place:
        return f"{_REGISTER} or {LEAVE}\n" if is_kept else _REGISTER + "\n"
    return LEAVE + "\n" if is_kept else ""


def blocks(mpy: bytes) -> list[tuple[int, int]]:
    """(offset, length) of each function's bytecode in the file, in the order that it has there."""
    if mpy[:2] != b"M\x06":
        raise ValueError("no .mpy file of format 6")
    reader = Reader(mpy, 4)
    names, constants = reader.number(), reader.number()
    for _ in range(names):
        reader.name()
    for _ in range(constants):
        reader.constant()
    reader.code()
    if reader.at != len(mpy):
        raise ValueError("bytes are left")
    return reader.blocks


def with_table(mpy: bytes) -> bytes:
    """The file with a table of its blocks behind it."""
    found = blocks(mpy)
    return mpy + struct.pack(f"<{2 * len(found)}HH", *sum(found, ()), len(found))
