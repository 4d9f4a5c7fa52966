"""Modules that are needed now and then: imported for the moment, then forgotten.

The device has some 140 kB for everything; what runs once an hour need not stay.
"""

import sys


def forget(name):
    """Drop the module of this full name: its memory is free once nothing refers to it any more."""
    package, _, last = name.rpartition(".")
    sys.modules.pop(name, None)
    package = sys.modules.get(package)
    if package and hasattr(package, last):
        delattr(package, last)
