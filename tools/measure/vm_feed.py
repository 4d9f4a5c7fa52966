"""Runs inside a MicroPython under valgrind: feeds FILE so many times. Usage: FOLDER FILE TIMES."""

import sys

sys.path.insert(0, sys.argv[1])

from microhan.telegram.decoder import Decoder  # noqa: E402

with open(sys.argv[2], "rb") as file:
    data = file.read()
decoder = Decoder(lambda source: None)
for _ in range(int(sys.argv[3])):
    decoder.feed(data, len(data))
