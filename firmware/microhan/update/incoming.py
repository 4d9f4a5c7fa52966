"""A package that comes over the network: `<slot>.part` in /app, which it may be continued in.

What was announced of it is kept beside it, in `coming`: a file without the other is nothing. No
byte of it is believed here: all of it is checked at the next start, while memory is free, and what
is refused here would be refused then. ValueError says so, as package.Refused does: a word for
programs, and why, for people.
"""

import json
import os
from typing import TYPE_CHECKING

from micropython import const

from ..store.files import has_space, read, remove, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_NOTE = "/coming"
_TOLD = ("version", "sha256", "size", "older", "news")  # what it has
_SYNC = const(32_768)  # bytes that a power cut may cost
_VERSION = const(24)  # characters
NEWS = const(255)  # as many as Home Assistant takes
_DIGEST = const(64)
_NONE = "it is no package of microhan"


def look(folder: str, out: "dict[str, Any]") -> None:
    """Put into `out` what there is to say; nothing if there is nothing.

    "state": "stopped" or "ready" (not all has come, or all), with "version", "sha256", "size",
    "received", "older" and "news"; "wanted" or "trial", as in choice.py; "back", with "word" and
    "error".
    """
    from .choice import read as chosen
    from .choice import told

    out.clear()
    state = chosen(folder)[1]
    received = _size_of(_of_other(folder, ".part"))
    note = read(folder + _NOTE)
    if received >= 0 and note and state in ("", "back") and _recall(note, out):
        out["received"] = received
        state = "ready" if received == out["size"] else "stopped"
    elif state == "back":
        out["word"], _, out["error"] = told(folder).partition(" ")
    if state:
        out["state"] = state


def _recall(note, out):
    """Put what was announced into `out`. False if the note is damaged, or not of this version."""
    try:
        told = json.loads(note)
        for key in _TOLD:
            out[key] = told[key]
    except (KeyError, TypeError, ValueError):
        out.clear()
        return False
    return True


def is_idle(folder: str) -> bool:
    """Whether no version is being tried."""
    from .choice import read as chosen

    return chosen(folder)[1] in ("", "back")


def announce(folder: str, given: "dict[str, Any]", runs: "tuple[str, int, tuple]") -> None:
    """A package is to come. ValueError if it cannot be for this device.

    given: {"size": its bytes, "manifest": what its first line says, "older": the owner's word that
    an older one will do, "news": what is new}; runs: as for Package.check(). What has come of the
    same one stays.
    """
    note = _note(given, runs)
    there: "dict[str, Any]" = {}
    look(folder, there)
    received = there.get("received", 0)
    if there.get("sha256") != note["sha256"] or there["size"] != note["size"]:
        drop(folder)
        received = 0
    write(folder + _NOTE, json.dumps(note).encode())
    _make_room(folder, note["size"] - received)
    open(_of_other(folder, ".part"), "ab").close()


def _note(given, runs):
    """What is kept of an announcement."""
    from .package import Refused, fits

    try:
        manifest = given["manifest"]
        older = given.get("older") is True
        if len(manifest["version"]) > _VERSION or len(manifest["sha256"]) != _DIGEST:
            raise KeyError
        fits(manifest, runs, older)
        if given["size"] <= 0:
            raise KeyError
        return {"version": manifest["version"], "sha256": manifest["sha256"],
                "size": int(given["size"]), "older": older,
                "news": given.get("news", "")[:NEWS]}
    except Refused:
        raise
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ValueError("format", _NONE) from None


def _make_room(folder, size):
    """ValueError unless flash has room. Where it is short the copy that ran before goes."""
    if not has_space(folder, size):
        remove(_of_other(folder, ".pack"))
        if not has_space(folder, size):
            drop(folder)
            raise ValueError("no_room", "flash has too little room for it: try again when the "
                             "outputs have taken what waits for them")


def hand_over(folder: str) -> None:
    """It has been wanted (choice.py): what was announced of it is needed no more."""
    remove(folder + _NOTE)


def drop(folder: str) -> None:
    """Nothing is to come any more."""
    hand_over(folder)
    remove(_of_other(folder, ".part"))


class Part:
    """What has come of a package, open to be continued. `told`: of look(), kept up to date."""

    def __init__(self, folder: str, told: "dict[str, Any]"):
        self._told = told
        self._unsaved = 0
        self._file: "Any" = open(_of_other(folder, ".part"), "ab")
        told["state"] = "coming"

    def take(self, data: bytes) -> "Iterator[None]":
        """Append some bytes. Stops before it writes. ValueError, OSError."""
        yield
        if not self._file:  # who sends it has come again, by another connection
            raise ValueError("elsewhere", "it is sent by another connection now")
        told = self._told
        if told["received"] + len(data) > told["size"]:
            raise ValueError("format", _NONE)
        if not told["received"] and len(data) > 2 and data[:3] != b"MHA":
            raise ValueError("format", _NONE)
        self._file.write(data)
        told["received"] += len(data)
        self._unsaved += len(data)
        if self._unsaved >= _SYNC:
            self._unsaved = 0
            self._file.flush()

    def close(self) -> None:
        """Keep what has come."""
        if self._file:
            self._file.close()
            self._file = None


def _of_other(folder, ending):
    """The path of a file of the slot that does not run."""
    from .choice import other
    from .choice import read as chosen

    return folder + "/" + other(chosen(folder)[0]) + ending


def _size_of(path):
    """Bytes of a file, -1 if there is none."""
    try:
        return os.stat(path)[6]
    except OSError:
        return -1
