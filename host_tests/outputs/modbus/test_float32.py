"""outputs/modbus/float32.py against the PC's own rounding."""

import struct
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from microhan.outputs.modbus.float32 import NAN, float32

HALF = 1 << 24


def nearest(n, d):
    """By looking: the float32 that lies nearest, even where two do. Python's division of integers
    is right in 53 bits, and rounded twice only where that does not tell."""
    bits = struct.unpack(">I", struct.pack(">f", n / d))[0]
    told = []
    for one in {max(0, bits - 1) if bits & 0x7FFFFFFF else bits, bits, bits + 1}:
        value = struct.unpack(">f", struct.pack(">I", one))[0]
        told.append((abs(Fraction(value) - Fraction(n, d)), one & 1, one))
    return struct.pack(">I", min(told)[2])


@given(st.integers(-10**12, 10**12), st.sampled_from([1, 1000, 2000, 3000, 10**6]))
@example(HALF + 1, 1)
@example(HALF + 3, 1)
@example(2 * HALF - 1, 1)
@example(2 * HALF - 1, 2)
@example(-123_456_789, 1000)
@example(1, 10**6)
@example(99_999_999_999, 1000)
def test_it_is_the_nearest(n, d):
    assert float32(n, d) == nearest(n, d)


@pytest.mark.parametrize(("n", "d", "bits"), [
    (0, 1000, "00000000"), (1, 1, "3f800000"), (-1, 1, "bf800000"), (230_000, 1000, "43660000"),
    (1, 1000, "3a83126f"), (HALF + 1, 1, "4b800000"), (HALF + 3, 1, "4b800002"),
    (2 * HALF - 1, 1, "4c000000"), (123_456_789, 1000, "47f12065")])
def test_some_known_patterns(n, d, bits):
    assert float32(n, d).hex() == bits


def test_absent_is_a_quiet_nan():
    value = struct.unpack(">f", NAN)[0]
    assert value != value
