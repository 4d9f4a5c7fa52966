"""Runs inside a MicroPython: bytes allocated for a telegram that nobody asks for, and while one is
fed. Prints a line of JSON. What is given back at once counts too (frames of large functions).

Usage: vm_memory.py FOLDER FILE
"""

import json
import sys

sys.path.insert(0, sys.argv[1])

import micropython  # noqa: E402
from microhan.telegram.decoder import Decoder  # noqa: E402

_TELEGRAMS = 100


def main():
    """Feed in pieces of 64 bytes, as a UART gives them."""
    with open(sys.argv[2], "rb") as file:
        data = file.read()
    decoder = Decoder(lambda source: None)
    pieces = [data[i:i + 64] for i in range(0, len(data), 64)]
    for _ in range(3):
        for piece in pieces:
            decoder.feed(piece, len(piece))
    ok = decoder.ok
    micropython.mem_total()
    before = micropython.mem_total()
    for _ in range(_TELEGRAMS):
        for piece in pieces:
            decoder.feed(piece, len(piece))
    spent = micropython.mem_total() - before
    told = {"ok": decoder.ok - ok, "per_telegram": spent / _TELEGRAMS}
    last = pieces.pop()  # all but the end
    before = micropython.mem_total()
    for piece in pieces:
        decoder.feed(piece, len(piece))
    spent = micropython.mem_total() - before
    decoder.feed(last, len(last))
    told["while_feeding"] = spent
    print(json.dumps(told))


main()
