"""Which mode this start is in: a file says why set-up mode was asked for.

The reasons: "fresh" (no network is known), "button", "erase" (the button again, for longer),
"lost" (no known network has been there for ten minutes), "cable" (new Wi-Fi came by the cable
while the application ran).
"""

from typing import TYPE_CHECKING

from ..store.files import remove, text_of

if TYPE_CHECKING:
    from ..store.files import Folder

FILE = "mode"  # Device.ask_set_up() writes it


def reason_of(folder: "Folder", knows_network: bool) -> str:
    """Why this start is into set-up mode, "" if it is not. It is asked for once: after the next
    loss of power the application runs again."""
    path = folder.path_of(FILE)
    reason = text_of(path)
    remove(path)
    return reason or ("" if knows_network else "fresh")
