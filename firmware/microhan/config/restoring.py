"""Puts a backup into the place of what was there, once all of it is on flash and proven.

The ledger is made beside the old one, in a folder of its own. Then one file, `restore`, is put in
place by a rename (law 9): from then on the new state counts, whatever happens to the power. It
holds its format, whether the settings are on trial, and them, if they change. Each step may be done
again.
"""

import os

from ..store.files import read, write

NEW = "/ledger.new"
_OLD = "/ledger.old"
_NOTE = "/restore"


def commit(folder: str, data: bytes, on_trial: bool) -> None:
    """The new state counts. data: the new settings, empty if they stay. OSError: the old one."""
    write(folder + _NOTE, b"1%d%s" % (on_trial, data))
    try:
        _finish(folder)
    except OSError:
        pass  # the next start does it


def settle(folder: str) -> str:
    """Once at each start, before anything else is read: go on where the power went. Returns what
    is to be told, or ""."""
    try:
        _finish(folder)
        if drop(folder + NEW):
            return ("backup: the power went while one was being restored; nothing was changed, "
                    "restore it again")
        if drop(folder + _OLD):
            return "backup: history and settings are restored"
    except OSError as error:
        return "backup: it could not be restored (%s); it is tried again at the next start" % error
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


def _finish(folder):
    note = read(folder + _NOTE) or b""
    if not note.startswith(b"1"):
        return
    if "ledger.new" in os.listdir(folder):
        if "ledger" in os.listdir(folder):
            drop(folder + _OLD)
            os.rename(folder + "/ledger", folder + _OLD)
        os.rename(folder + NEW, folder + "/ledger")
    if note[2:]:
        from .trial import put

        put(folder + "/config.json", note[2:], note[1:2] == b"1")
    os.remove(folder + _NOTE)
