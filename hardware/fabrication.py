"""Reads the factory's files with gerbonara, which shares no code with KiCad; says what they hold.

Run by board.py with build/hardware/python, since gerbonara lives there:

    build/hardware/python/bin/python hardware/fabrication.py build/hardware/fab
"""

import json
import sys
import warnings

from gerbonara import LayerStack

LAYERS = [(side, use) for side in ("top", "bottom") for use in ("copper", "mask", "silk")]


def _plain(box):
    (x1, y1), (x2, y2) = box
    return [round(float(value), 3) for value in (x1, y1, x2, y2)]


def _holes(layer):
    """[x, y, diameter] of each round hole and each end of a slot."""
    found = []
    for item in layer.objects:
        slot = not hasattr(item, "x")
        ends = [(item.x1, item.y1), (item.x2, item.y2)] if slot else [(item.x, item.y)]
        found += [[round(x, 3), round(y, 3), round(item.aperture.diameter, 3)] for x, y in ends]
    return found


def _lines(layer):
    return [item.aperture.diameter for item in layer.objects
            if type(item).__name__ == "Line" and hasattr(item.aperture, "diameter")]


def read(folder):
    """A dict of what the files hold: outline, layers, copper's box, holes, thinnest line."""
    stack = LayerStack.open(folder)
    outline = stack.graphic_layers["mechanical", "outline"]
    pen = outline.objects[0].aperture.diameter / 2
    x1, y1, x2, y2 = _plain(outline.bounding_box())
    copper = {side: stack.graphic_layers[side, "copper"] for side in ("top", "bottom")}
    return {
        "outline": [round(v, 3) for v in (x1 + pen, y1 + pen, x2 - pen, y2 - pen)],
        "empty": [" ".join(key) for key in LAYERS
                  if key not in stack.graphic_layers or not stack.graphic_layers[key].objects],
        "copper": {side: _plain(layer.bounding_box()) for side, layer in copper.items()},
        "thinnest": round(min(min(_lines(layer)) for layer in copper.values()), 3),
        "plated": _holes(stack.drill_pth),
        "bare": _holes(stack.drill_npth),
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # KiCad ends the drill file's header a line early
    json.dump(read(sys.argv[1]), sys.stdout)
