#!/usr/bin/env python3
"""Draws hardware/pictures/: socket, cord, breadboard, circuit. Same table, same bytes.

The simulation's pictures are drawn by simulate.py --pictures, the case's by case.py --picture.
"""

import sys

import table
from drawings import breadboard, circuit, cord, socket


def draw(folder):
    """Writes every drawing into a folder."""
    data = table.board()
    socket.draw(folder / "socket.svg")
    cord.draw(folder / "cord.svg")
    circuit.draw(folder / "circuit.svg", data["front_end"], data["pins"])
    breadboard.draw(folder / "breadboard.svg", data["front_end"], data["pins"])
    breadboard.draw(folder / "breadboard_feed.svg", data["front_end"], data["pins"], data["pin_1"])


if __name__ == "__main__":
    draw(table.PICTURES)
    sys.exit(0)
