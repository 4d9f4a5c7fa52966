"""Push lists that begin with descriptions of their columns (class, code, attribute, index). They
come from Landis+Gyr and Iskraemeco in Switzerland and Cyprus. Loaded with the first one.
"""

from typing import TYPE_CHECKING

from micropython import const

from .scalers import ISKRA, LANDIS, NOBODY

if TYPE_CHECKING:
    from array import array

    from .push_list import PushList

_OCTETS = const(0x09)
_INT8 = const(0x0F)
_UINT16 = const(0x12)
_CODE = const(6)  # bytes of an OBIS code
_PUSH_LIST = const(0x28)  # class of the object that pushes: its descriptions describe themselves


def take_described(push_list: "PushList", b: bytearray, values: "array[int]", n: int) -> bool:
    """Give the values of a list to fields (PushList.take), in the order of its descriptions. The
    first description may be that of the descriptions themselves. False if the list has none.
    """
    columns = 0
    while 4 * columns + 3 < n and _describes(b, values, 4 * columns):
        columns += 1
    if not columns:
        return False
    own = b[values[0] + 2] == _PUSH_LIST
    # each maker numbers its push objects in its own way
    channel = b[values[1] + 3] if own else 0
    push_list.pushed_by = (LANDIS if channel == 8 or channel == 9 else
                       ISKRA if channel == 6 else NOBODY)
    k = 4 * columns
    first = 1 if own and n - k == columns - 1 else 0
    if n - k != columns - first:
        return True  # nothing says which value is which
    for column in range(first, columns):
        code = push_list.code(values[4 * column + 1])
        if code > 0 and b[values[4 * column + 2] + 1] == 2:  # attribute 2: the value
            push_list.take(code, values[k], 0)
        k += 1
    return True


def _describes(b, values, k):
    return (b[values[k]] == _UINT16 and b[values[k + 1]] == _OCTETS
            and b[values[k + 1] + 1] == _CODE and b[values[k + 2]] == _INT8
            and b[values[k + 3]] == _UINT16)
