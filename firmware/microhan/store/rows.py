"""Texts that came with the application, a row at a time: they take no heap."""

from os import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def rows_of(path: str) -> "Iterator[str]":
    """The lines of a file that came with the application. On the device the next file follows it
    in the same archive (docs/build.md), so that its length says where it ends.
    """
    left = stat(path)[6]
    with open(path, "rb") as file:
        while left > 0:
            row = file.readline()
            left -= len(row)
            yield row.decode()
