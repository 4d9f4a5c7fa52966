"""Runs inside any VM: what an encrypted and a binary telegram cost. Prints a line of JSON.

Usage: vm_binary.py FOLDER[:FOLDER…] ROUNDS
"""

import json
import sys
import time

FOLDERS, ROUNDS = sys.argv[1:3]
for folder in reversed(FOLDERS.split(":")):
    sys.path.insert(0, folder)

from microhan.telegram.crc import x25  # noqa: E402
from microhan.telegram.crypto.gcm import Gcm  # noqa: E402

_SIZE = 1024


def clock():
    """Microseconds."""
    return time.perf_counter() * 1e6 if hasattr(time, "perf_counter") else time.ticks_us()


def shortest(work):
    """Microseconds of the shortest of so many calls."""
    best = None
    for _ in range(int(ROUNDS)):
        start = clock()
        for _ in range(4):
            work()
        spent = (clock() - start) / 4
        best = spent if best is None else min(best, spent)
    return best


def opening():
    """A function that authenticates and decrypts one kilobyte."""
    gcm = Gcm(bytes(range(16)))
    nonce = bytes(12)
    data = bytearray(_SIZE)
    tag = bytes(12)

    def work():
        gcm.start(nonce)
        gcm.hash(data, 0, _SIZE)
        gcm.verify(0, _SIZE, tag, 0, 12)
        gcm.crypt(data, 0, _SIZE)

    return work


data = bytes(_SIZE)
print(json.dumps({"gcm_us": shortest(opening()),
                  "x25_us": shortest(lambda: x25(data, 0, _SIZE))}))
