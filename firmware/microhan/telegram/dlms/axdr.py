"""A-XDR as DLMS uses it (IEC 62056-6-2, clause 6): a walk over a value of any shape, in place."""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from array import array

MOST = const(255)  # plain values in a list; the longest known (Aidon, Sweden) has 108
DEEPEST = const(8)  # arrays and structures within each other; the deepest list known has 3
_MIXED = const(0xFFFF)  # what a structure holds
_ARRAY = const(1)
_STRUCTURE = const(2)
_BITS = const(4)
_VARIES = const(0xFF)
_REFUSED = const(0xFE)
_OCTETS = const(0x09)
_VISIBLE = const(0x0A)
_UTF8 = const(0x0C)

# Bytes of each type by tag. Refused: what no push list holds (compact array, and gaps).
_SIZES = (b"\x00\xfe\xfe\x01\xff\x04\x04\xfe\xfe\xff\xff\xfe\xff\x01\xfe\x01"
          b"\x02\x01\x02\xfe\x08\x08\x01\x04\x08\x0c\x05\x04")
_SIGNED = b"\x05\x0f\x10\x14"
_NUMBERS = b"\x03\x05\x06\x0f\x10\x11\x12\x14\x15\x16"


def walk(b: bytearray, p: int, end: int, at: "array[int]", left: "array[int]") -> int:
    """Note in `at` (array "H") where the tag of each plain value stands in the value b[p:end].

    Returns how many there are, or -1 if the value does not end exactly at `end` or is more than
    any meter sends. `left` is an array "H" to work with, one longer than twice DEEPEST. Its last
    number is then where the value ends, or 0 if it is none.

    All that an array holds is of one type (null-data apart). Otherwise a message that lost a
    segment on its way might still come out whole.
    """
    depth = 0
    left[2 * DEEPEST] = 0
    left[0] = 1
    left[DEEPEST] = _MIXED
    n = 0
    while True:
        while not left[depth]:
            if not depth:
                if p > end:
                    return -1
                left[2 * DEEPEST] = p
                return n if p == end else -1
            depth -= 1
        left[depth] -= 1
        if p >= end:
            return -1
        tag = b[p]
        expected = left[DEEPEST + depth]
        if tag and expected != _MIXED:
            if expected and expected != tag:
                return -1
            left[DEEPEST + depth] = tag
        if tag == _ARRAY or tag == _STRUCTURE:
            head = _head(b, p + 1, end)
            depth += 1
            if not head or depth == DEEPEST:
                return -1
            left[depth] = head & 0xFFFF
            left[DEEPEST + depth] = _MIXED if tag == _STRUCTURE else 0
            p += 1 + (head >> 16)
            continue
        size = _size_of(b, p, end)
        if size < 0 or n == MOST:
            return -1
        at[n] = p
        n += 1
        p += 1 + size


def _size_of(b, p, end):
    """Bytes that the plain value at b[p] takes behind its tag; -1 if no push list holds such."""
    tag = b[p]
    size = _SIZES[tag] if tag < len(_SIZES) else _REFUSED
    if size == _VARIES:
        head = _head(b, p + 1, end)
        count = head & 0xFFFF
        return (head >> 16) + (count + 7 >> 3 if tag == _BITS else count) if head else -1
    return size if size != _REFUSED else -1


def _head(b, p, end):
    """The length or count at b[p]: bytes that it takes << 16 | its value; 0 if that cannot be."""
    if p >= end:
        return 0
    count = b[p]
    if count < 0x80:
        return 1 << 16 | count
    if count == 0x81 and p + 1 < end:
        return 2 << 16 | b[p + 1]
    if count == 0x82 and p + 2 < end:
        return 3 << 16 | b[p + 1] << 8 | b[p + 2]
    return 0  # 64 kB and more: no frame holds that


def is_number(tag: int) -> bool:
    """Whether a value of this type is an integer (enumerations and booleans among them)."""
    return tag in _NUMBERS


def number(b: bytearray, p: int) -> int:
    """The integer whose tag stands at b[p]."""
    value = 0
    tag = b[p]
    size = _SIZES[tag]
    for i in range(p + 1, p + 1 + size):
        value = value << 8 | b[i]
    if tag in _SIGNED and b[p + 1] & 0x80:
        value -= 1 << 8 * size
    return value


def start(b: bytearray, p: int) -> int:
    """Where the content of the string at b[p] begins."""
    return p + 2 if b[p + 1] < 0x80 else p + 2 + (b[p + 1] & 0x7F)


def length(b: bytearray, p: int) -> int:
    """Bytes of the string at b[p]."""
    n = b[p + 1]
    if n < 0x80:
        return n
    return b[p + 2] if n == 0x81 else b[p + 2] << 8 | b[p + 3]


def text(b: bytearray, p: int) -> str:
    """The string at b[p] as sent without NULs at its end; what is no printable ASCII becomes `?`.
    """
    found = b[start(b, p):_end(b, p)]
    for i in range(len(found)):
        if not 32 <= found[i] < 127:
            found[i] = 63
    return str(found, "ascii")


def is_plain(b: bytearray, p: int) -> bool:
    """Whether the value at b[p] is a string of printable ASCII, but for NULs at its end."""
    if not is_text(b, p):
        return False
    for i in range(start(b, p), _end(b, p)):
        if not 32 <= b[i] < 127:
            return False
    return True


def _end(b, p):
    """Where the string at b[p] ends, without NULs."""
    first = start(b, p)
    last = first + length(b, p)
    while last > first and not b[last - 1]:
        last -= 1
    return last


def is_text(b: bytearray, p: int) -> bool:
    """Whether the value at b[p] is a string."""
    return b[p] == _OCTETS or b[p] == _VISIBLE or b[p] == _UTF8


def scaled(value: int, exponent: int) -> int:
    """`value` times ten to the power of `exponent`; digits below 1 are cut, towards 0 (law 1)."""
    if exponent >= 0:
        return value * 10 ** exponent
    return -(-value // 10 ** -exponent) if value < 0 else value // 10 ** -exponent
