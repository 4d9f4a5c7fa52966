"""The exported netlist against nets.toml and board.toml: what is joined, values, GPIOs."""

import re
import tomllib
from dataclasses import dataclass, field

import table

_TOKEN = re.compile(r'\(|\)|"((?:[^"\\]|\\.)*)"|[^\s()"]+')
_LETTERS = {"k": 1e3, "M": 1e6, "": 1}


def golden():
    """nets.toml as a dict."""
    return tomllib.loads((table.HARDWARE / "nets.toml").read_text())


@dataclass
class Part:
    """One part: value, footprint, the drawing's other fields, whether it is fitted."""

    ref: str
    value: str
    footprint: str
    fields: dict
    fitted: bool
    in_bom: bool


@dataclass
class Netlist:
    """`nets`: name -> set of PART.PIN. `functions`: PART.PIN -> the pin's name."""

    parts: dict = field(default_factory=dict)
    nets: dict = field(default_factory=dict)
    functions: dict = field(default_factory=dict)


def _tree(text):
    """Nested lists of an s-expression."""
    stack = [[]]
    for match in _TOKEN.finditer(text):
        word = match.group(0)
        if word == "(":
            stack.append([])
        elif word == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(word if match.group(1) is None else match.group(1))
    return stack[0][0]


def _all(node, name):
    return [item for item in node if isinstance(item, list) and item[0] == name]


def _one(node, name, default=""):
    found = _all(node, name)
    return found[0][1] if found and len(found[0]) > 1 else default


def _part(node):
    fields = {_one(item, "name"): item[-1] if isinstance(item[-1], str) else ""
              for group in _all(node, "fields") for item in _all(group, "field")}
    marks = {_one(item, "name") for item in _all(node, "property")}
    return Part(_one(node, "ref"), _one(node, "value"), _one(node, "footprint"), fields,
                "dnp" not in marks, "exclude_from_bom" not in marks)


def read(path):
    """A netlist in KiCad's own format."""
    root = _tree(path.read_text())
    found = Netlist()
    for node in _all(_all(root, "components")[0], "comp"):
        part = _part(node)
        found.parts[part.ref] = part
    for net in _all(_all(root, "nets")[0], "net"):
        name = _one(net, "name").removeprefix("/")
        pins = found.nets.setdefault(name, set())
        for node in _all(net, "node"):
            pin = f"{_one(node, 'ref')}.{_one(node, 'pin')}"
            pins.add(pin)
            found.functions[pin] = _one(node, "pinfunction")
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


def without_number(found):
    """Fitted parts that have no manufacturer's number."""
    return sorted(part.ref for part in found.parts.values()
                  if part.fitted and part.in_bom and not part.fields.get("MPN"))
