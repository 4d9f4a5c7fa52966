"""Texts of ASCII telegrams: identifications, meter numbers, what hex digits spell."""

from binascii import unhexlify

from micropython import const

from ...reading.fields import I_METER_ID, I_METER_TYPE

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
    return not text.strip("0123456789ABCDEFabcdef")


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


def add_meter_texts(texts: dict[int, str], first: str, second: str) -> None:
    """Add the meter's number and type, out of 96.1.1 and 96.1.0 (docs/architecture.md)."""
    if first and len(first) < min(len(second), HEX_ID) and is_hex(first):
        texts[I_METER_TYPE] = spelled_out(first)
        first = ""
    number = first or second
    if number:
        texts[I_METER_ID] = spelled_out(number) if len(number) >= HEX_ID else number
