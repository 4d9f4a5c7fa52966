"""What a Reading's `wide` holds, as bytes: None, integers, texts, tuples, dicts.

A value is a byte that says its kind and, for a short one, its length or value; docs/store.md.
"""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from typing import Any

# Kinds, in the highest three bits of the first byte. The other five are a number; 31 there means
# that two bytes with the number follow.
_NONE = const(0)
_PLUS = const(1)  # integers from 0 on: the number of bytes that follow, little-endian
_MINUS = const(2)  # integers below 0: the same of -1 - n
_TEXT = const(3)  # the number of bytes that follow, UTF-8
_TUPLE = const(4)  # the number of values that follow
_DICT = const(5)  # the number of pairs that follow
_SMALL = const(6)  # an integer from 0 to 31: the number itself
_LONG = const(31)


def put(out: bytearray, value: "Any") -> None:
    """Append a value to `out`."""
    if value is None:
        _begin(out, _NONE, 0)
    elif isinstance(value, str):
        data = value.encode()
        _begin(out, _TEXT, len(data))
        out.extend(data)
    elif isinstance(value, (tuple, list)):
        _begin(out, _TUPLE, len(value))
        for one in value:
            put(out, one)
    elif isinstance(value, dict):
        _begin(out, _DICT, len(value))
        for key in value:
            put(out, key)
            put(out, value[key])
    elif 0 <= value < _LONG:
        _begin(out, _SMALL, value)
    else:
        number = value if value >= 0 else -1 - value
        size = 1
        while number >> 8 * size:
            size += 1
        _begin(out, _PLUS if value >= 0 else _MINUS, size)
        out.extend(number.to_bytes(size, "little"))


def _begin(out, kind, number):
    out.append(kind << 5 | min(number, _LONG))
    if number >= _LONG:
        out.extend(number.to_bytes(2, "little"))


def get(data: "bytes | bytearray", at: list[int]) -> "Any":
    """The value that begins at at[0], which is moved behind it. IndexError or ValueError if there
    is none."""
    kind = data[at[0]] >> 5
    number = data[at[0]] & 31
    at[0] += 1
    if number == _LONG:
        number = data[at[0]] | data[at[0] + 1] << 8
        at[0] += 2
    if kind == _NONE:
        return None
    if kind == _SMALL:
        return number
    if kind == _TUPLE:
        return tuple([get(data, at) for _ in range(number)])
    if kind == _DICT:
        out = {}
        for _ in range(number):
            key = get(data, at)
            out[key] = get(data, at)
        return out
    body = bytes(data[at[0]:at[0] + number])
    at[0] += number
    if kind == _TEXT:
        return body.decode()
    value = int.from_bytes(body, "little")
    return value if kind == _PLUS else -1 - value
