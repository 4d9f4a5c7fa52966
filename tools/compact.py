"""Makes sources smaller for the device before they are compiled, line by line in place, so that
the line numbers of the twin's tracebacks stay those of the source.

* A public `NAME = const(3)` of one module is written as `3` wherever another imports it:
  mpy-cross folds constants only within a module, and on the device every name that is left costs
  some 30 bytes in each module that knows it, and a dictionary look-up at each use.
* Private names (`_queue`) become short ones, the same few in every module: each different name
  takes some 15 bytes for as long as the device runs.
* What we never call of a third-party module is left out (UNUSED).
"""

import ast
import io
import itertools
import posixpath
import string
import tokenize

# What outputs/mqtt_client.py puts others in place of.
UNUSED = {
    "umqtt/simple.py": ("MQTTClient.disconnect", "MQTTClient.wait_msg", "MQTTClient.check_msg",
                        "MQTTClient._recv_len"),
}


def compact(sources):
    """{name on the device, like "microhan/hub.py": text} of all modules, made smaller."""
    ours = {n: t for n, t in sources.items() if n.startswith("microhan/")}
    foreign = {n: shrink(n, t) for n, t in sources.items() if n not in ours}
    found = constants(ours)
    names = privates(ours, foreign.values())
    small = {n: rename(inline(n, t, found), names[n]) for n, t in ours.items()}
    return {**foreign, **small}


def constants(sources):
    """{module name on the device: {NAME: value}} of all public `NAME = const(...)`.

    `sources` is {name like "microhan/hub.py": text}. Only names that no module reaches as an
    attribute: those must stay.
    """
    found = {}
    attributes = set()
    for name, text in sources.items():
        tree = ast.parse(text)
        attributes |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        known = found.setdefault(name, {})
        for node in tree.body:
            if _is_const(node) and not node.targets[0].id.startswith("_"):
                value = _value(node.value.args[0], known)
                if value is not None:
                    known[node.targets[0].id] = value
    for known in found.values():
        for attribute in attributes & known.keys():
            del known[attribute]
    return found


def _is_const(node):
    """Whether a statement is `NAME = const(...)`."""
    return (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Call) and getattr(node.value.func, "id", "") == "const")


def _value(node, known):
    """The integer that a constant expression stands for, or None."""
    try:
        value = eval(compile(ast.Expression(node), "", "eval"), {"__builtins__": {}}, dict(known))
    except NameError:
        return None
    return value if isinstance(value, int) else None


def privates(sources, foreign=()):
    """{module name: {private name: short name}}: names of one underscore that a module defines.

    Left alone is a name that another module reaches into, that stands in any string, or that
    third-party modules (`foreign`, their texts) know: a class of ours may derive from one there.
    """
    defined = {name: _defined(ast.parse(text)) for name, text in sources.items()}
    kept = set()
    for name, text in sources.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Attribute) and node.attr not in defined[name]:
                kept.add(node.attr)
            elif isinstance(node, ast.alias):
                kept.add(node.name)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                kept.update(node.value.split())
    for text in foreign:
        kept.update(token.string for token in tokenize.generate_tokens(io.StringIO(text).readline))
    short = ["_" + "".join(c) for n in (1, 2) for c in
             itertools.product(string.ascii_lowercase, repeat=n)]
    short = [name for name in short if name not in kept]
    out = {}
    for name, names in defined.items():
        free = (s for s in short if s not in names)
        out[name] = {old: next(free) for old in sorted(names - kept)}
    return out


def _defined(tree):
    """The private names that a module gives to anything."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store):
            names.add(node.id if isinstance(node, ast.Name) else node.attr)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
    return {n for n in names if n.startswith("_") and not n.startswith("__") and n != "_"
            and n != n.upper()}


def inline(name, text, found):
    """The text of module `name` with the constants of `found` written out."""
    tree = ast.parse(text)
    values = dict(found.get(name, {}))
    blank = {}  # first line: (last line, what stands there instead)
    for node in tree.body:
        if _is_const(node) and node.targets[0].id in values:
            blank[node.lineno] = (node.end_lineno, "")
        elif isinstance(node, ast.ImportFrom):
            theirs = found.get(_module(name, node), {})
            taken = {a.asname or a.name: theirs[a.name] for a in node.names if a.name in theirs}
            if taken:
                values.update(taken)
                left = [a for a in node.names if a.name not in theirs]
                again = ast.unparse(ast.ImportFrom(node.module, left, node.level)) if left else ""
                blank[node.lineno] = (node.end_lineno, again)
    return _replace(text, values, blank)


def _module(name, node):
    """The device's file name of the module that a relative or absolute import names."""
    module = (node.module or "").replace(".", "/")
    if not node.level:
        return module + ".py"
    folder = posixpath.dirname(name)
    for _ in range(node.level - 1):
        folder = posixpath.dirname(folder)
    return posixpath.join(folder, module) + ".py"


def rename(text, names):
    """The text with each name of `names` written as its short one."""
    lines = text.splitlines(keepends=True)
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(text).readline))):
        if token.type == tokenize.NAME and token.string in names:
            (row, start), (_, end) = token.start, token.end
            line = lines[row - 1]
            lines[row - 1] = line[:start] + names[token.string] + line[end:]
    return "".join(lines)


def _replace(text, values, blank):
    """Lines of `blank` replaced, and names of `values` written as their value elsewhere."""
    lines = text.splitlines(keepends=True)
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    gone = {n for first, (last, _) in blank.items() for n in range(first, last + 1)}
    for before, token, after in reversed(list(zip(tokens, tokens[1:], tokens[2:]))):
        (row, start), (_, end) = token.start, token.end
        if (token.type == tokenize.NAME and token.string in values and row not in gone
                and before.string != "." and not _is_keyword(before, after)):
            line = lines[row - 1]
            lines[row - 1] = line[:start] + str(values[token.string]) + line[end:]
    for first, (last, instead) in blank.items():
        lines[first - 1] = instead + "\n"
        lines[first:last] = ["\n"] * (last - first)
    return "".join(lines)


def _is_keyword(before, after):
    """Whether a name between these tokens is a keyword argument's, as in f(NAME=1)."""
    return after.string == "=" and before.string in ("(", ",")


def shrink(name, text):
    """A third-party module's text without what we never call."""
    return strip(text, UNUSED.get(name, ()))


def strip(text, unused):
    """The text without the functions, classes and assignments named in `unused` ("f", "C.m")."""
    lines = text.splitlines(keepends=True)
    left = set(unused)
    for node, name in _definitions(ast.parse(text)):
        if name in unused:
            left.discard(name)
            first = min([d.lineno for d in getattr(node, "decorator_list", ())] + [node.lineno])
            lines[first - 1:node.end_lineno] = ["\n"] * (node.end_lineno - first + 1)
    if left:
        raise ValueError("not there to leave out: " + ", ".join(sorted(left)))
    return "".join(lines)


def _definitions(tree, prefix=""):
    """(node, "name" or "Class.name") of every definition, two levels deep."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node, prefix + node.name
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node, prefix + node.targets[0].id
        if isinstance(node, ast.ClassDef) and not prefix:
            yield from _definitions(node, node.name + ".")
