"""The breadboard build: where each leg goes. No wire crosses another."""

from svg import INK, SOFT, Svg

from .parts import BAD, ohms, resistor

_PITCH = 21
_COLUMNS = 24
_FACE = "#fbfaf5"
_X, _Y = 200, 110
_ROWS = {"+": 0, "-": 1, "a": 3, "b": 4, "c": 5, "d": 6, "e": 7, "f": 9, "g": 10, "h": 11,
         "i": 12, "j": 13, "-2": 15, "+2": 16}
_RED, _BLUE, _GREEN, _ORANGE, _PURPLE = (
    "#c62828", "#1f3f8f", "#2e8b3d", "#e07b00", "#7a3fb0")
_PINK, _TEAL, _BROWN, _GREY = "#d81b60", "#00838f", "#6d4c41", "#616161"  # what feeds pin 1


_PLAIN = (
    "Front end on a breadboard: one 2N3904, five resistors, any ESP32 board",
    "Each column of five holes is one contact; so is each long rail. No wire crosses another. "
    "Colours tell what a wire does.",
    "Not built yet. Measure before you connect the meter: hardware/bring-up.md.")
_FEED = (
    "The same, and what measures and feeds pin 1: a bought switch, three more resistors",
    "Wires that cross do not touch. Your module may have its pins in another order: go by their "
    "names.",
    "Not built yet. First the consent, then the voltmeter, then the wire of pin 1, then "
    "feed.consent: hardware/breadboard.md.")
_SWITCHED = ("pin1_sense", "feed", "feed_fault")


def _at(row, column):
    return _X + column * _PITCH, _Y + _ROWS[row] * _PITCH


def draw(path, front_end, pins, pin_1=None):
    """hardware/pictures/breadboard.svg, with the values and pins of board.toml; with `pin_1`, its
    table of that name, breadboard_feed.svg: what measures and feeds pin 1 as well."""
    picture = Svg(1060, 580, "Breadboard wiring of the front end and an ESP32 board"
                  + (", and of what feeds pin 1" if pin_1 else ""))
    title, *words = (_FEED if pin_1 else _PLAIN)
    picture.text(30, 34, title, 17, INK, bold=True)
    picture.text(30, 56, words[0], 13, SOFT)
    _board(picture)
    _breakout(picture, pin_1)
    _esp(picture, pins, pin_1)
    _parts(picture, front_end)
    if pin_1:
        _switch(picture, pin_1)
    picture.lines(30, 528, (
        "Pin 1 is open by default. FEED only after the grid company's consent and with a "
        "measured pin 1 below 0.5 V.", words[1]), 14, colour=BAD)
    picture.save(path)


def _board(picture):
    right = _X + (_COLUMNS + 1) * _PITCH
    top, bottom = _Y - 20, _Y + 16 * _PITCH + 20
    picture.rect(_X - 2, top, right - _X + 4, bottom - top, _FACE, "#b9b4a5", 1.5, 8)
    picture.rect(_X - 2, _Y + 8 * _PITCH - 6, right - _X + 4, 12, "#e9e6da", "none")
    for rail, colour in (("+", _RED), ("-", _BLUE), ("-2", _BLUE), ("+2", _RED)):
        x0, y = _at(rail, 1)
        off = -11 if rail in ("+", "-2") else 11
        picture.line([(x0 - 8, y + off), (_at(rail, _COLUMNS)[0] + 8, y + off)], colour, 1.2)
    for row in _ROWS:
        for column in range(1, _COLUMNS + 1):
            x, y = _at(row, column)
            picture.rect(x - 2.5, y - 2.5, 5, 5, "#56524a", "none")
        if row.isalpha():  # on the side where no wire comes in
            side = _COLUMNS + 0.65 if row < "f" else 0.3
            x, y = _at(row, side)
            picture.text(x, y - 5, row, 11, SOFT, "middle")  # above a wire in that row
    for column in (5, 10, 15, 20):
        picture.text(_at("a", column)[0], _at("a", 0)[1] - 9, str(column), 10, SOFT, "middle")
    picture.text(right + 4 - 26, _at("+", 0)[1] - 24, "+5 V", 12, _RED, "middle", True)
    picture.text(right + 4 - 26, _at("-2", 0)[1] + 58, "GND", 12, _BLUE, "middle", True)


def _wire(picture, points, colour):
    picture.line(points, "#ffffff", 6)
    picture.line(points, colour, 4)
    for x, y in (points[0], points[-1]):
        picture.dot(x, y, 4, colour)


def _breakout(picture, pin_1):
    """An RJ12 socket with six screw terminals; the meter's cord is plugged into it whole."""
    left, top = 22, _Y + 24
    picture.rect(left, top, 58, 268, "#1f6b4a", INK, 1.5, 6)
    picture.rect(left + 4, top + 84, 28, 100, "#2b2b2b", "#000000", 1, 3)
    picture.text(left + 22, top + 134, "RJ12", 12, "#ffffff", "middle", True, turn=-90)
    picture.lines(left - 4, top + 290, ("straight cord, both", "plugs on it, to", "the meter"), 12)
    ends = {1: _at("b", 8) if pin_1 else None, 2: _at("+", 2), 3: _at("-", 2), 4: None,
            5: _at("c", 5), 6: _at("-2", 2)}
    colours = {1: _PINK, 2: _RED, 3: _BLUE, 5: _PURPLE, 6: _BLUE}
    for pin in (2, 3, 5, 6, 1, 4):  # pin 1 last: its wire lies over two others
        y = top + 26 + 44 * (pin - 1)
        picture.rect(left + 38, y - 10, 24, 20, "#2e8b3d", INK, 1, 2)
        picture.dot(left + 50, y, 5, "#c9ced6")
        name = left + 68
        if ends[pin]:
            bend = {1: 112, 2: 146, 3: 160, 5: 174, 6: 150}[pin]
            ex, ey = ends[pin]
            _wire(picture, [(left + 58, y), (bend, y), (bend, ey), (ex, ey)], colours[pin])
        else:
            picture.text(name + 14, y + 5, "open", 12, BAD)
        picture.text(name, y - 7 if ends[pin] else y + 5, str(pin), 13, INK, bold=True)


def _esp(picture, pins, pin_1):
    x, y = 800, _Y - 16
    picture.rect(x, y, 220, 382, "#2b3038", INK, 1.5, 8)
    picture.rect(x + 92, y + 26, 108, 150, "#c9ced6", "#8b929b", 1, 4)
    picture.text(x + 146, y + 96, "ESP32", 18, INK, "middle", True)
    picture.text(x + 146, y + 118, "module", 12, INK, "middle")
    picture.rect(x + 105, y + 352, 50, 36, "#b9bec6", "#6c727b", 1, 4)
    own = pins["ESP32"]
    uses = (*_SWITCHED, "rx") if pin_1 else ("rx",)
    picture.lines(x + 150, y + 226, [
        "GPIO, from the top" if pin_1 else "GPIO", *(
            f"{words}: {', '.join(str(pins[chip][use]) for use in uses)}" for words, chip in (
                ("ESP32", "ESP32"), ("S3", "ESP32S3"), ("C3", "ESP32C3")))],
        12, colour="#ffffff", at="middle")
    picture.lines(x + 140, y + 316, ("USB supply, double-", "insulated (class II)"), 12,
                  colour="#ffffff", at="middle")
    ends = [("5V", "+", 23, _RED), ("GND", "-", 23, _BLUE),
            (f"GPIO {own['rx']}", "f", 20, _GREEN), ("3V3", "j", 18, _ORANGE),
            ("GND", "-2", 23, _BLUE)]
    if pin_1:
        ends += [(f"GPIO {own[use]}", row, column, colour) for use, row, column, colour in zip(
            _SWITCHED, "bcd", (12, 19, 18), (_TEAL, _BROWN, _GREY), strict=True)]
    for name, row, column, colour in ends:
        ex, ey = _at(row, column)
        picture.dot(x + 12, ey, 6, "#d9b44a")
        _wire(picture, [(ex, ey), (x + 12, ey)], colour)
        picture.text(x + 24, ey + 5, name, 13, "#ffffff", bold=True)


def _switch(picture, pin_1):
    """The bought switch, standing in row e, and what measures pin 1 in front of it."""
    _wire(picture, [_at("d", 8), _at("d", 15)], _PINK)
    _wire(picture, [_at("a", 16), _at("+", 16)], _RED)
    _wire(picture, [_at("a", 17), _at("-", 17)], _BLUE)
    for start, end, value, dx, dy in (
            (("c", 8), ("c", 12), pin_1["sense_top"], 0, -11),
            (("a", 12), ("-", 12), pin_1["sense_bottom"], 36, -3),
            (("a", 19), ("-", 19), pin_1["feed_pull_down"], 42, -3)):
        resistor(picture, _at(*start), _at(*end), value)
        _label(picture, *_between(_at(*start), _at(*end), dx, dy), ohms(value))
    x, y = _at("e", 15)
    picture.rect(x - 14, y - 10, 4 * _PITCH + 28, 46, "#5b2d82", INK, 1.2, 4)
    for column, name in enumerate(("OUT", "IN", "GND", "FLT", "EN")):
        picture.dot(x + column * _PITCH, y, 4, "#d9b44a")
        picture.text(x + column * _PITCH, y + 15, name, 8, "#ffffff", "middle", True)
    picture.text(x + 2 * _PITCH, y + 30, "TPS2553 module", 10, "#ffffff", "middle", True)


def _label(picture, x, y, words, size=13):
    """Text on a patch of the board's colour: holes do not show through it."""
    width = len(words) * size * 0.62
    picture.rect(x - width / 2, y - size, width, size * 1.35, _FACE, "none")
    picture.text(x, y, words, size, INK, "middle", True)


def _between(a, b, dx, dy):
    """The middle of two holes, moved."""
    return (a[0] + b[0]) / 2 + dx, (a[1] + b[1]) / 2 + dy


def _parts(picture, values):
    _wire(picture, [_at("e", 5), _at("f", 5)], _PURPLE)
    _wire(picture, [_at("j", 11), _at("-2", 11)], _BLUE)
    for part, start, end, dx, dy in (
            ("pull_up", ("a", 5), ("+", 5), 42, 9), ("base_series", ("h", 5), ("h", 12), 0, -11),
            ("base_ground", ("j", 12), ("-2", 12), 42, 5),
            ("gpio_series", ("g", 13), ("g", 20), 0, -11),
            ("collector", ("i", 13), ("i", 18), 0, -11)):
        resistor(picture, _at(*start), _at(*end), values[part])
        _label(picture, *_between(_at(*start), _at(*end), dx, dy), ohms(values[part]))
    _transistor(picture)


def _transistor(picture):
    """TO-92 with its flat side towards row j: emitter, base, collector from the left."""
    for column in (11, 12, 13):
        picture.line([_at("f", column), (_at("f", column)[0], _at("e", column)[1] + 6)],
                     "#8d8d8d", 3)
    x, y = _at("e", 12)
    picture.add("path", d=f"M {x - 34} {y + 18} L {x + 34} {y + 18} A 36 36 0 0 0 {x - 34} "
                f"{y + 18} Z", fill="#2b2b2b", stroke="#000000")
    picture.text(x, y + 8, "2N3904", 10, "#ffffff", "middle", True)
    for column, name in ((11, "E"), (12, "B"), (13, "C")):
        picture.text(_at("f", column)[0] + 3, _at("f", column)[1] + 16, name, 11, INK, bold=True)
    for line, words in enumerate(("flat side", "towards you")):
        _label(picture, _at("e", 8.3)[0], y + 6 + 14 * line, words, 11)
