"""Modules that are needed now and then: imported for the moment, then forgotten.

The device has some 140 kB for everything; what runs once an hour need not stay.
"""

import sys


def forget(name):
    """Drop microhan.<name>, so that its memory is free once nothing refers to it any more."""
    full = "microhan." + name
    package, _, last = full.rpartition(".")
    sys.modules.pop(full, None)
    package = sys.modules.get(package)
    if package and hasattr(package, last):
        delattr(package, last)
