"""The rooms of docs/architecture.md: every import of every file is one that its table allows."""

import ast
import re

import pytest

from build import hints
from fixtures.repository import ROOT

FIRMWARE = ROOT / "firmware" / "microhan"
TABLE = re.search(r"\| part of `firmware/microhan/` .*?\n\n",
                  (ROOT / "docs" / "architecture.md").read_text(), re.S).group()
# These run unchanged on CPython and on every MicroPython.
PURE = ("reading", "telegram", "hub", "ledger", "config", "store", "update")
HARDWARE = {"machine", "network", "esp32", "socket", "asyncio"}


def allowed():
    """{room: rooms that it may import from}, from the table's first and last column."""
    rooms = {}
    for row in TABLE.splitlines()[2:]:
        cells = row.strip("| ").split(" | ")
        for room in re.findall(r"`([\w.]+)/?`", cells[0]):
            rooms[room.removesuffix(".py")] = set(re.findall(r"`(\w+)`", cells[-1]))
    return rooms


def module_of(path):
    return path.relative_to(FIRMWARE.parent).with_suffix("").as_posix().removesuffix("/__init__")


def imports(path):
    """(modules of ours, others) that a file imports, anywhere in it but for hints."""
    ours, others = set(), set()
    for node in ast.walk(hints.without(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = path.parents[node.level - 1]
            base = folder.joinpath(*(node.module or "").split("."))
            for name in node.names:
                file = base / f"{name.name}.py"
                ours.add(module_of(file if file.exists() else base.with_suffix(".py")
                                   if base.with_suffix(".py").exists() else base / "__init__.py"))
        elif isinstance(node, ast.ImportFrom):
            others.add(node.module)
        elif isinstance(node, ast.Import):
            others.update(name.name for name in node.names)
    return ours, others


FILES = {module_of(path): path for path in sorted(FIRMWARE.rglob("*.py"))}
GRAPH = {name: imports(path)[0] for name, path in FILES.items()}


def room_of(module):
    parts = module.split("/")
    return parts[1] if len(parts) > 1 else "microhan"


def circle(graph):
    """One circle of a graph {node: nodes}, as a list; or None."""
    done, under_way = set(), []

    def visit(node):
        if node in under_way:
            return under_way[under_way.index(node):] + [node]
        if node in done:
            return None
        under_way.append(node)
        found = next(filter(None, map(visit, sorted(graph.get(node, ())))), None)
        under_way.pop()
        done.add(node)
        return found
    return next(filter(None, map(visit, sorted(graph))), None)


@pytest.mark.parametrize("module", FILES)
def test_a_file_imports_only_what_the_table_allows_its_room(module):
    room = room_of(module)
    if room in ("app", "microhan"):
        return  # the composition root may import all, and the version imports nothing
    rooms = {room_of(other) for other in GRAPH[module]} - {room, "microhan"}
    assert rooms <= allowed()[room], f"{module}: see the table of docs/architecture.md"


def test_the_table_names_every_room_and_no_other():
    rooms = {room_of(module) for module in FILES} - {"microhan"}
    assert set(allowed()) == rooms


def test_no_file_imports_in_a_circle():
    assert circle(GRAPH) is None


def test_no_room_imports_in_a_circle():
    rooms = {}
    for module, theirs in GRAPH.items():
        rooms.setdefault(room_of(module), set()).update(map(room_of, theirs))
    assert circle({room: theirs - {room} for room, theirs in rooms.items()}) is None


def test_the_version_imports_nothing():
    assert not any(imports(FIRMWARE / "__init__.py"))


@pytest.mark.parametrize("room", PURE)
def test_pure_rooms_import_no_hardware_and_no_network(room):
    for path in (FIRMWARE / room).rglob("*.py"):
        assert not imports(path)[1] & HARDWARE, path


def test_a_circle_is_seen():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None


def _lazy(function):
    """{name: module} of what a function imports itself."""
    return {alias.asname or alias.name: "." * node.level + (node.module or "")
            for node in ast.walk(function) if isinstance(node, ast.ImportFrom)
            for alias in node.names}


def test_what_a_function_catches_it_has_imported_for_those_who_raise_it():
    """A file that leaves is another one at each import, and its classes are others."""
    wrong = []
    for path in sorted(FIRMWARE.parent.rglob("*.py")):
        functions = {node.name: node for node in ast.walk(ast.parse(path.read_text()))
                     if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
        for name, function in functions.items():
            imported = _lazy(function)
            caught = {imported[node.type.id] for node in ast.walk(function)
                      if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name)
                      and node.type.id in imported}
            called = {node.func.id for node in ast.walk(function) if isinstance(node, ast.Call)
                      and isinstance(node.func, ast.Name)} & set(functions) - {name}
            wrong += [f"{path.name}: {name} catches what {other} imports anew" for other in called
                      if caught & set(_lazy(functions[other]).values())]
    assert not wrong
