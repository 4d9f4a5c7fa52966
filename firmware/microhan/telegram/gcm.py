"""AES-128-GCM (NIST SP 800-38D) with nonces of 12 bytes, in place and without allocating.

AES itself is the VM's own where it has one (MicroPython's cryptolib), else aes.py. GHASH goes by
half bytes over a table of 16 multiples of H (Shoup's method), with 128 bits held as five integers
of 16 + 4 * 28 bits, so that none leaves a 32-bit VM's small integers.
"""

from array import array

from micropython import const

try:
    from cryptolib import aes
except ImportError:
    from .aes import aes

_ECB = const(1)
_LIMBS = const(5)

# What the four bits shifted out at the end add at the front: multiples of the polynomial E1.
_OUT = array("H", (
    0x0000, 0x1C20, 0x3840, 0x2460, 0x7080, 0x6CA0, 0x48C0, 0x54E0,
    0xE100, 0xFD20, 0xD940, 0xC560, 0x9180, 0x8DA0, 0xA9C0, 0xB5E0))


class Gcm:
    """One key of 16 bytes. `start` a message, `hash` what is authenticated, `verify` its tag."""

    def __init__(self, key):
        self._aes = aes(key, _ECB)
        self._counter = bytearray(16)
        self._stream = bytearray(16)
        self._block = bytearray(16)
        self._y = array("i", bytes(4 * _LIMBS))
        self._table = array("i", bytes(4 * 16 * _LIMBS))
        self._aes.encrypt(self._block, self._stream)
        self._add(self._stream)
        self._multiples()

    def _multiples(self):
        """table[n]: H times n, where the highest of n's four bits stands for 1."""
        t = self._table
        y = self._y
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

    def start(self, nonce):
        """Begin a message: `nonce` is a buffer of 12 bytes."""
        counter = self._counter
        for i in range(12):
            counter[i] = nonce[i]
        counter[12] = counter[13] = counter[14] = 0
        counter[15] = 1
        for limb in range(_LIMBS):
            self._y[limb] = 0

    def hash(self, b, start, end):
        """Take b[start:end] into the tag, filled up with zeros to whole blocks."""
        block = self._block
        while start < end:
            for i in range(16):
                block[i] = b[start] if start < end else 0
                start += 1
            self._add(block)
            self._times_h()

    def verify(self, text_bytes, cipher_bytes, b, at, size):
        """Whether b[at:at + size] is the tag of all hashed: so many bytes of additional data, then
        of ciphertext. Takes the same time wherever they differ. To be called before `crypt`.
        """
        block = self._block
        for i in range(16):
            block[i] = 0
        for i in range(4):
            block[7 - i] = text_bytes << 3 >> 8 * i & 0xFF
            block[15 - i] = cipher_bytes << 3 >> 8 * i & 0xFF
        self._add(block)
        self._times_h()
        self._aes.encrypt(self._counter, self._stream)
        for i in range(16):
            block[i] = self._stream[i]
        self._add(block)  # the tag stands in y now
        y = self._y
        differs = 0
        for i in range(size):
            bit = 120 - 8 * i  # of the byte's end, counted from the end of the last limb
            if i < 2:
                byte = y[0] >> 8 - 8 * i
            else:
                limb = 4 - bit // 28
                bit %= 28
                byte = y[limb] >> bit
                if bit > 20:
                    byte |= (y[limb - 1] & 0xFF) << 28 - bit
            differs |= byte & 0xFF ^ b[at + i]
        return not differs

    def crypt(self, b, start, end):
        """Decrypt (or encrypt) b[start:end] in place."""
        counter = self._counter
        stream = self._stream
        while start < end:
            i = 15
            counter[15] = counter[15] + 1 & 0xFF
            while not counter[i] and i > 12:
                i -= 1
                counter[i] = counter[i] + 1 & 0xFF
            self._aes.encrypt(counter, stream)
            for i in range(min(16, end - start)):
                b[start + i] ^= stream[i]
            start += 16

    def _add(self, block):
        """y ^= block."""
        y = self._y
        y[0] ^= block[0] << 8 | block[1]
        y[1] ^= block[2] << 20 | block[3] << 12 | block[4] << 4 | block[5] >> 4
        y[2] ^= (block[5] & 15) << 24 | block[6] << 16 | block[7] << 8 | block[8]
        y[3] ^= block[9] << 20 | block[10] << 12 | block[11] << 4 | block[12] >> 4
        y[4] ^= (block[12] & 15) << 24 | block[13] << 16 | block[14] << 8 | block[15]

    def _times_h(self):
        """y = y times H."""
        y = self._y
        t = self._table
        a = b = c = d = e = 0
        for limb in range(4, -1, -1):
            word = y[limb]
            for _ in range(7 if limb else 4):
                n = (word & 15) * _LIMBS
                word >>= 4
                out = _OUT[e & 15]
                e = (e >> 4 | (d & 15) << 24) ^ t[n + 4]
                d = (d >> 4 | (c & 15) << 24) ^ t[n + 3]
                c = (c >> 4 | (b & 15) << 24) ^ t[n + 2]
                b = (b >> 4 | (a & 15) << 24) ^ t[n + 1]
                a = a >> 4 ^ out ^ t[n]
        y[0] = a
        y[1] = b
        y[2] = c
        y[3] = d
        y[4] = e
