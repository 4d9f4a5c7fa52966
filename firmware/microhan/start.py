"""What runs first: the configuration is read, and memory is divided by what it switches on, while
next to nothing is loaded. Then app.py loads the application.
"""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from .board.esp32 import Board


def start(board: "Board") -> "Coroutine":
    """Build everything on `board` (board/esp32.py, or the twin's). Returns the coroutine that runs
    it for ever.

    The caller must let go of this function, which holds the module.
    """
    warnings: list[str] = []
    config = _configuration(board, warnings)
    mqtt = config["mqtt"]
    tls = mqtt["host"] != "" and mqtt["tls"] or config["push"]["url"].startswith("https:")
    board.configure(config["pins"], warnings.append)
    refused = tls and board.is_plain and _knows_binary_lists(board)
    board.divide_memory(tls and not refused, warnings.append)
    return _begin(board, config, warnings, tls, refused)


def _configuration(board, warnings):
    """The configuration, complete; `warnings` gets what the owner should look at."""
    # With the schema, which takes 5 kB and is needed only here.
    from .config.settings import Settings, make_secrets, offset_minutes

    settings = Settings(board.root + "/data/config.json")
    config, problem = settings.load()
    made = make_secrets(config, board.random)
    if problem:
        warnings.append(problem)
    if made:
        settings.save(config)  # what the owner wrote stays on flash, right or wrong
    for section in ("mqtt", "push"):
        if config[section]["tls_insecure"]:
            warnings.append("%s.tls_insecure is on: nobody checks whom we talk to" % section)
    if config["meter"]["crc"] == "off":
        warnings.append("meter.crc is off: damaged telegrams are not refused")
    config["meter"]["utc_offset"] = offset_minutes(config["meter"]["utc_offset"])
    return config


def _knows_binary_lists(board):
    """Whether the meter is known to send binary lists; see device/list_kind.py."""
    from .store.files import read

    return read(board.root + "/data/lists") == b"binary"


def _begin(board, config, warnings, tls, refused):
    # A function of its own: the locals of the start are freed before the application loads.
    from .app import start as begin

    del sys.modules["microhan"].start  # the build takes it from sys.modules (build/layout.py)
    return begin(board, config, warnings, tls, refused)
