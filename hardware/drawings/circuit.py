"""The front end's circuit diagram, with the values of board.toml."""

from svg import INK, SOFT, Svg

from .parts import BAD, ohms

_Y = 270  # the data line's height


def draw(path, front_end, pins):
    """hardware/pictures/circuit.svg."""
    picture = Svg(980, 430, "Circuit of the front end")
    picture.text(30, 34, "Front end: an inverting level shifter with a defined threshold", 17, INK,
                 bold=True)
    _socket(picture)
    _line(picture, (170, _Y), (420, _Y))
    _resistor(picture, (250, 120), (250, _Y), "R1", ohms(front_end["pull_up"]))
    _rail(picture, 250, 120, "+5 V")
    _resistor(picture, (270, _Y), (400, _Y), "R2", ohms(front_end["base_series"]))
    _resistor(picture, (420, _Y), (420, 390), "R3", ohms(front_end["base_ground"]))
    _ground(picture, 420, 390)
    _transistor(picture, 490, _Y)
    _resistor(picture, (510, 100), (510, 200), "R4", ohms(front_end["collector"]))
    _rail(picture, 510, 100, "+3.3 V")
    _line(picture, (510, 200), (510, 240))
    _resistor(picture, (530, 220), (660, 220), "R5", ohms(front_end["gpio_series"]))
    _line(picture, (510, 220), (540, 220))
    picture.shape([(660, 206), (800, 206), (816, 220), (800, 234), (660, 234)], "#e6f2ec", INK)
    picture.text(670, 225, f"GPIO {pins['ESP32']['rx']} (C3: {pins['ESP32C3']['rx']})", 13)
    for x, y in ((250, _Y), (420, _Y), (510, 220)):
        picture.dot(x, y, 4)
    picture.lines(560, 300, (
        "Idle and 1: the meter pulls DATA low, Q1 is off, GPIO high.",
        "0: the meter lets go, R1 lifts DATA, Q1 is on, GPIO low.",
        "R2 and R3 set the threshold near 2 V: LOW may be 1.0 V.",
        "R3 also empties the base, so that Q1 turns off in time.",
        "The firmware's UART does not invert."), 12, colour=SOFT)
    picture.save(path)


def _line(picture, *points):
    picture.line(points, INK, 1.8)


def _resistor(picture, start, end, name, value):
    _line(picture, start, end)
    mx, my = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    if start[0] == end[0]:
        picture.rect(mx - 9, my - 24, 18, 48, "#ffffff", INK, 1.8)
        picture.lines(mx + 17, my - 3, (name, value), 13)
    else:
        picture.rect(mx - 24, my - 9, 48, 18, "#ffffff", INK, 1.8)
        picture.text(mx, my - 17, f"{name}  {value}", 13, INK, "middle")


def _rail(picture, x, y, name):
    _line(picture, (x - 14, y), (x + 14, y))
    picture.text(x, y - 8, name, 14, INK, "middle", True)


def _ground(picture, x, y):
    for row, half in enumerate((16, 10, 4)):
        _line(picture, (x - half, y + row * 6), (x + half, y + row * 6))


def _transistor(picture, x, y):
    picture.dot(x + 6, y, 34, "#ffffff", INK, 1.8)
    _line(picture, (420, y), (x - 8, y))
    picture.line([(x - 8, y - 20), (x - 8, y + 20)], INK, 4)
    _line(picture, (x - 8, y - 9), (x + 20, y - 30), (x + 20, y - 50))
    _line(picture, (x - 8, y + 9), (x + 20, y + 30), (x + 20, y + 120))
    picture.shape([(x + 18, y + 29), (x + 5, y + 26), (x + 12, y + 17)], INK)
    _ground(picture, x + 20, y + 120)
    picture.lines(x + 48, y - 16, ("Q1", "2N3904"), 13)


def _socket(picture):
    picture.rect(40, 110, 96, 260, "#eef1f4", INK, 1.8, 4)
    picture.text(88, 98, "meter, RJ12", 14, INK, "middle", True)
    for pin, y, name in ((1, 132, "+5 V"), (2, 190, "request"), (5, _Y, "data"),
                         (3, 310, "GND"), (6, 345, "GND"), (4, 225, "n.c.")):
        picture.text(48, y + 5, name, 12, SOFT)
        picture.text(130, y + 5, str(pin), 14, INK, "end", True)
        if pin in (1, 4):
            _line(picture, (136, y), (160, y))
            picture.line([(155, y - 5), (165, y + 5)], BAD, 2)
            picture.line([(155, y + 5), (165, y - 5)], BAD, 2)
            picture.text(172, y + 5, "open", 12, BAD)
        else:
            _line(picture, (136, y), (170, y))
    _line(picture, (170, 190), (205, 190), (205, 178))
    _rail(picture, 205, 178, "+5 V")
    _line(picture, (170, 310), (170, 390))
    picture.dot(170, 345, 4)
    _ground(picture, 170, 390)
