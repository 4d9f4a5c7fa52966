"""/data/crash: what the newest crash left (docs/store.md). Loaded at a start, and at a crash.

Text, 2 kB at most. The first line: the format's version; how many crashes there were; of the
newest the time (Unix, 0 if not known), the uptime and the free heap; "microhan build" and its id,
which tools/build/traceback.py looks for; and why. Then the last lines of the log, and a traceback
where there is one.

Crashes that come again and again would wear the flash out. Of those in a row, each within an hour
after its start, and of the deaths of tasks in one start, the 1st, 2nd, 4th, 8th … are written.
"""

import sys
from binascii import crc32
from io import StringIO
from struct import unpack_from
from typing import TYPE_CHECKING

from micropython import const

from .. import BUILD
from .log import HEAD, ORDERLY, RESTARTED

if TYPE_CHECKING:
    from typing import Any

    from ..board.esp32 import Board
    from ..store.files import Folder
    from .log import Log

_FILE = "crash"
_VERSION = const(1)
_MOST = const(2048)  # bytes of the file
_LINES_END = const(1064)  # as in log.py; behind it is the traceback that launch.py appends
_WHOSE = b"microhan build "  # the traceback's first line, and the id
_HOUR_S = const(3600)
_MOST_IN_ROW = const(32768)
_UNIX = const(946684800)  # 2000-01-01 in seconds since 1970


def recall(board: "Board", folder: "Folder") -> "tuple[dict[str, Any] | None, int, int]":
    """Write down the crash that led to this start, if one did. Returns what /status.json says of
    the newest one, how many came in a row, and RESTARTED or 0."""
    newest = _told(folder.read(_FILE))
    cause = board.reset_cause()
    left = b"" if cause == "power on" else board.load()
    kept = left[:_LINES_END]
    about, build, row, flags = (0, 0, 0), "unknown", 0, 0
    traceback = left[_LINES_END:]
    if kept[:4] == b"MHC\x01" and _is_whole(kept):
        uptime, time, free, end, row, flags = unpack_from(b"<IIIHHB", kept, 8)
        about = uptime, time, free
        build = kept[25:HEAD].rstrip(b"\0").decode()
        text = kept[HEAD:end] + traceback
    else:  # there was no application, or nothing was left
        at = left.find(_WHOSE)
        text = traceback = left[at:] if at >= 0 else b""
        flags = 0 if text else ORDERLY
    named = traceback.startswith(_WHOSE)  # else it is of the copy that the lines are of
    if flags & ORDERLY and not named:
        return newest, 0, flags & RESTARTED
    row = 1 if about[0] >= _HOUR_S else min(row + 1, _MOST_IN_ROW)
    try:
        if named:
            build = traceback.split(b"\n")[0][len(_WHOSE):].decode()
        newest = _write(folder, row, about, build, _why(cause, text, traceback), text) or newest
    except (OSError, ValueError):
        pass  # a full flash; a traceback that was cut within a letter: no start may fail of it
    return newest, row, flags & RESTARTED


def keep(folder: "Folder", n: int, log: "Log", why: str,
         error: "BaseException | None") -> "dict[str, Any] | None":
    """Write down the n-th crash of this start. Returns what /status.json says of it; None if it
    was one too many to be written. OSError."""
    text = StringIO()
    if error:
        why = "%s: %s" % (why, type(error).__name__)
        sys.print_exception(error, text)
    about = unpack_from(b"<III", log.kept, 8)
    return _write(folder, n, about, BUILD, why, log.recent() + text.getvalue().encode())


def _is_whole(kept):
    head = kept[:4] + bytes(4) + kept[8:]
    return len(kept) == _LINES_END and crc32(head) == unpack_from("<I", kept, 4)[0]


def _why(cause, text, traceback):
    """Why, in a few words: of an exception only its kind, since its text may tell more."""
    if traceback:
        return (b"uncaught " + traceback.rstrip().split(b"\n")[-1].split(b":")[0]).decode()
    hung = text.rfind(b"hung: ")
    if cause == "watchdog" and hung > text.rfind(b"stopped, "):
        return text[hung:].split(b"\n")[0].decode()
    return cause


def _write(folder, n, about, build, why, text):
    if n & n - 1:
        return None
    before = folder.read(_FILE)
    newest = _told(before)
    if before and not newest and before[:2] != b"1 " and before[:1].isdigit():
        return None  # of a newer version: it is left alone
    count = (newest["count"] if newest else 0) + n - n // 2
    uptime, time, free = about
    first = "%d %d %d %d %d microhan build %s %s\n" % (
        _VERSION, count, time and time + _UNIX, uptime, free, build, why)
    data = first.encode()
    data += text[-(_MOST - len(data)):]
    folder.write(_FILE, data)
    return _told(data)


def _told(data):
    """The first line as /status.json has it; None if it cannot be read."""
    try:
        words = (data or b"").split(b"\n")[0].decode().split(" ", 8)
        version, count, time, uptime, free = [int(word) for word in words[:5]]
        if version == _VERSION:
            return {"count": count, "time": time or None, "uptime_s": uptime, "free": free,
                    "build": words[7], "error": words[8]}
    except (ValueError, IndexError):
        pass
    return None
