"""What several drawings share: pins and their names, colours, a 6P6C plug, a resistor."""

from svg import INK, SOFT

GOOD = "#0b6e4f"
BAD = "#c0261c"
# pin: name, what we do with it
PINS = {
    1: ("+5 V", "leave open"),
    2: ("Data Request", "+5 V"),
    3: ("Data GND", "GND"),
    4: ("not connected", "leave open"),
    5: ("Data, open collector", "to the transistor"),
    6: ("Power GND", "GND"),
}
# A common six-wire flat cord. Makers differ: count pins, never trust colours.
WIRES = {1: "#e8e8e8", 2: "#222222", 3: "#c62828", 4: "#2e8b3d", 5: "#e0b400", 6: "#1f5fbf"}
_BANDS = ("#111111", "#7b3f00", "#c62828", "#e07b00", "#e0c000", "#2e8b3d", "#1f5fbf", "#7a3fb0",
          "#808080", "#f5f5f5")
_GOLD = "#b8942f"


def ohms(value):
    """1500 as 1.5 kΩ."""
    return f"{value / 1000:g} kΩ" if value >= 1000 else f"{value} Ω"


def bands(value):
    """The colours of a four-band resistor."""
    digits = f"{value:.1e}"
    return [_BANDS[int(digits[0])], _BANDS[int(digits[2])],
            _BANDS[int(digits.split("e")[1]) - 1], _GOLD]


def resistor(picture, start, end, value):
    """A resistor with its bands and leads, along x or along y."""
    (x0, y0), (x1, y1) = start, end
    picture.line([start, end], "#8d8d8d", 2.5)
    mx, my = (x0 + x1) / 2, (y0 + y1) / 2
    flat = y0 == y1
    w, h = (46, 14) if flat else (14, 46)
    picture.rect(mx - w / 2, my - h / 2, w, h, "#ead9b5", "#8a774d", 1, 5)
    for number, colour in enumerate(bands(value)):
        off = (-15, -6, 3, 15)[number]
        if flat:
            picture.rect(mx + off - 2, my - 7, 4, 14, colour, "none")
        else:
            picture.rect(mx - 7, my + off - 2, 14, 4, colour, "none")


def plug(picture, x, y, order, numbers=True):
    """A 6P6C plug seen on its contacts, cord towards you; `order` is the wire in each place."""
    picture.rect(x, y, 116, 92, "#f4f7fa", INK, 1.6, 4)
    for place, wire in enumerate(order):
        cx = x + 18 + place * 16
        picture.line([(cx, y + 160), (cx, y + 34)], "#777777", 9)
        picture.line([(cx, y + 160), (cx, y + 34)], WIRES[wire], 7)
        picture.rect(cx - 4, y + 7, 8, 34, "#d9b44a", "#8a6d1d", 0.8)
        if numbers:
            picture.text(cx, y - 8, str(place + 1), 14, INK, "middle", True)
    picture.text(x + 58, y + 178, "cord, towards you", 12, SOFT, "middle")
