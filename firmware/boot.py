# Empty on purpose: where it is missing, MicroPython writes one of its own.
