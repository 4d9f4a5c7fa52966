"""Small files that are whole or not there: written aside, closed, renamed (law 9).

littlefs renames atomically and over what was there; never remove first. A directory is made
where it is missing.
"""

import os

_ASIDE = ".new"


def read(path):
    """The file's bytes, or None if there is none."""
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return None


def write(path, data):
    """Put `data` (bytes) at `path`; after a power cut the old or the new file is there, whole."""
    folder = path[:path.rfind("/")]
    try:
        os.mkdir(folder)
    except OSError:
        pass  # it is there already; otherwise open() will say why
    with open(path + _ASIDE, "wb") as f:
        f.write(data)
    os.rename(path + _ASIDE, path)


class Folder:
    """The small files of one folder."""

    def __init__(self, path: str):
        self._path = path + "/"

    def read(self, name: str) -> bytes | None:
        """The file's bytes, or None if there is none."""
        return read(self._path + name)

    def write(self, name: str, data: bytes) -> None:
        """Put `data` into the file, as write() does."""
        write(self._path + name, data)
