"""The board's file, read without KiCad: parts, what their pads are joined to, places, outline.

Places are millimetres from the board's lower left corner, as everywhere in board.toml.
"""

import math
from dataclasses import dataclass, field

from netlist import Netlist, Part, bare
from sexpr import every, first, trees

_HOLES = "MountingHole"


@dataclass
class Pcb(Netlist):
    """A netlist whose pins are pads, and the board's shape."""

    places: dict = field(default_factory=dict)  # reference -> (x, y) of its footprint's zero
    holes: list = field(default_factory=list)   # [x, y, diameter] of each screw hole
    shape: dict = field(default_factory=dict)   # width, length, thickness, corner_radius, revision
    forbidden: dict = field(default_factory=dict)  # name -> what a rule area keeps out, and where
    narrowest: dict = field(default_factory=dict)  # net -> its narrowest track, mm
    split: list = field(default_factory=list)   # sentences: pads of one number on several nets


def _part(node):
    fields = {item[1]: item[2] for item in every(node, "property")}
    marks = {word for item in every(node, "attr") for word in item[1:]}
    return Part(fields.get("Reference", ""), fields.get("Value", ""), node[1], fields,
                "dnp" not in marks, "exclude_from_bom" not in marks,
                side="top" if first(node, "layer") == "F.Cu" else "bottom")


def _pads(board, node, ref):
    """Joins the pads of one footprint to their nets."""
    nets = {}
    for pad in every(node, "pad"):
        if pad[1]:
            net = every(pad, "net")
            nets.setdefault(pad[1], set()).add(net[0][2] if net else "")
    for number, names in nets.items():
        pin = f"{ref}.{number}"
        if len(names) > 1:
            board.split.append(f"{pin}: its pads are on {' and '.join(sorted(names))}")
        for name in names:
            board.nets.setdefault(bare(name) or f"nothing-{pin}", set()).add(pin)


def _numbers(node, name):
    return [float(word) for word in every(node, name)[0][1:3]]


def _shape(root):
    """Size and corners from the lines and arcs of Edge.Cuts."""
    lines, arcs = ([item for kind in kinds for item in every(root, kind)
                    if first(item, "layer") == "Edge.Cuts"]
                   for kinds in (("gr_line", "gr_rect"), ("gr_arc",)))
    ends = [_numbers(item, end) for item in lines + arcs for end in ("start", "end")]
    xs, ys = zip(*ends)
    corners = {round(abs(a - b), 3) for item in arcs
               for a, b in zip(_numbers(item, "start"), _numbers(item, "end"))}
    return {"width": round(max(xs) - min(xs), 3), "length": round(max(ys) - min(ys), 3),
            "corner_radius": corners.pop() if len(corners) == 1 else sorted(corners),
            "thickness": float(first(every(root, "general")[0], "thickness")),
            "revision": first(every(root, "title_block")[0], "rev")}


def _forbidden(nodes, owner, zero):
    """Rule areas: what each does not allow, its layers, and the box around it."""
    found = {}
    for zone in nodes:
        for rule in every(zone, "keepout"):
            points = [_place(point, zero) for outline in every(zone, "polygon")
                      for point in every(every(outline, "pts")[0], "xy")]
            layers = [name for word in ("layer", "layers") for item in every(zone, word)
                      for name in item[1:]]
            xs, ys = zip(*points)
            name = f"{owner} {first(zone, 'name')}".strip()
            found[name] = {"keeps_out": [word for word, how in rule[1:] if how == "not_allowed"],
                           "layers": layers, "box": [min(xs), min(ys), max(xs), max(ys)]}
    return found


def _place(node, zero):
    x, y = (float(word) for word in node[1:3])
    return round(x - zero[0], 3), round(zero[1] - y, 3)


def read(path):
    """A .kicad_pcb."""
    root = trees(path.read_text())[0]
    zero = _numbers(every(root, "setup")[0], "aux_axis_origin")
    board = Pcb(shape=_shape(root), forbidden=_forbidden(every(root, "zone"), "", zero))
    for node in every(root, "footprint"):
        part = _part(node)
        board.parts[part.ref] = part
        board.places[part.ref] = place = _place(every(node, "at")[0], zero)
        board.forbidden.update(_forbidden(every(node, "zone"), part.ref, zero))
        if part.footprint.partition(":")[0] == _HOLES:
            board.holes += [[*place, float(first(pad, "drill"))] for pad in every(node, "pad")]
        _pads(board, node, part.ref)
    names = {net[1]: bare(net[2]) for net in every(root, "net")}
    for track in every(root, "segment") + every(root, "arc"):
        net, width = names[first(track, "net")], float(first(track, "width"))
        board.narrowest[net] = min(width, board.narrowest.get(net, width))
    return board


def differences(found, board):
    """Sentences, one for each figure of [board] that the drawing has otherwise."""
    told = [f"the board's {key} is {value}, board.toml says {board[key]}"
            for key, value in found.shape.items()
            if not (value == board[key] or _near(value, board[key]))]
    wanted = sorted([hole["x"], hole["y"], hole["diameter"]] for hole in board["holes"])
    have = sorted(found.holes)
    if len(have) != len(wanted) or not all(map(_near, sum(have, []), sum(wanted, []))):
        told.append(f"screw holes are at {have}, board.toml says {wanted}")
    return told + found.split


def _near(one, other):
    return (isinstance(one, float) and isinstance(other, (int, float))
            and math.isclose(one, other, abs_tol=0.005))
