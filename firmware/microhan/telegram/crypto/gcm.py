"""AES-128-GCM (NIST SP 800-38D) with nonces of 12 bytes, in place and without allocating.

AES itself is the VM's own where it has one (MicroPython's cryptolib), otherwise aes.py. GHASH
goes by half bytes over a table of 16 multiples of H (Shoup's method). 128 bits are held as five
integers of 16 + 4 * 28 bits, which are small integers on a 32-bit VM, too. The loops are native
code where there is an emitter.
"""

from array import array

import micropython
from micropython import const

try:
    from cryptolib import aes
except ImportError:
    from .aes import aes  # type: ignore[assignment]

_ECB = const(1)
_LIMBS = const(5)

# What the four bits shifted out at the end add at the front: multiples of the polynomial E1.
_OUT = array("H", (
    0x0000, 0x1C20, 0x3840, 0x2460, 0x7080, 0x6CA0, 0x48C0, 0x54E0,
    0xE100, 0xFD20, 0xD940, 0xC560, 0x9180, 0x8DA0, 0xA9C0, 0xB5E0))


class Gcm:
    """One key of 16 bytes. `start` a message, `hash` what is authenticated, `verify` its tag."""

    def __init__(self, key: bytes):
        self._aes = aes(key, _ECB)
        self._counter = bytearray(16)
        self._stream = bytearray(16)
        self._y = bytearray(16)
        self._table = array("i", bytes(4 * 16 * _LIMBS))
        self._aes.encrypt(self._counter, self._stream)
        _multiples(self._stream, self._table)

    def start(self, nonce: bytearray) -> None:
        """Begin a message: `nonce` is a buffer of 12 bytes."""
        counter = self._counter
        for i in range(12):
            counter[i] = nonce[i]
        counter[12] = counter[13] = counter[14] = 0
        counter[15] = 1
        for i in range(16):
            self._y[i] = 0

    def hash(self, b: bytearray, start: int, end: int) -> None:
        """Take b[start:end] into the tag, padded with zeros to whole blocks."""
        _absorb(b, start, end, self._y, self._table)

    def verify(self, text_bytes: int, cipher_bytes: int, b: bytearray, at: int, size: int) -> bool:
        """Whether b[at:at + size] is the tag of all that was hashed: `text_bytes` of additional
        data, then `cipher_bytes` of ciphertext. Takes the same time wherever it differs. To be
        called before `crypt`.
        """
        y = self._y
        for i in range(4):
            y[7 - i] ^= text_bytes << 3 >> 8 * i & 0xFF
            y[15 - i] ^= cipher_bytes << 3 >> 8 * i & 0xFF
        _times_h(y, self._table)
        self._aes.encrypt(self._counter, self._stream)
        for i in range(16):
            y[i] ^= self._stream[i]  # the tag stands in y now
        differs = 0
        for i in range(size):
            differs |= y[i] ^ b[at + i]
        return not differs

    def crypt(self, b: bytearray, start: int, end: int) -> None:
        """Decrypt (or encrypt) b[start:end] in place."""
        _crypt(b, start, end, self._counter, self._stream, self._aes)


def _multiples(h, t):
    """t[n]: H times n in limbs, where the highest of n's four bits stands for 1."""
    y = [h[0] << 8 | h[1], 0, 0, 0, 0]
    for i in range(28):  # the other 28 half bytes, seven to a limb
        y[1 + i // 7] = y[1 + i // 7] << 4 | h[2 + i // 2] >> (0 if i & 1 else 4) & 15
    n = 8
    while n:
        for limb in range(_LIMBS):
            t[n * _LIMBS + limb] = y[limb]
        out = y[4] & 1
        for limb in range(4, 0, -1):
            y[limb] = y[limb] >> 1 | (y[limb - 1] & 1) << 27
        y[0] = y[0] >> 1 ^ (0xE100 if out else 0)
        n >>= 1
    for n in range(3, 16):
        low = n & -n
        if n != low:
            for limb in range(_LIMBS):
                t[n * _LIMBS + limb] = t[low * _LIMBS + limb] ^ t[(n ^ low) * _LIMBS + limb]


@micropython.viper
def _absorb(b: ptr8, start: int, end: int, total, table):
    """total = (total + block) times H for each block of b[start:end]."""
    y = ptr8(total)
    while start < end:
        stop = start + 16
        i = 0
        while start < stop:
            if start < end:
                y[i] ^= b[start]
            i += 1
            start += 1
        _times_h(total, table)


@micropython.viper
def _times_h(y: ptr8, table: ptr32):
    """y = y times H."""
    outs = ptr16(_OUT)
    a = b = c = d = e = 0
    for at in range(31, -1, -1):
        n = y[at >> 1]
        n = ((n & 15) if at & 1 else n >> 4) * _LIMBS
        out = outs[e & 15]
        e = (e >> 4 | (d & 15) << 24) ^ table[n + 4]
        d = (d >> 4 | (c & 15) << 24) ^ table[n + 3]
        c = (c >> 4 | (b & 15) << 24) ^ table[n + 2]
        b = (b >> 4 | (a & 15) << 24) ^ table[n + 1]
        a = a >> 4 ^ out ^ table[n]
    y[0] = a >> 8
    y[1] = a & 255
    y[2] = b >> 20
    y[3] = b >> 12 & 255
    y[4] = b >> 4 & 255
    y[5] = (b & 15) << 4 | c >> 24
    y[6] = c >> 16 & 255
    y[7] = c >> 8 & 255
    y[8] = c & 255
    y[9] = d >> 20
    y[10] = d >> 12 & 255
    y[11] = d >> 4 & 255
    y[12] = (d & 15) << 4 | e >> 24
    y[13] = e >> 16 & 255
    y[14] = e >> 8 & 255
    y[15] = e & 255


@micropython.viper
def _crypt(b: ptr8, start: int, end: int, counts, streams, cipher):
    """b[start:end] ^= the stream of `cipher`, from the next count on."""
    counter = ptr8(counts)
    stream = ptr8(streams)
    while start < end:
        i = 15
        while i > 11:
            counter[i] = counter[i] + 1 & 255
            i = i - 1 if not counter[i] else 0
        cipher.encrypt(counts, streams)
        i = 0
        while i < 16 and start < end:
            b[start] ^= stream[i]
            i += 1
            start += 1
