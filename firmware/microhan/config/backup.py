"""What is in a backup of the settings, and how a restored one takes the place of what was there.

The ledger is made beside the old one, in a folder of its own. Then one file, `restore`, is put in
place by a rename (law 9): from then on the new state counts, whatever happens to the power. It
holds its format, whether the settings are on trial, and them, if they change. Each step may be
done again.
"""

import json
import os
from typing import TYPE_CHECKING

from ..store.files import read, write

if TYPE_CHECKING:
    from typing import Any

_NEW = "/ledger.new"
_OLD = "/ledger.old"
_NOTE = "/restore"


def packed(path: str, secrets: bool) -> bytes:
    """The settings of the file at `path` that are not the defaults, JSON. Without `secrets`,
    {"set": true} stands for one, and what this version does not know is left out: it may be one.
    The owner's password and token are the device's, and never in it."""
    from .settings import HIDDEN, validate

    given = _object(read(path) or b"{}")
    config = validate(given)[0]
    out: dict = {}
    for section, keys in given.items():
        if not isinstance(keys, dict):
            continue
        for key, value in keys.items():
            is_known = config.get(section, {}).get(key) == value
            if section == "http" and key in HIDDEN or not (is_known or secrets):
                continue
            if key in HIDDEN and not secrets:
                value = {"set": True}
            out.setdefault(section, {})[key] = value
    return json.dumps(out).encode()


def unpacked(path: str, data: bytes, is_ours: bool, board: "Any") -> "tuple[bytes, bool, Any]":
    """(What is to be put into the file at `path`, whether on trial, what is to be told) of the
    settings in a backup. is_ours: whether it is of this very device.

    Told are {"left": keys that stay as they are here, "again": secrets that are to be entered
    anew}. ValueError if it is no JSON object. board: as for edit.store().
    """
    changes, told = _changes(path, _object(data), is_ours)
    from .edit import Refused, planned

    try:
        return planned(path, changes, board) + (told,)
    except Refused:  # what this board has no memory for
        told["left"] = sorted(changes)
        return b"", False, told


def _changes(path, given, is_ours):
    from .settings import HIDDEN, validate

    here = validate(_object(read(path) or b"{}"))[0]
    config = validate(given)[0]
    left = []
    again = []
    changes: dict = {}
    for section, keys in given.items():
        keys = keys if isinstance(keys, dict) else {"": keys}
        known = config.get(section, {})
        # A connection whose password is not in the file is better left as it is.
        is_cut = section in ("wifi", "mqtt") and any(
            [isinstance(keys[key], dict) for key in keys])
        for key, value in keys.items():
            name = section + "." + key
            if isinstance(value, dict) and key in HIDDEN and key in known:
                if not here[section][key]:
                    again.append(name)
            elif (key not in known or known[key] != value or section == "http" and key in HIDDEN
                  or section in ("pins", "feed") and not is_ours
                  or is_cut and (section == "mqtt" or "ssid" in key or "password" in key)):
                if here.get(section, {}).get(key) != value:
                    left.append(name)
            else:
                changes.setdefault(section, {})[key] = value
    return changes, {"left": left, "again": again}


def _object(data):
    given = json.loads(data)
    if not isinstance(given, dict):
        raise ValueError
    return given


def commit(folder: str, data: bytes, on_trial: bool) -> None:
    """The new state counts. data: the new settings, empty if they stay; the next start takes them.
    OSError: the old state."""
    write(folder + _NOTE, b"1%d%s" % (int(on_trial), data))
    try:
        _swap(folder)  # at once: the next record belongs to the new ledger
    except OSError:
        pass  # the next start does it


def settle(folder: str) -> str:
    """Once at each start, before anything else is read: go on with what counts, drop what does
    not. Returns what is to be told, or ""."""
    note = read(folder + _NOTE) or b""
    try:
        if note.startswith(b"1"):
            _swap(folder)
            if note[2:]:
                from .trial import put

                put(folder + "/config.json", note[2:], note[1:2] == b"1")
            drop(folder + _OLD)
            os.remove(folder + _NOTE)
            return "backup: history and settings are restored"
        # A newer version's note says how its folder is to be taken: it stays for that one.
        if not note and drop(folder + _NEW):
            return "backup: the power went before it was restored; nothing was changed"
    except OSError as error:
        return "backup: not restored yet, the next start tries again (%s)" % error
    return ""


def drop(path: str) -> bool:
    """Remove a folder of files. False if there is none."""
    try:
        names = os.listdir(path)
    except OSError:
        return False
    for name in names:
        os.remove(path + "/" + name)
    os.rmdir(path)
    return True


def _swap(folder):
    names = os.listdir(folder)
    if "ledger.new" in names:
        if "ledger" in names:
            drop(folder + _OLD)
            os.rename(folder + "/ledger", folder + _OLD)
        os.rename(folder + _NEW, folder + "/ledger")
