"""How single statements change: imports, values of tables; and what functions were called."""

import ast
import posixpath
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from . import names
from .constants import constant

if TYPE_CHECKING:
    from build.compact import Program


class Lookup(ast.NodeTransformer):
    """Writes out what a dictionary of a table holds for a written-out key: INDEX["time"]."""

    def __init__(self, program: "Program", name: str, tables: dict[str, dict[str, Any]]) -> None:
        self._program = program
        self._name = name
        self._tables = tables

    def visit_Subscript(self, node: Any) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and isinstance(node.slice, ast.Constant):
            module, name = self._program.origin(self._name, node.value.id)
            found = self._tables.get(module, {}).get(name)
            if isinstance(found, dict):
                return constant(found[node.slice.value])
        return node


class Inner(ast.NodeTransformer):
    """Rewrites the imports of our modules within functions, and texts that name one of them whole:
    forget("microhan.net.dial").
    """

    def __init__(self, program: "Program", name: str) -> None:
        self._program = program
        self._name = name
        self.asks = False  # whether it asks sys.modules for its own file

    def visit_Subscript(self, node: Any) -> ast.AST:
        """sys.modules["umqtt.simple"] in the file that has left sys.modules with it."""
        file = self._program.file_of[self._name]
        if (file in self._program.leaving and ast.unparse(node.value) == "sys.modules"
                and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
                and file == self._program.file_of.get(
                    node.slice.value.replace(".", "/") + ".py")):
            self.asks = True
            return ast.Name("__name__", ast.Load())
        return self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        if self._program.module(self._name, node):
            return self._program.inner_import(self._name, node)
        return node

    def visit_Constant(self, node: Any) -> ast.AST:
        if isinstance(node.value, str) and "." in node.value:
            file = self._program.file_of.get(node.value.replace(".", "/") + ".py")
            return ast.Constant(dotted(self._program.place_of[file])) if file else node
        return node


def short(name: str) -> str:
    """A module as people name it."""
    return name.removeprefix("microhan/")[:-len(".py")]


def note(node: Any, path: str, told: dict[str, list], class_: str = "") -> None:
    """Note in `told` what the functions in a renamed `node` were called: for each short name
    [["hub.State:update", short names that it uses, that of its class], ...].
    """
    for one in ast.iter_child_nodes(node):
        inner = path
        if isinstance(one, ast.ClassDef):
            inner = f"{path}.{one.was}"  # type: ignore[attr-defined]
            class_ = one.name
        elif isinstance(one, names.DEFINITIONS):
            inner = path + (".", ":")[":" not in path] + one.was  # type: ignore[union-attr]
            used = {n.id for n in ast.walk(one) if isinstance(n, ast.Name)} - names.bound(one)
            used |= {n.attr for n in ast.walk(one) if isinstance(n, ast.Attribute)}
            told.setdefault(one.name, []).append([inner, sorted(used), class_])
        note(one, inner, told, class_)


def meanings(trees: dict[str, Any], globals_: dict[str, dict[str, Any]],
             attributes: dict[str, dict[str, str]]) -> dict[str, list[str]]:
    """{short name: what it was, in words} of all functions, classes and methods."""
    found: dict[str, list[str]] = {}
    for name, tree in trees.items():
        path = short(name)
        for node in tree.body:
            if isinstance(node, (*names.DEFINITIONS, ast.ClassDef)):
                new = globals_[name].get(node.name, node.name)
                found.setdefault(new, []).append(f"{path}:{node.name}")
            for inner in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(inner, names.DEFINITIONS):
                    new = attributes[name].get(inner.name, inner.name)
                    found.setdefault(new, []).append(f"{path}.{node.name}:{inner.name}")
    return found


def is_import(node: object) -> bool:
    return isinstance(node, (ast.Import, ast.ImportFrom))


def import_once(node: Any, there: set) -> Any:
    """A foreign import without what `there` has already; None if nothing is left."""
    source = getattr(node, "module", None)
    left = [a for a in node.names if (source, a.name, a.asname) not in there]
    there.update((source, a.name, a.asname) for a in left)
    if source == "micropython":
        left = [a for a in left if a.name != "const"]
    node.names = left
    return node if left else None


def from_file(file: str, wanted: Iterable[str]) -> ast.ImportFrom | None:
    if not wanted:
        return None
    return ast.ImportFrom(dotted(file), [ast.alias(n) for n in dict.fromkeys(wanted)], 0)


def dotted(file: str) -> str:
    return file[:-len(".py")].replace("/", ".").removesuffix(".__init__")


def bare_exchange(line: re.Match[str]) -> str:
    """`a, b = (b, a)`, as ast writes it, without parentheses: with them MicroPython makes a tuple,
    and native code has none.
    """
    bare = f"{line[2]} = {line[3]}"
    try:
        same = ast.dump(ast.parse(bare)) == ast.dump(ast.parse(f"{line[2]} = ({line[3]})"))
    except SyntaxError:
        same = False  # not one statement, or not one pair of parentheses
    return line[1] + bare if same else line[0]


def module_path(name: str, node: Any) -> str:
    """The path, without its end, of the module that an import statement names."""
    module = (node.module or "").replace(".", "/")
    if not node.level:
        return module
    folder = posixpath.dirname(name)
    for _ in range(node.level - 1):
        folder = posixpath.dirname(folder)
    return posixpath.join(folder, module).rstrip("/")
