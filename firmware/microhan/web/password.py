"""The owner's password, as PBKDF2-HMAC-SHA256 (RFC 8018, 5.2) keeps it: [rounds, salt, digest].

The rounds are kept with it: a later version may want more, and login.py then hashes it anew.
"""

import asyncio
import gc
import os
import time
from binascii import hexlify, unhexlify
from hashlib import sha256
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROUNDS = const(2_400)
# Then others have their turn. On an emulated ESP32 a slice took 6 ms; the collection of garbage
# that may follow it comes on top of that.
_SLICE_MS = const(6)
_STEP = const(8)  # rounds between looks at the clock
_BLOCK = const(64)  # bytes that SHA-256 takes at once


def _slices(password: bytes, salt: bytes, rounds: int) -> "Iterator[bytes]":
    """Derive 32 bytes. Yields b"" after each slice of the work, and the bytes in the end."""
    if len(password) > _BLOCK:
        password = sha256(password).digest()
    key = password + bytes(_BLOCK - len(password))
    inner = bytearray([byte ^ 0x36 for byte in key] + [0] * 32)
    outer = bytearray([byte ^ 0x5C for byte in key] + [0] * 32)
    outer[_BLOCK:] = sha256(inner[:_BLOCK] + salt + b"\0\0\0\1").digest()
    digest = sha256(outer).digest()
    total = int.from_bytes(digest, "big")
    left = rounds - 1
    while left:
        # A round leaves 460 bytes of garbage: with the usual threshold nine in ten instructions
        # would be the collector's. Nothing else runs in a slice, so nothing needs the threshold.
        threshold = gc.threshold()
        gc.threshold(-1)
        started = time.ticks_ms()
        while left and time.ticks_diff(time.ticks_ms(), started) < _SLICE_MS:
            for _ in range(min(_STEP, left)):
                inner[_BLOCK:] = digest
                outer[_BLOCK:] = sha256(inner).digest()
                digest = sha256(outer).digest()
                total ^= int.from_bytes(digest, "big")
            left -= min(_STEP, left)
        gc.threshold(threshold)
        yield b""
    yield total.to_bytes(32, "big")


def _kept(salt, digest):
    return [_ROUNDS, hexlify(salt).decode(), hexlify(digest).decode()]


def hashed_at_once(password: str) -> list:
    """What is kept of a password. Takes seconds in which nothing else runs."""
    salt = os.urandom(16)
    for digest in _slices(password.encode(), salt, _ROUNDS):
        if digest:
            return _kept(salt, digest)
    raise ValueError  # never


async def hashed(password: str) -> list:
    """What is kept of a password."""
    salt = os.urandom(16)
    return _kept(salt, await _derived(password, salt, _ROUNDS))


async def is_right(password: str, kept: list) -> bool:
    """Whether it is the password of which this is kept."""
    from .grants import is_same

    rounds, salt, digest = kept
    derived = await _derived(password, unhexlify(salt), rounds)
    return is_same(hexlify(derived).decode(), digest)


def is_dated(kept: list) -> bool:
    """Whether it was hashed in fewer rounds than it would be today."""
    return kept[0] < _ROUNDS


async def _derived(password, salt, rounds):
    for digest in _slices(password.encode(), salt, rounds):
        if digest:
            return digest
        await asyncio.sleep_ms(0)
