"""limits.toml: design rules, net classes, and the figures of board.toml that no drawing has.

A limit that is loosened makes every check pass. So each stands twice, and the second place says
why it is what it is.
"""

import fnmatch
import re

import netlist
from sexpr import every, first, trees

# What a net class means for copper; the rest is how KiCad draws it.
_CLASS = ("track_width", "clearance", "via_diameter", "via_drill", "diff_pair_width",
          "diff_pair_gap", "diff_pair_via_gap")


def rules(text):
    """A .kicad_dru as name -> {condition, layer, constraint: its limits as written}."""
    text = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
    found = {}
    for rule in every(trees(text), "rule"):
        told = found.setdefault(rule[1], {})
        for word in ("condition", "layer", "severity"):
            if every(rule, word):
                told[word] = first(rule, word)
        for item in every(rule, "constraint"):
            told[item[1]] = " ".join(part if isinstance(part, str) else " ".join(part)
                                     for part in item[2:])
    return found


def _silenced(settings):
    """Checks that somebody has switched off, and findings that are excluded."""
    severities = settings.get("rule_severities", {})
    return (sorted(name for name, how in severities.items() if how == "ignore")
            + [str(item) for key in ("drc_exclusions", "erc_exclusions")
               for item in settings.get(key, [])])


def project(data):
    """Of a .kicad_pro what limits copper: board rules, net classes, who belongs to which."""
    settings, nets = data["board"]["design_settings"], data["net_settings"]
    return {"rules": settings["rules"],
            "classes": {one["name"]: {key: one[key] for key in _CLASS if key in one}
                        for one in nets["classes"]},
            "nets": {one["pattern"]: one["netclass"] for one in nets["netclass_patterns"]},
            "silenced": _silenced(settings) + _silenced(data.get("erc", {}))}


def leaves(tree, path=()):
    """Path -> value, of all in a tree of dicts and of lists of dicts that is neither."""
    found = {}
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in pairs:
        here = (*path, key)
        deep = isinstance(value, dict) or (isinstance(value, list) and value
                                           and isinstance(value[0], dict))
        found.update(leaves(value, here) if deep else {here: value})
    return found


def dotted(path):
    """A path as limits.toml has it: `board.holes.0.x`."""
    return ".".join(map(str, path))


def _told(what, have, want):
    """Sentences for two flat dicts."""
    return [f"{what}: {key} is {have.get(key, 'missing')}, limits.toml says "
            f"{want.get(key, 'nothing')}"
            for key in sorted(have.keys() | want.keys())
            if have.get(key, "missing") != want.get(key, "missing")]


def _flat(tree):
    return {dotted(path): value for path, value in leaves(tree).items()}


def differences(found_rules, found_project, pcb, board, golden):
    """Sentences, one for each limit that is not what limits.toml says."""
    told = _told(".kicad_dru", _flat(found_rules), _flat(golden["rules"]))
    told += _told(".kicad_pro", _flat(found_project), _flat(golden["project"]))
    told += _told("rule areas", _flat(pcb.forbidden), _flat(golden.get("forbidden", {})))
    told += _told("narrowest track", _wide(pcb, golden), golden["narrowest"]["net"])
    have = _flat(board)
    return told + _told("board.toml", {key: have[key] for key in golden["board"] if key in have},
                        golden["board"])


def _wide(pcb, golden):
    """Nets whose narrowest track is not the usual one."""
    usual = golden.get("narrowest", {}).get("usual")
    return {net: width for net, width in pcb.narrowest.items() if width != usual}


def shrunk(nets, golden):
    """nets.toml's lists of what is compared: one entry less is one check less."""
    return [f"nets.toml: {name} has {len(nets[name])} entries, limits.toml says {count}"
            for name in ("values", "gpios") if len(nets[name]) != (
                count := golden["entries"].get(name, "nothing"))]


def idle(found_project, nets):
    """Patterns of net classes that catch no net any more: it has another name, and no class."""
    return [f".kicad_pro: no net is {pattern}, for which class {name} is meant"
            for pattern, name in found_project["nets"].items()
            if not fnmatch.filter(nets, netlist.bare(pattern))]


def rows(found_rules, found_project, pcb, golden):
    """Lines of TOML for what the drawings limit and limits.toml has not, or has otherwise."""
    lines, last = [], None
    have = {"rules": found_rules, "project": found_project, "forbidden": pcb.forbidden,
            "narrowest": {"net": _wide(pcb, golden)}}
    want = leaves({key: golden.get(key, {}) for key in have})
    for path, value in leaves(have).items():
        if want.get(path) != value:
            table = ".".join(_key(word) for word in path[:-1])
            if table != last:
                lines += ["", f"[{table}]"]
            lines.append(f"{_key(path[-1])} = {toml(value)}")
            last = table
    return lines


def _key(word):
    return word if re.fullmatch(r"[A-Za-z0-9_-]+", word) else f'"{word}"'


def toml(value):
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + " }"
    return '"' + value.replace('"', '\\"') + '"' if isinstance(value, str) else repr(value)
