"""Small files that are whole or not there: a temporary file is written, closed, renamed (law 9).

littlefs replaces an existing file by a rename atomically; never remove it first.
"""

import os

from micropython import const

_TEMPORARY = ".new"
_FREE = const(48_000)  # bytes of flash that must be left


def read(path: str) -> bytes | None:
    """The file's bytes, or None if there is none."""
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return None


def text_of(path: str) -> str:
    """The file's text, "" if there is none, or if it is damaged: that must not stop a start."""
    try:
        return (read(path) or b"").decode()
    except ValueError:
        return ""


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


def remove(path: str) -> None:
    """Remove a file, if it is there."""
    try:
        os.remove(path)
    except OSError:
        pass


def has_space(folder: str, size: int) -> bool:
    """Whether so many bytes fit on flash, with what must be left. Also where nobody can say:
    writing them will tell."""
    try:
        about = os.statvfs(folder)
        return about[1] * about[3] >= size + _FREE
    except OSError:
        return True


class Folder:
    """The small files of one folder."""

    def __init__(self, path: str):
        self._path = path + "/"

    def path_of(self, name: str) -> str:
        """Where the file is."""
        return self._path + name

    def read(self, name: str) -> bytes | None:
        """The file's bytes, or None if there is none."""
        return read(self._path + name)

    def write(self, name: str, data: bytes) -> None:
        """Put `data` into the file, as write() does."""
        write(self._path + name, data)
