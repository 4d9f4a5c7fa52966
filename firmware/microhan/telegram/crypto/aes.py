"""AES-128 encryption of single blocks (FIPS 197), for VMs that have none: CPython, webassembly.

It has as much of the interface of MicroPython's `cryptolib.aes` in ECB mode as gcm.py uses. It is
neither quick nor safe from somebody who can measure its time: on the device it is never loaded.
"""


def _sbox():
    """The S-box: the inverse in GF(2^8), then the affine map."""
    box = bytearray(256)
    p = q = 1
    while True:
        p ^= p << 1 & 0xFF ^ (0x1B if p & 0x80 else 0)  # times 3
        q ^= q << 1  # divided by 3
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        if q & 0x80:
            q ^= 0x09
        x = q << 8 | q
        box[p] = (q ^ x >> 7 ^ x >> 6 ^ x >> 5 ^ x >> 4 ^ 0x63) & 0xFF
        if p == 1:
            break
    box[0] = 0x63
    return bytes(box)


_SBOX = _sbox()
_ROUNDS = 10
# Which byte of the state each one is after the rows are shifted.
_SHIFTED = bytes((i + 4 * (i % 4)) % 16 for i in range(16))


class aes:  # noqa: N801 - the name that cryptolib gives it
    """`aes(key, 1).encrypt(block, out)`, `key` and `block` of 16 bytes."""

    def __init__(self, key: bytes, mode: int):
        if len(key) != 16 or mode != 1:
            raise ValueError("only AES-128 in ECB mode")
        self._key = bytearray(16 * (_ROUNDS + 1))
        self._key[:16] = key
        self._state = bytearray(16)
        self._expand()

    def _expand(self):
        k = self._key
        constant = 1
        for i in range(16, len(k), 4):
            if i % 16:
                for j in range(4):
                    k[i + j] = k[i + j - 4] ^ k[i + j - 16]
            else:
                for j in range(4):
                    k[i + j] = _SBOX[k[i - 4 + (j + 1) % 4]] ^ k[i + j - 16]
                k[i] ^= constant
                constant = constant << 1 ^ (0x11B if constant & 0x80 else 0)

    def encrypt(self, block: bytearray, out: bytearray) -> None:
        """Encrypt one block into the bytearray `out`."""
        k = self._key
        s = self._state
        for i in range(16):
            s[i] = block[i] ^ k[i]
        for turn in range(1, _ROUNDS + 1):
            for i in range(16):
                out[i] = _SBOX[s[_SHIFTED[i]]]
            if turn < _ROUNDS:
                self._mix(out, s)
            else:
                for i in range(16):
                    s[i] = out[i]
            for i in range(16):
                s[i] ^= k[16 * turn + i]
        for i in range(16):
            out[i] = s[i]

    @staticmethod
    def _mix(a: bytearray, s: bytearray) -> None:
        """Each column times 03 x^3 + x^2 + x + 02."""
        for i in range(0, 16, 4):
            together = a[i] ^ a[i + 1] ^ a[i + 2] ^ a[i + 3]
            for j in range(4):
                pair = a[i + j] ^ a[i + (j + 1) % 4]
                pair = pair << 1 ^ (0x11B if pair & 0x80 else 0)
                s[i + j] = a[i + j] ^ together ^ pair
