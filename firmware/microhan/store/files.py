"""Small files that are whole or not there: a temporary file is written, closed, renamed (law 9).

littlefs replaces an existing file by a rename atomically; never remove it first.
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_TEMPORARY = ".new"


def read(path: str) -> bytes | None:
    """The file's bytes, or None if there is none."""
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return None


def keeper(path: str) -> "Callable[[bytes], None]":
    """Return a function that writes the bytes that it is given to `path`."""
    return lambda data: write(path, data)


def write(path: str, data: bytes) -> None:
    """Write `data` to `path`; after a power cut the old or the new file is there, whole.

    The folder is made if it is missing."""
    folder = path[:path.rfind("/")]
    try:
        os.mkdir(folder)
    except OSError:
        pass  # it exists; if it is for another reason, open() raises that
    with open(path + _TEMPORARY, "wb") as f:
        f.write(data)
    os.rename(path + _TEMPORARY, path)
