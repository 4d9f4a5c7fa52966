"""Numbers and texts as JSON writes them. Decimals are made by integer arithmetic (law 1)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def milli(value: int, decimals: int) -> bytes:
    """An integer of thousandths as a decimal number, bytes. Digits beyond `decimals` (0 to 3) are
    cut.
    """
    v = abs(value)
    text = b"%d.%03d" % (v // 1000, v % 1000)
    if decimals < 3:
        text = text[: decimals - 3 if decimals else -4]
    return b"-" + text if value < 0 else text


def json_text(text: str) -> str:
    """A JSON string, quotes included. Control characters and non-ASCII are escaped."""
    for byte in text.encode():
        if not 32 <= byte < 127 or byte == 34 or byte == 92:
            return _escaped(text)
    return '"' + text + '"'


def letters(text: str) -> "Iterator[str]":
    """The letters of a text. (`for letter in text` would have MicroPython keep each of them, as a
    name, for as long as it runs.)"""
    for i in range(len(text)):
        yield text[i:i + 1]


def _escaped(text):
    out = '"'
    for ch in letters(text):
        n = ord(ch)
        if ch == '"' or ch == "\\":
            out += "\\" + ch
        elif n < 32 or n > 126:
            out += "\\u%04x" % n if n < 0x10000 else "?"
        else:
            out += ch
    return out + '"'
