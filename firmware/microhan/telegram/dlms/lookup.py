"""Which field a push list's OBIS code fills."""

from ...reading.fields import COUNT
from .codes import CODES


def field_of(code: int) -> int | None:
    """Number of the field that an OBIS code (packed by obis.pack) fills; None if there is none."""
    for i in range(COUNT):
        if CODES[i] == code:
            return i
    return None
