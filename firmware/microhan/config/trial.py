"""New settings on trial: the previous ones are kept beside them until the new ones have proven to
connect, and come back if they do not.

`config.json.trial` is the previous file, after one line: its format, and how often the device has
started since. Each step is one rename (law 9), in an order that a loss of power at any byte leaves
either the old settings, or the new ones with the trial beside them.
"""

import json

from micropython import const

from ..store.files import read, remove, text_of, write

_FORMAT = const(b"1 ")
_TRIAL = ".trial"
_NOTE = ".reverted"
# More starts than this in one trial, and the settings are what stops it: the fourth start is with
# the previous ones.
_MOST_STARTS = const(3)
# What can prove itself: a section, and the keys of it that decide whether there is a connection
# (None: all of them).
_PROVEN = (
    ("wifi", ("ssid", "password", "ssid_2", "password_2", "ssid_3", "password_3")),
    ("mqtt", None),
)


def begin(path: str, data: bytes) -> None:
    """Put `data` into the file at `path`, on trial. Where a trial runs already, what was there
    before it is what comes back."""
    kept = _kept(path)
    _write(path, 0, kept[1] if kept else read(path) or b"{}")
    write(path, data)
    remove(path + _NOTE)


def put(path: str, data: bytes, on_trial: bool) -> None:
    """Put `data` into the file at `path`."""
    if on_trial:
        begin(path, data)
    else:
        write(path, data)


def resume(path: str) -> list[str]:
    """Once at each start, before the file is read. Returns the sections that are on trial.

    Brings the previous settings back if the trial has had its starts.
    """
    kept = _kept(path)
    if not kept:
        return []
    starts, old = kept
    sections = changed(_parsed(old), _parsed(read(path) or b"{}"))
    if not sections:  # the power went before the new file was there, or after the old one was
        remove(path + _TRIAL)
    elif starts >= _MOST_STARTS:
        revert(path, sections)
        return []
    else:
        _write(path, starts + 1, old)
    return sections


def keep(path: str) -> None:
    """End the trial: the new settings stay."""
    remove(path + _TRIAL)


def revert(path: str, sections: list[str]) -> None:
    """End the trial: the previous settings are back, for the next start. `sections`: which did not
    connect."""
    kept = _kept(path)
    if kept:
        write(path + _NOTE, ", ".join(sections).encode())
        write(path, kept[1])
        remove(path + _TRIAL)


def reverted(path: str) -> str:
    """The sections whose last change was taken back, "" if none was since the last one."""
    return text_of(path + _NOTE)


def is_running(path: str) -> bool:
    """Whether the settings are on trial."""
    return _kept(path) is not None


def changed(old: dict, new: dict) -> list[str]:
    """The sections of two configurations that differ in what decides on a connection."""
    return [section for section, keys in _PROVEN
            if _part(old, section, keys) != _part(new, section, keys)]


def _part(config, section, keys):
    part = config.get(section)
    if not isinstance(part, dict):
        return {}
    return {key: part[key] for key in part if keys is None or key in keys}


def _parsed(data):
    try:
        config = json.loads(data)
    except ValueError:
        return {}
    return config if isinstance(config, dict) else {}


def _write(path, starts, old):
    write(path + _TRIAL, b"%s%d\n%s" % (_FORMAT, starts, old))


def _kept(path):
    """(starts, the previous file) of a trial, None if there is none."""
    head, mark, old = (read(path + _TRIAL) or b"").partition(b"\n")
    if not mark or not head.startswith(_FORMAT) or not head[2:].isdigit():
        return None
    return int(head[2:]), old
