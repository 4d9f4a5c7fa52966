"""Runs inside a MicroPython: bytes of heap that importing a module takes. Prints the number.

Usage: vm_import.py FOLDER[:FOLDER…] MODULE [MODULE imported before, and not counted …]
"""

import gc
import sys

sys.path[:] = sys.argv[1].split(":") + [".frozen"]
for name in sys.argv[3:]:
    __import__(name)
gc.collect()
before = gc.mem_alloc()
__import__(sys.argv[2])
gc.collect()
print(gc.mem_alloc() - before)
