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


def _at(row, column):
    return _X + column * _PITCH, _Y + _ROWS[row] * _PITCH


def draw(path, front_end, pins):
    """hardware/pictures/breadboard.svg, with the values and pins of board.toml."""
    picture = Svg(1060, 580, "Breadboard wiring of the front end and an ESP32 board")
    picture.text(30, 34, "Front end on a breadboard: one 2N3904, five resistors, any ESP32 board",
                 17, INK, bold=True)
    picture.text(30, 56, "Each column of five holes is one contact; so is each long rail. No wire "
                 "crosses another. Colours tell what a wire does; your cord has others.", 13,
                 SOFT)
    _board(picture)
    _cord(picture)
    _esp(picture, pins)
    _parts(picture, front_end)
    picture.lines(30, 528, (
        "Pin 1 is open by default. FEED only after the grid company's consent and with a "
        "measured pin 1 below 0.5 V.",
        "Not built yet. Measure before you connect the meter: hardware/bring-up.md."), 14,
        colour=BAD)
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
            picture.text(*_at(row, side), row, 11, SOFT, "middle")
    for column in (5, 10, 15, 20):
        picture.text(_at("a", column)[0], _at("a", 0)[1] - 9, str(column), 10, SOFT, "middle")
    picture.text(right + 4 - 26, _at("+", 0)[1] - 24, "+5 V", 12, _RED, "middle", True)
    picture.text(right + 4 - 26, _at("-2", 0)[1] + 46, "GND", 12, _BLUE, "middle", True)


def _wire(picture, points, colour):
    picture.line(points, "#ffffff", 6)
    picture.line(points, colour, 4)
    for x, y in (points[0], points[-1]):
        picture.dot(x, y, 4, colour)


def _cord(picture):
    """The cord's cut end: wires by their pin numbers."""
    x, y = 40, _Y + 20
    picture.rect(x - 24, y + 10, 54, 250, "#d5d9de", "#8b929b", 1.5, 8)
    picture.text(x + 3, y + 140, "straight cord from the meter", 13, INK, "middle", turn=-90)
    joint = (150, y + 240)  # 3 and 6 are one ground, twisted together
    ends = ((2, _at("+", 2), y + 30, _RED), (5, _at("c", 5), y + 90, _PURPLE),
            (6, _at("-2", 2), y + 240, _BLUE), (3, joint, y + 190, _BLUE))
    for pin, (ex, ey), sy, colour in ends:
        _wire(picture, [(x + 30, sy), (150, sy), (150, ey), (ex, ey)], colour)
        picture.text(x + 44, sy - 7, f"pin {pin}", 13, INK, bold=True)
    picture.dot(*joint, 6, _BLUE)
    for pin, sy in ((1, y + 60), (4, y + 140)):
        picture.line([(x + 30, sy), (x + 74, sy)], "#777777", 6)
        picture.line([(x + 30, sy), (x + 74, sy)], "#c9ced6", 4)
        picture.rect(x + 70, sy - 6, 16, 12, "#333333", "none", 0, 3)
        picture.text(x + 44, sy - 9, f"pin {pin}", 13, INK, bold=True)
        picture.text(x + 90, sy + 5, "open", 12, BAD)


def _esp(picture, pins):
    x, y = 800, _Y - 6
    picture.rect(x, y, 220, 372, "#2b3038", INK, 1.5, 8)
    picture.rect(x + 70, y + 16, 120, 150, "#c9ced6", "#8b929b", 1, 4)
    picture.text(x + 130, y + 86, "ESP32", 18, INK, "middle", True)
    picture.text(x + 130, y + 108, "module", 12, INK, "middle")
    picture.rect(x + 105, y + 342, 50, 36, "#b9bec6", "#6c727b", 1, 4)
    picture.lines(x + 140, y + 236, ("ESP32 or S3: GPIO "
                  f"{pins['ESP32']['rx']}", f"ESP32-C3: GPIO {pins['ESP32C3']['rx']}"), 12,
                  colour="#ffffff", at="middle")
    picture.lines(x + 140, y + 306, ("USB supply, double-", "insulated (class II)"), 12,
                  colour="#ffffff", at="middle")
    rx = f"GPIO {pins['ESP32']['rx']}"
    for name, row, column, colour in (("5V", "+", 23, _RED), (rx, "f", 20, _GREEN),
                                      ("3V3", "j", 18, _ORANGE), ("GND", "-2", 23, _BLUE)):
        ex, ey = _at(row, column)
        picture.dot(x + 12, ey, 6, "#d9b44a")
        _wire(picture, [(ex, ey), (x + 12, ey)], colour)
        picture.text(x + 24, ey + 5, name, 13, "#ffffff", bold=True)


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
    _label(picture, x, y - 32, "flat side towards you", 11)
