"""Frames around an APDU: HDLC, segments, blocks, wired M-Bus, and the encrypted envelope.

Checksums are worked out bit by bit from their polynomials.
"""

from typing import NamedTuple

from . import aes_gcm
from .dlms import length

_BEGAN = 1_577_836_800_000  # ms; frame counters run from 2020-01-01 at 10 a second
LLC = b"\xe6\xe7\x00"
FLAG = b"\x7e"


def x25(data: bytes) -> bytes:
    """CRC-16/X-25 (IEC 62056-46, 6.4.4.3), least significant byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
    return (crc ^ 0xFFFF).to_bytes(2, "little")


def hdlc(info: bytes, address: bytes = b"\x2b\x21", control: int = 0x13,
         segmented: bool = False) -> bytes:
    """One frame of type 3 around `info`, with both of its flags."""
    size = 2 + len(address) + 1 + 2 + len(info) + 2
    if size > 0x7FF:
        raise ValueError("an HDLC frame has at most 2047 bytes")
    head = (0xA000 | segmented << 11 | size).to_bytes(2, "big") + address + bytes((control,))
    body = head + x25(head) + info
    return FLAG + body + x25(body) + FLAG


def _parts(data, size):
    return [data[at:at + size] for at in range(0, len(data), size)] or [b""]


def in_one(apdu: bytes, address: bytes, size: int) -> bytes:
    """The whole message in one frame. `size` is not asked for."""
    return hdlc(LLC + apdu, address)


def in_segments(apdu: bytes, address: bytes, size: int) -> bytes:
    """A message over several frames, each but the last with the segmentation bit."""
    parts = _parts(LLC + apdu, size)
    return b"".join(hdlc(part, address, 0, part is not parts[-1]) for part in parts)


def in_blocks(apdu: bytes, address: bytes, size: int) -> bytes:
    """General-block-transfer, a block in each frame; only the first has an LLC header (E450)."""
    frames = []
    parts = _parts(apdu, size)
    for number, part in enumerate(parts, 1):
        last = 0x80 if number == len(parts) else 0
        block = (bytes((0xE0, 0x40 | last)) + number.to_bytes(2, "big") + b"\0\0"
                 + length(len(part)) + part)
        frames.append(hdlc((LLC if number == 1 else b"") + block, address))
    return b"".join(frames)


def in_mbus(apdu: bytes, address: bytes, size: int) -> bytes:
    """Long frames of wired M-Bus (EN 13757-2); `address`: A and the two service access points."""
    frames = b""
    parts = _parts(apdu, size - 5)
    for number, part in enumerate(parts):
        control = number & 15 | (0x10 if number == len(parts) - 1 else 0)
        body = bytes((0x53, address[0], control)) + address[1:] + part
        frames += (bytes((0x68, len(body), len(body), 0x68)) + body
                   + bytes((sum(body) & 0xFF, 0x16)))
    return frames


WRAPS = {"one": in_one, "segments": in_segments, "blocks": in_blocks, "mbus": in_mbus}


class Secret(NamedTuple):
    """How telegrams are encrypted.

    key, auth: 16 bytes each, as hex. title: the system title, 8 bytes or none (Elgama; then the
    tag of the APDU is left out too: dialects.py). control: security control,
    0x20 encrypted, 0x10 with a tag. wide: the length is always written in three bytes.
    """

    key: str
    auth: str = "00112233445566778899AABBCCDDEEFF"  # what Luxembourg and Austria publish
    title: bytes = b"SIMtitle"
    control: int = 0x30
    wide: bool = False


def seal(secret: Secret, ms: int, plain: bytes) -> bytes:
    """general-glo-ciphering of `plain` (an APDU, or P1 text) with a Secret.

    The frame counter comes of the time, ms since 1970: so it rises from one run to the next.
    """
    control = bytes((secret.control,))
    frame_counter = ((ms - _BEGAN) // 100 & 0xFFFFFFFF).to_bytes(4, "big")
    key, nonce = bytes.fromhex(secret.key), (secret.title or bytes(8)) + frame_counter
    aad, text = control + bytes.fromhex(secret.auth), plain
    if secret.control & 0x20:
        text, tag = aes_gcm.seal(key, nonce, aad, plain)
    else:  # authenticated only: all of it is additional data
        tag = aes_gcm.tag(key, nonce, aad + plain, b"")
    content = control + frame_counter + text + (tag[:12] if secret.control & 0x10 else b"")
    size = length(len(content))
    if secret.wide:  # some write three bytes whatever the length
        size = b"\x82" + len(content).to_bytes(2, "big")
    return b"\xdb" + bytes((len(secret.title),)) + secret.title + size + content
