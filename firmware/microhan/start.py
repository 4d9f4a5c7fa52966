"""What runs first: the configuration is read, and memory is divided by what it switches on, while
next to nothing is loaded. Then app.py loads the application.
"""

import sys
from typing import TYPE_CHECKING

from micropython import const

from .stack import clear_stack

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from .board.esp32 import Board

_FILE = "/data/config.json"
_VERIFYING_MS = const(60000)  # a hundred times what it takes


def start(board: "Board", slot: str) -> "Coroutine":
    """Build everything on `board` (board/esp32.py, or the twin's). Returns the coroutine that runs
    it for ever. slot: which copy this is, "a" or "b".

    The caller must let go of this function, which holds the module.
    """
    warnings: list[str] = []
    is_new = _update(board, slot, warnings)
    _settle(board, warnings)
    on_trial = _on_trial(board, warnings)
    config, tls = _configuration(board, warnings)
    reason = _set_up_reason(board, config)
    board.configure(config["pins"], warnings.append)
    if config["feed"]["consent"] or config["feed"]["restart_after"]:
        # Switched off at once: what the watchdog ended goes on feeding, in set-up mode, too
        # (board/port.py).
        board.open(config["pins"], warnings.append)
    clear_stack()
    board.divide_memory(tls == "on", reason != "", warnings.append)
    return _begin(board, config, warnings, on_trial, reason, tls, is_new)


def _update(board, slot, warnings):
    """Go on with an update (docs/updating.md). Returns whether this copy is the new one, on trial.
    """
    from .update.choice import back, read, told

    folder = board.root + "/app"
    kept, state = read(folder)
    if state == "wanted":
        from .update.install import install

        board.watchdog(_VERIFYING_MS)
        if install(folder):
            board.reset()
        warnings.append("update: the flash is full, so that it cannot be installed")
    elif state == "back":
        warnings.append("update: it was not installed: " + told(folder).partition(" ")[2])
    elif state == "trial" and slot == kept:
        # choose.py could not count a start of the other one
        try:
            back(folder, "full", "the flash is full")
        except OSError:
            pass  # at the next start
    return state == "trial" and slot != kept


def _settle(board, warnings):
    """Go on with a backup that was being restored when the power went."""
    from .config.backup import settle

    said = settle(board.root + "/data")
    if said:
        warnings.append(said)


def _on_trial(board, warnings):
    """The sections of the configuration that are on trial; before the file is read."""
    from .config.trial import resume, reverted

    path = board.root + _FILE
    sections = resume(path)
    failed = reverted(path)
    if failed:
        warnings.append("config: the last change of %s gave no connection within two minutes, and "
                        "was taken back" % failed)
    return sections


def _set_up_reason(board, config):
    """Why this start is into set-up mode, "" if it is not."""
    if not board.wlan():  # the twin, whose PC is on the network already
        return ""
    from .setup.switch import reason_of
    from .store.files import Folder

    wifi = config["wifi"]
    knows_network = wifi["ssid"] or wifi["ssid_2"] or wifi["ssid_3"]
    return reason_of(Folder(board.root + "/data"), knows_network != "")


def _configuration(board, warnings):
    """(The configuration, complete; what is to be said of TLS); `warnings` gets what the owner
    should look at."""
    # With the schema, which takes 5 kB and is needed only here.
    from .config.settings import Settings, offset_minutes

    config, problem = Settings(board.root + _FILE).load()
    if problem:
        warnings.append(problem)
    for section in ("mqtt", "push", "webhook"):
        if config[section]["tls_insecure"]:
            warnings.append("%s.tls_insecure is on: nobody checks whom we talk to" % section)
    if config["meter"]["crc"] == "off":
        warnings.append("meter.crc is off: damaged telegrams are not refused")
    config["meter"]["utc_offset"] = offset_minutes(config["meter"]["utc_offset"])
    return config, _tls(board, config, warnings)


def _tls(board, config, warnings):
    """"" if no way out is encrypted, else "on", or what the board has no memory for beside TLS,
    "page" or "lists": see device/list_kind.py."""
    from .config.fit import WITH_PAGE, encrypted, unfit
    from .store.files import read

    problem = unfit(config, board.is_plain, board.tls_alone)
    if problem and problem[1] == WITH_PAGE:
        return "page"  # app.py says so
    if problem:
        warnings.append(problem[1])
    if not encrypted(config):
        return ""
    if not board.tls_alone:
        return "on"
    return "lists" if read(board.root + "/data/lists") == b"binary" else "on"


def _begin(board, *about):
    # A function of its own: the locals of the start are freed before the application loads.
    from .app import start as begin

    del sys.modules["microhan"].start  # the build takes it from sys.modules (build/layout.py)
    return begin(board, *about)
