"""Straight and rolled cords: how to tell them apart, and what a rolled one does."""

from svg import INK, SOFT, Svg

from .parts import BAD, GOOD, plug

_STRAIGHT = (1, 2, 3, 4, 5, 6)
_ROLLED = _STRAIGHT[::-1]


def draw(path):
    """hardware/pictures/cord.svg."""
    picture = Svg(940, 540, "A straight cord, and a rolled telephone cord that must not be used")
    picture.text(30, 32,
                 "Hold both plugs of the cord side by side: gold contacts up, cord towards you.",
                 17, INK, bold=True)
    picture.text(30, 54, "Compare the colours from left to right. (The colours themselves do not "
                 "matter: makers differ.)", 13, SOFT)
    _pair(picture, 92, _STRAIGHT, GOOD)
    picture.lines(390, 120, ("Straight, 1:1. Use this one.",), 18, colour=GOOD, bold=True)
    picture.lines(390, 148, (
        "Both plugs show the same order. Pin 1 goes to pin 1, pin 6 to pin 6.",
        "All six wires must be there: cords for telephones often have four.",
        "Short is best: 3 m or less. 15 m was simulated, not tried."), 13)
    _pair(picture, 336, _ROLLED, BAD)
    picture.line([(36, 310), (332, 518)], BAD, 6)
    picture.line([(332, 310), (36, 518)], BAD, 6)
    picture.lines(390, 364, ("Rolled. The usual telephone cord. Do not use.",), 18, colour=BAD,
                  bold=True)
    picture.lines(390, 392, (
        "The second plug shows the order backwards: 1 meets 6, 2 meets 5, 3 meets 4.",
        "Our ground then lies on the meter's +5 V, and our 5 V on its data output.",
        "The board's limiter is there for this mistake (its fuse stays closed: the",
        "port limits first); a breadboard has none, and the meter may be harmed."), 13)
    picture.save(path)


def _pair(picture, y, second, colour):
    plug(picture, 50, y, _STRAIGHT)
    plug(picture, 200, y, second)
    picture.rect(34, y - 28, 300, 212, "none", colour, 2, 10)
