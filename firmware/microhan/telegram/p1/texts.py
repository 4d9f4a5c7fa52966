"""Texts of ASCII telegrams: identifications, meter numbers, what hex digits spell."""

from binascii import unhexlify

from micropython import const

HEX_ID = const(16)  # from this many hex digits on, a meter number may be ASCII written in hex


def decode(buf: "bytes | bytearray", start: int, length: int) -> str:
    """Text of printable ASCII; anything else (parity, damage under `crc` off) becomes `?`."""
    text = bytearray(memoryview(buf)[start:start + length])
    for i in range(length):
        if not 32 <= text[i] < 127:
            text[i] = 63
    return bytes(text).decode()  # not chr(): MicroPython would keep each letter for ever


def is_hex(text: str) -> bool:
    """Whether it consists of hex digits only."""
    for letter in text:
        if letter not in "0123456789ABCDEFabcdef":
            return False
    return True


def spelled_out(text: str) -> str:
    """The printable ASCII that hex digits spell, or the text itself."""
    try:
        spelled = unhexlify(text)
    except ValueError:
        return text
    for byte in spelled:
        if not 32 <= byte < 127:
            return text
    return spelled.decode()
