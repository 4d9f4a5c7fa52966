"""Which of the two copies runs, and what is to become of the other: the file `choice`.

One line in `/app`, replaced by a rename (law 9); launch.py, which no update changes, reads and
writes it as well. docs/updating.md has the format. `folder` is the board's root + "/app".

A copy that came over the network lies in `<slot>.part` until its signature has held; what is
called `<slot>.pack` may be run.
"""

import os

from ..store.files import read as _bytes_of
from ..store.files import write as _write

_CHOICE = "/choice"
_REASON = "/data/update"
_STATES = {"v": "wanted", "o": "wanted", "0": "trial", "1": "trial", "2": "trial", "3": "trial"}
_UNTOLD = "starts the new version did not start, or did not prove itself in three starts"


def read(folder: str) -> "tuple[str, str]":
    """(the slot whose copy is kept, "a" or "b"; the state of the other one: "", "wanted", "trial",
    or "back": it was refused, or given up).

    Only on trial it is the other one that runs. Without a file, or with a damaged one, it is as
    launch.py has it: "a", for where that starts "b" it writes so.
    """
    slot, rest = _parts(folder)
    if rest == "!":
        return slot, "back"
    return slot, _STATES.get(rest[1:2], "") if rest[:1] == other(slot) else ""


def other(slot: str) -> str:
    """The slot that is not this one."""
    return "a" if slot == "b" else "b"


def want(folder: str, older: bool, diagnosis: str = "") -> None:
    """The other slot's `.part` is complete: verify and try it at the next start.

    older: the owner's word that it may be older than what runs. diagnosis: the word for what keeps
    telegrams away now, "" if they come: the new one need not do better.
    """
    slot = read(folder)[0]
    _forget(folder)
    _set(folder, "1 %s %s%s %s" % (slot, other(slot), "o" if older else "v", diagnosis))


def is_older_allowed(folder: str) -> bool:
    """Whether the owner said so of the one that is wanted."""
    return _parts(folder)[1][1:2] == "o"


def diagnosis(folder: str) -> str:
    """The word that want() was given."""
    return _parts(folder)[1][3:]


def begin(folder: str) -> None:
    """The one that is wanted has been verified: it is on trial from the next start on."""
    slot, rest = _parts(folder)
    _set(folder, "1 %s %s0%s" % (slot, rest[:1], rest[2:]))


def keep(folder: str) -> None:
    """The one on trial has proven itself."""
    _set(folder, "1 " + other(read(folder)[0]))
    _forget(folder)


def back(folder: str, word: str, why: str) -> None:
    """Leave it at the copy that is kept. `word`: for programs, `why`: a sentence for the owner."""
    try:
        note(folder, word, why)
    except OSError:
        pass  # a full flash: it must not hold this up
    _set(folder, "1 %s !" % read(folder)[0])


def note(folder: str, word: str, why: str) -> None:
    """Keep the reason for what comes: launch.py gives up without one."""
    _write(folder[:-4] + _REASON, ("%s %s" % (word, why)).encode())


def told(folder: str) -> str:
    """Why the last one came back or was refused: a word, a space, a sentence; "" if none was."""
    if read(folder)[1] != "back":
        return ""
    return (_bytes_of(folder[:-4] + _REASON) or b"").decode() or _UNTOLD


def _parts(folder):
    """(The slot that is kept, what follows it)."""
    try:
        line = (_bytes_of(folder + _CHOICE) or b"").decode()
    except ValueError:
        line = ""  # damaged
    if line[:2] == "1 " and line[2:3] in ("a", "b"):
        return line[2], line[4:]
    return "a", ""


def _set(folder, line):
    _write(folder + _CHOICE, line.strip().encode())


def _forget(folder):
    try:
        os.remove(folder[:-4] + _REASON)
    except OSError:
        pass  # there was none
