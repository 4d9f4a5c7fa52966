"""Verifies the copy that the owner wants next, before all else is loaded: docs/updating.md."""

import sys
from os import rename, stat
from typing import TYPE_CHECKING

from micropython import const

from .. import VERSION
from ..store.files import remove

if TYPE_CHECKING:
    from typing import Any

_KEY = const(384)  # bytes of a key, the signers' moduli
_PIECE = const(512)
_KEYS = __file__[:__file__.rfind("/") + 1] + "keys.bin"


def keys() -> "list[bytes]":
    """The keys that this copy trusts: it was built with them. Without any it takes no package."""
    try:
        count = stat(_KEYS)[6] // _KEY
        with open(_KEYS, "rb") as file:
            return [file.read(_KEY) for _ in range(count)]
    except OSError:
        return []


def install(folder: str) -> bool:
    """Put the copy that is wanted on trial, or refuse it and say why. `folder`: as for choice.py.

    Returns whether that is so now, so that the chip is to be restarted. False: the flash is full;
    it is tried again at the next start.
    """
    try:
        _try(folder)
    except OSError as error:
        print("microhan: update:", error)
        return False
    return True


def _try(folder):
    """OSError: the choice could not be written."""
    # Others need them, too: at the top they would stay in memory (docs/build.md).
    from .choice import attempt, back, begin, is_older_allowed, other, read

    path = "%s/%s." % (folder, other(read(folder)[0]))
    name = path + "part"
    try:
        stat(name)
    except OSError:
        name = path + "pack"  # the power went once it had been verified
    problem = "failed", "checking it ended in a restart, twice"
    if attempt(folder):
        try:
            problem = _problem_of(name, is_older_allowed(folder))
            if not problem:
                if name != path + "pack":
                    rename(name, path + "pack")
                begin(folder)
                return
        except Exception as error:  # whatever it is: the copy that runs must get on
            problem = "failed", "it could not be checked: %s" % error
    remove(name)
    back(folder, *problem)


def _problem_of(name, is_older_allowed):
    """A word and a sentence, if the package may not run here; else ()."""
    # Here alone: imported again Refused would be another class, which nobody catches, since the
    # file leaves sys.modules as soon as it is loaded.
    from .package import Package, Refused

    trusted = keys()
    if not trusted:
        return "no_key", ("what runs was built without a key, so that it takes no packages: "
                          "update by cable")
    implementation: Any = sys.implementation
    piece = bytearray(_PIECE)
    view = memoryview(piece)
    try:
        with open(name, "rb") as file:
            package = Package(file.seek(0, 2))
            file.seek(0)
            while True:
                count = file.readinto(piece)
                if not count:
                    break
                package.feed(view[:count])
        package.check(trusted, (VERSION, implementation._mpy, implementation.version),
                      is_older_allowed)
    except Refused as error:
        return error.args
    return ()
