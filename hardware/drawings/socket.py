"""The meter's socket from outside, with what each pin is for."""

from svg import INK, SOFT, Svg

from .parts import BAD, GOOD, PINS


def draw(path):
    """hardware/pictures/socket.svg."""
    picture = Svg(820, 440, "The meter's RJ12 socket, seen from outside, latch down")
    picture.text(30, 34, "The meter's P1 socket (RJ12, 6P6C), seen from outside, latch down", 17,
                 INK, bold=True)
    x, y = 40, 80
    picture.rect(x, y, 250, 230, "#eef1f4", INK, 2, 8)
    # the opening: wide above, the latch's slot below
    outline = [(x + 30, y + 28), (x + 220, y + 28), (x + 220, y + 150), (x + 172, y + 150),
               (x + 172, y + 196), (x + 78, y + 196), (x + 78, y + 150), (x + 30, y + 150)]
    picture.shape(outline, "#30363d", INK, 2)
    for pin in PINS:
        cx = x + 50 + (pin - 1) * 30
        picture.rect(cx - 5, y + 32, 10, 58, "#d9b44a", "#8a6d1d", 1)
        picture.text(cx, y + 18, str(pin), 16, INK, "middle", True)
    picture.text(x + 125, y + 180, "latch", 13, "#ffffff", "middle")
    picture.text(x + 125, y + 258, "Latch at the bottom: pin 1 is on the left.", 14, INK, "middle")
    picture.lines(x + 125, y + 278, ("A plug that is pushed in with its latch",
                                     "down has the same order."), 12, colour=SOFT, at="middle")
    _table(picture, 350, 96)
    picture.save(path)


def _table(picture, x, y):
    for text, left in (("pin", 0), ("name in the standard", 44), ("on this dongle", 230)):
        picture.text(x + left, y, text, 13, SOFT)
    picture.line([(x, y + 8), (x + 440, y + 8)], SOFT, 1)
    for row, (pin, (name, use)) in enumerate(PINS.items()):
        at = y + 34 + row * 32
        is_open = "open" in use
        picture.text(x + 6, at, str(pin), 16, INK, bold=True)
        picture.text(x + 44, at, name, 14)
        picture.text(x + 230, at, use, 14, BAD if is_open else GOOD, bold=True)
    picture.lines(x, y + 240, (
        "Pin 1 is open by default. FEED only after the grid company's consent",
        "and with a measured pin 1 below 0.5 V."), 13, colour=INK)
    picture.lines(x, y + 288, (
        "Before you connect anything, measure every pair of pins,",
        "3 to 4 first. More than 6 V anywhere: stop, that is not P1",
        "(M-Bus has 22 to 34 V)."), 13, colour=BAD, bold=True)
