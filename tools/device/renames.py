"""The end of boot.py of a device that installs (update.py): tells when a file gets its name.

Between two of them an update is verified: the first is that its attempt was counted.
"""

import os
import sys
import time


class _Os:
    def __getattr__(self, name: str) -> object:
        return getattr(os, name)


def _rename(old, new):
    print("@ rename", time.ticks_ms(), new)
    os.rename(old, new)


_told = _Os()
setattr(_told, "rename", _rename)  # noqa: B010 - a method could not be imported from it
sys.modules["os"] = _told  # type: ignore[assignment]
