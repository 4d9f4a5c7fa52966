"""The MicroPython that runs on this PC: found, or fetched; and its dialect on CPython."""
