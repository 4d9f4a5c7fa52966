"""The exported netlist against nets.toml and board.toml: what is joined, values, GPIOs."""

import re
import tomllib
from dataclasses import dataclass, field

import table
from sexpr import every, first, trees

_LETTERS = {"k": 1e3, "M": 1e6, "": 1}


def golden():
    """nets.toml as a dict."""
    return tomllib.loads((table.HARDWARE / "nets.toml").read_text())


@dataclass
class Part:
    """One part as drawn. The schematic knows its symbol, the board the side it is on."""

    ref: str
    value: str
    footprint: str
    fields: dict
    fitted: bool
    in_bom: bool
    symbol: str = ""
    side: str = ""


@dataclass
class Netlist:
    """`nets`: name -> set of PART.PIN. `functions`: PART.PIN -> the pin's name."""

    parts: dict = field(default_factory=dict)
    nets: dict = field(default_factory=dict)
    functions: dict = field(default_factory=dict)


def _part(node):
    fields = {first(item, "name"): item[-1] if isinstance(item[-1], str) else ""
              for group in every(node, "fields") for item in every(group, "field")}
    source = every(node, "libsource")[0]
    symbol = f"{first(source, 'lib')}:{first(source, 'part')}"
    marks = {first(item, "name") for item in every(node, "property")}
    return Part(first(node, "ref"), first(node, "value"), first(node, "footprint"), fields,
                "dnp" not in marks, "exclude_from_bom" not in marks, symbol)


def bare(name):
    """A net's label, whatever sheet it stands on: `/module/EN` is EN."""
    return name.rpartition("/")[2] if name.startswith("/") else name


def read(path):
    """A netlist in KiCad's own format."""
    root = trees(path.read_text())[0]
    found = Netlist()
    for node in every(every(root, "components")[0], "comp"):
        part = _part(node)
        found.parts[part.ref] = part
    for net in every(every(root, "nets")[0], "net"):
        name = bare(first(net, "name"))
        pins = found.nets.setdefault(name, set())
        for node in every(net, "node"):
            pin = f"{first(node, 'ref')}.{first(node, 'pin')}"
            pins.add(pin)
            found.functions[pin] = first(node, "pinfunction")
    return found


def _partition(nets):
    """PART.PIN -> the set of pins that it is joined to, itself included."""
    return {pin: frozenset(pins) for pins in nets.values() for pin in pins}


def differences(found, wanted):
    """Sentences, one for each pin that is joined otherwise than `wanted` (name -> pins) says."""
    lists = [pin for pins in wanted.values() for pin in pins]
    told = [f"{pin} stands in two lists" for pin in sorted(set(lists)) if lists.count(pin) > 1]
    have, want = _partition(found.nets), _partition(wanted)
    for pin in sorted(have.keys() | want.keys()):
        mine = have.get(pin, frozenset({pin}))
        golden_pins = want.get(pin, frozenset({pin}))
        if pin not in have:
            told.append(f"{pin} is not in the drawing")
        elif mine != golden_pins:
            extra, lost = sorted(mine - golden_pins)[:4], sorted(golden_pins - mine)[:4]
            told.append(f"{pin}:" + (f" joined to {' '.join(extra)}" if extra else "")
                        + (f" not joined to {' '.join(lost)}" if lost else ""))
    for name in wanted:
        if name.isupper() and found.nets.get(name) != set(wanted[name]):
            told.append(f"net {name} has another name in the drawing, or other pins")
    return told


def number(text):
    """`4k7` is 4700, `22` is 22, `0.35 A, 60 V` is 350 (mA); else the text itself."""
    ampere = re.match(r"([\d.]+) A\b", text)
    if ampere:
        return round(float(ampere[1]) * 1000)
    match = re.fullmatch(r"(\d+)([kMR.]?)(\d*)", text)
    if not match:
        return text
    whole, letter, rest = match.groups()
    return round(float(f"{whole}.{rest or 0}") * _LETTERS.get(letter, 1))


def lookup(data, path):
    """The entry of board.toml at a dotted path, in which {chip} is board.chip."""
    for word in path.format(chip=data["board"]["chip"]).split("."):
        data = data[word]
    return data


def wrong_values(found, wanted, data):
    """Sentences, one for each part whose value is not board.toml's."""
    told = []
    for ref, path in wanted.items():
        value = number(found.parts[ref].value) if ref in found.parts else "missing"
        if value != lookup(data, path):
            told.append(f"{ref} is {value}, but {path} is {lookup(data, path)}")
    return told


def wrong_gpios(found, wanted, data, module="U1"):
    """Sentences, one for each GPIO that is on another net than board.toml says."""
    told = []
    for net, path in wanted.items():
        name = f"IO{lookup(data, path)}"
        pins = [pin for pin, function in found.functions.items()
                if pin.startswith(module + ".") and function == name]
        nets = [key for key, joined in found.nets.items() if joined & set(pins)]
        if net == "-":
            if len(pins) != 1 or any(len(found.nets[key]) > 1 for key in nets):
                told.append(f"{name} ({path}) must be joined to nothing")
        elif nets != [net]:
            told.append(f"{name} ({path}) is on {nets}, not on {net}")
    return told
