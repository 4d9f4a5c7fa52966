"""AES-128-GCM on plain integers (FIPS 197, NIST SP 800-38D), to encrypt simulated telegrams.

Made for being right at a glance, not for speed, and apart from the firmware's own, which is tested
against it. `seal` gives what an envelope holds: ciphertext and a tag of 16 bytes.
"""

from functools import lru_cache


def _times(a, b):
    """Product of two bytes in AES's field."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = a << 1 ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def _substitution():
    box = []
    for byte in range(256):
        inverse = next((n for n in range(256) if _times(byte, n) == 1), 0)
        ring = inverse << 8 | inverse
        box.append((inverse ^ ring >> 7 ^ ring >> 6 ^ ring >> 5 ^ ring >> 4 ^ 0x63) & 0xFF)
    return box


@lru_cache(maxsize=1)
def _tables():
    """The substitution box, and the multiples by 2 and 3 of its entries."""
    box = _substitution()
    return box, [_times(x, 2) for x in box], [_times(x, 3) for x in box]


@lru_cache(maxsize=8)
def _round_keys(key):
    """The 11 round keys of a key of 16 bytes, each a list of 16."""
    box = _tables()[0]
    words = [list(key[i:i + 4]) for i in range(0, 16, 4)]
    factor = 1
    for n in range(4, 44):
        word = words[-1]
        if n % 4 == 0:
            word = [box[x] for x in word[1:] + word[:1]]
            word[0] ^= factor
            factor = _times(factor, 2)
        words.append([a ^ b for a, b in zip(words[-4], word, strict=True)])
    return [sum(words[n:n + 4], []) for n in range(0, 44, 4)]


# Where the bytes of a column come from once the rows are shifted.
_SHIFTED = [[(4 * column + 5 * row) % 16 for row in range(4)] for column in range(4)]


def encrypt_block(key: bytes, block: bytes) -> bytes:
    """AES of 16 bytes."""
    box, two, three = _tables()
    keys = _round_keys(bytes(key))
    state = [a ^ b for a, b in zip(block, keys[0], strict=True)]
    for round_key in keys[1:-1]:
        mixed = []
        for a, b, c, d in _SHIFTED:
            a, b, c, d = state[a], state[b], state[c], state[d]
            mixed += [two[a] ^ three[b] ^ box[c] ^ box[d], box[a] ^ two[b] ^ three[c] ^ box[d],
                      box[a] ^ box[b] ^ two[c] ^ three[d], three[a] ^ box[b] ^ box[c] ^ two[d]]
        state = [a ^ b for a, b in zip(mixed, round_key, strict=True)]
    last = [box[state[n]] for column in _SHIFTED for n in column]
    return bytes(a ^ b for a, b in zip(last, keys[-1], strict=True))


def _multiply(x, y):
    """Product in GCM's field, bit 0 leftmost (SP 800-38D, algorithm 1)."""
    product = 0
    for bit in range(127, -1, -1):
        if x >> bit & 1:
            product ^= y
        y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
    return product


def _padded(data):
    return data + bytes(-len(data) % 16)


def _hash(key, aad, text):
    subkey = int.from_bytes(encrypt_block(key, bytes(16)), "big")
    lengths = (8 * len(aad)).to_bytes(8, "big") + (8 * len(text)).to_bytes(8, "big")
    data = _padded(aad) + _padded(text) + lengths
    y = 0
    for at in range(0, len(data), 16):
        y = _multiply(y ^ int.from_bytes(data[at:at + 16], "big"), subkey)
    return y


def counter_mode(key: bytes, nonce: bytes, data: bytes) -> bytes:
    """`data` encrypted (or decrypted): the nonce has 12 bytes, the counter begins at 2."""
    stream = b"".join(encrypt_block(key, nonce + n.to_bytes(4, "big"))
                      for n in range(2, 2 + (len(data) + 15) // 16))
    return bytes(a ^ b for a, b in zip(data, stream, strict=False))


def tag(key: bytes, nonce: bytes, aad: bytes, text: bytes) -> bytes:
    """The 16 bytes that prove `aad` and the ciphertext `text`."""
    mask = encrypt_block(key, nonce + b"\0\0\0\1")
    return (_hash(key, aad, text) ^ int.from_bytes(mask, "big")).to_bytes(16, "big")


def seal(key: bytes, nonce: bytes, aad: bytes, plain: bytes) -> tuple[bytes, bytes]:
    """(ciphertext, tag) of `plain`."""
    text = counter_mode(key, nonce, plain)
    return text, tag(key, nonce, aad, text)
