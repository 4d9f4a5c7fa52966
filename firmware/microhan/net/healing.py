"""The steps against a fault of our own: Wi-Fi off and on, then a restart of the chip.

The rules are in docs/architecture.md, under "Self-healing".
"""

import gc
from typing import TYPE_CHECKING

from micropython import const

from .gateway import ANSWERS
from .pause import BEAT_MS, pause

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..store.files import Folder
    from .wifi import Wifi

# Lines: how often the chip was restarted; "new" until that is told; why. app.py looks for it, too.
FILE = "healing"
_HOUR = const(20)  # looks, which are at least three minutes apart
_DAY = const(480)


def recall(healed: "dict[str, Any]", folder: "Folder", warn: "Callable[[str], None]") -> None:
    """Put into `healed` what is on flash. Warns once if the chip was restarted for a fault."""
    try:
        count, new, why = (folder.read(FILE) or b"").decode().split("\n")
        healed["chip"] = int(count)
    except ValueError:
        return  # damaged: as if it had never happened
    if new:
        healed["why"] = why
        warn("microhan restarted the chip by itself (%s in all): %s" % (count, why))
        try:
            _write(folder, count, "", why)
        except OSError:
            pass  # it will be told once more


async def heal(wifi: "Wifi", why: str, by_chip: bool) -> None:
    """Take the next step that is allowed, if any. `why`: what the fault was, for the owner;
    `by_chip`: nothing less helps."""
    healed = wifi.healed
    # Whatever follows, the fault must show anew before the next step.
    wifi.short = wifi.refused = 0
    wifi.gateway = max(wifi.gateway, ANSWERS)
    if wifi.healed_at is not None and wifi.looks - wifi.healed_at < _HOUR:
        by_chip = True  # Wi-Fi alone did not help
    if not by_chip:
        wifi.healed_at = wifi.looks
        healed["wifi"] = healed.get("wifi", 0) + 1
        healed["why"] = why
        wifi.log("wifi: switched off and on: " + why)
        gc.collect()  # areas of Python's heap that are empty then go back to the system
        wifi.wlan.active(False)
        await pause(BEAT_MS, wifi.beat)  # then Wifi switches it on again
    elif not healed.get("chip") or wifi.looks >= _DAY:
        _restart_chip(wifi, why)


def _restart_chip(wifi, why):
    """Not before it is noted on flash: without that it could happen over and over."""
    try:
        _write(wifi.folder, "%d" % (wifi.healed.get("chip", 0) + 1), "new", why)
    except OSError as error:
        wifi.log("the chip is not restarted, flash cannot be written (%s): %s" % (error, why))
        return
    wifi.log("the chip is restarted: " + why)
    wifi.board.reset()


def _write(folder, *lines):
    folder.write(FILE, "\n".join(lines).encode())
