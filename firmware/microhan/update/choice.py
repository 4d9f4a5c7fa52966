"""Which of the two copies runs, and what is to become of the other: the file `choice`.

One line in `/app`, replaced by a rename (law 9); choose.py, which no update changes, reads and
writes it as well. docs/updating.md has the format. `folder` is the board's root + "/app".

A copy that came over the network lies in `<slot>.part` until its signature has held; what is
called `<slot>.pack` may be run.
"""

from ..store.files import read as _bytes_of
from ..store.files import remove as _remove
from ..store.files import text_of as _text_of
from ..store.files import write as _write

# Bytes, and no short texts: MicroPython keeps those for ever.
_CHOICE = "/app/choice"
_REASON = "/data/update"
_UNTOLD = ("starts it did not start, or was restarted three times before it had proven itself: "
           "/crash.txt may say more")


def read(folder: str) -> "tuple[str, str]":
    """(the slot whose copy is kept, "a" or "b"; the state of the other one: "", "wanted", "trial",
    or "back": it was refused, or given up).

    Only on trial it is the other one that runs. Without a file, or with a damaged one, it is as
    choose.py has it: "a", for where that starts "b" it writes so.
    """
    slot, rest = _parts(folder)
    state = ""
    if rest == b"!":
        state = "back"
    elif len(rest) > 1 and rest[:1] == other(slot).encode():
        if rest[1] in b"0123":  # starts
            state = "trial"
        elif rest[1] in b"vwxopq":  # a letter further with each attempt; from "o" on: older
            state = "wanted"
    return slot, state


def other(slot: str) -> str:
    """The slot that is not this one."""
    return "a" if slot == "b" else "b"


def want(folder: str, older: bool, diagnosis: str = "") -> None:
    """The other slot's `.part` is complete: verify and try it at the next start.

    older: the owner's word that it may be older than what runs. diagnosis: the word for what keeps
    telegrams away now, "" if they come: the new one need not do better.
    """
    slot = read(folder)[0]
    _remove(folder[:-4] + _REASON)
    _set(folder, slot, other(slot).encode() + (b"o" if older else b"v") + b" "
         + diagnosis.encode())


def is_older_allowed(folder: str) -> bool:
    """Whether the owner said so of the one that is wanted."""
    return _parts(folder)[1][1] in b"opq"


def attempt(folder: str) -> bool:
    """Before the one that is wanted is verified: whether it may be, since something went wrong
    twice at most. OSError where that cannot be counted."""
    slot, rest = _parts(folder)
    if rest[1] in b"xq":
        return False
    _set(folder, slot, rest[:1] + bytes((rest[1] + 1,)) + rest[2:])
    return True


def diagnosis(folder: str) -> str:
    """The word that want() was given."""
    return _parts(folder)[1][3:].decode()


def begin(folder: str) -> None:
    """The one that is wanted has been verified: it is on trial from the next start on."""
    slot, rest = _parts(folder)
    _set(folder, slot, rest[:1] + b"0" + rest[2:])


def keep(folder: str) -> None:
    """The one on trial has proven itself."""
    _set(folder, other(_parts(folder)[0]), b"")
    _remove(folder[:-4] + _REASON)


def back(folder: str, word: str, why: str) -> None:
    """Leave it at the copy that is kept. `word`: for programs, `why`: a sentence for the owner."""
    try:
        note(folder, word, why)
    except OSError:
        pass  # a full flash: it must not hold this up
    _set(folder, _parts(folder)[0], b"!")


def note(folder: str, word: str, why: str) -> None:
    """Keep the reason for what comes: choose.py gives up without one."""
    _write(folder[:-4] + _REASON, ("%s %s" % (word, why)).encode())


def told(folder: str) -> str:
    """Why the last one came back or was refused: a word, a space, a sentence; "" if none was."""
    if read(folder)[1] != "back":
        return ""
    return _text_of(folder[:-4] + _REASON) or _UNTOLD


def _parts(folder):
    """(The slot that is kept, what follows it)."""
    line = _bytes_of(folder[:-4] + _CHOICE) or b""
    if line[:3] in (b"1 a", b"1 b"):
        return chr(line[2]), line[4:]
    return "a", b""


def _set(folder, slot, rest):
    _write(folder[:-4] + _CHOICE, (b"1 " + slot.encode() + b" " + rest).strip())
