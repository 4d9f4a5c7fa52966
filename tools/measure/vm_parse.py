"""Runs inside any VM: how long one telegram takes, from bytes to values. Prints a line of JSON.

Usage: parse.py FOLDER[:FOLDER…] FILE PIECE ROUNDS; FOLDER is put on sys.path, PIECE is the size of
the pieces that FILE is fed in (0: whole). Needs no tools of this PC's Python.
"""

import gc
import json
import sys
import time

FOLDERS, FILE, PIECE, ROUNDS = sys.argv[1:5]
for folder in reversed(FOLDERS.split(":")):
    sys.path.insert(0, folder)

from microhan.telegram.decoder import Decoder  # noqa: E402

_ROUND = 2000  # microseconds: short, so that some rounds are not interrupted by other programs


def clock():
    """Microseconds."""
    return time.perf_counter() * 1e6 if hasattr(time, "perf_counter") else time.ticks_us()


def took(decoder, pieces, rounds):
    """Microseconds for one telegram: the shortest of so many rounds of some milliseconds each."""
    best = 0
    times = 1
    while rounds:
        gc.collect()
        start = clock()
        for _ in range(times):
            for piece in pieces:
                decoder.feed(piece, len(piece))
        spent = clock() - start
        if spent < _ROUND and not best:
            times *= 2  # at first, only to find out how many fill a round
        else:
            best = min(best or spent, spent)
            rounds -= 1
    return best / times


def main():
    """Measure without and with a Reading made of each telegram."""
    with open(FILE, "rb") as file:
        data = file.read()
    size = int(PIECE) or len(data)
    pieces = [data[i:i + size] for i in range(0, len(data), size)]
    values = Decoder(lambda source: None)
    readings = Decoder(lambda source: source.reading())
    said = {"values_us": took(values, pieces, int(ROUNDS)),
            "reading_us": took(readings, pieces, int(ROUNDS))}
    seen = []
    Decoder(lambda source: seen.append(source.reading().json())).feed(data, len(data))
    said["reading"] = seen[0] if seen else ""
    print(json.dumps(said))


main()
