"""IEEE 754 single precision, by integer arithmetic: law 1, and the device's floats are shorter."""

from micropython import const

_HIDDEN = const(1 << 23)  # the first bit of a significand, which is not written
_BIAS = const(127 + 23)
NAN = b"\x7f\xc0\x00\x00"  # quiet; what was not sent


def float32(n: int, d: int) -> bytes:
    """The nearest to n / d (d > 0), big-endian; of two that are as near the even one. For what
    meters measure: neither overflow nor subnormal numbers."""
    if not n:
        return bytes(4)
    sign = 0
    if n < 0:
        n = -n
        sign = 0x80
    # n / d = (q + rest / d) * 2 ** (exponent - _BIAS), until q has 24 bits
    q = n // d
    rest = n % d
    exponent = _BIAS
    while q < _HIDDEN:
        rest <<= 1
        q <<= 1
        if rest >= d:
            rest -= d
            q += 1
        exponent -= 1
    while q >= 2 * _HIDDEN:
        if q & 1:
            rest += d
        d <<= 1
        q >>= 1
        exponent += 1
    rest <<= 1
    if rest > d or rest == d and q & 1:
        q += 1  # 1 << 24 has the same bits but the first: only the exponent rises
        if q == 2 * _HIDDEN:
            exponent += 1
    return bytes((sign | exponent >> 1, (exponent & 1) << 7 | q >> 16 & 0x7F, q >> 8 & 255,
                  q & 255))
