"""How single statements change: imports, values of tables; and what functions were called."""

import ast
import posixpath

from . import names
from .constants import constant


class Lookup(ast.NodeTransformer):
    """Writes out what a dictionary of a table holds for a written-out key: INDEX["time"]."""

    def __init__(self, program, name, tables):
        self._program = program
        self._name = name
        self._tables = tables

    def visit_Subscript(self, node):
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

    def __init__(self, program, name):
        self._program = program
        self._name = name
        self.asks = False  # whether it asks sys.modules for its own file

    def visit_Subscript(self, node):
        """sys.modules["umqtt.simple"] in the file that has left sys.modules with it."""
        file = self._program.file_of[self._name]
        if (file in self._program.leaving and ast.unparse(node.value) == "sys.modules"
                and isinstance(node.slice, ast.Constant) and file == self._program.file_of.get(
                    node.slice.value.replace(".", "/") + ".py")):
            self.asks = True
            return ast.Name("__name__", ast.Load())
        return self.generic_visit(node)

    def visit_ImportFrom(self, node):
        if self._program.module(self._name, node):
            return self._program.inner_import(self._name, node)
        return node

    def visit_Constant(self, node):
        if isinstance(node.value, str) and "." in node.value:
            file = self._program.file_of.get(node.value.replace(".", "/") + ".py")
            return ast.Constant(dotted(file)) if file else node
        return node


def short(name):
    """A module as people name it."""
    return name.removeprefix("microhan/")[:-len(".py")]


def note(node, path, told, class_=""):
    """Note in `told` what the functions in a renamed `node` were called: for each short name
    [["hub.State:update", short names that it uses, that of its class], ...].
    """
    for one in ast.iter_child_nodes(node):
        inner = path
        if isinstance(one, ast.ClassDef):
            inner = f"{path}.{one.was}"
            class_ = one.name
        elif isinstance(one, names.DEFINITIONS):
            inner = path + (".", ":")[":" not in path] + one.was
            used = {n.id for n in ast.walk(one) if isinstance(n, ast.Name)} - names.bound(one)
            used |= {n.attr for n in ast.walk(one) if isinstance(n, ast.Attribute)}
            told.setdefault(one.name, []).append([inner, sorted(used), class_])
        note(one, inner, told, class_)


def is_import(node):
    return isinstance(node, (ast.Import, ast.ImportFrom))


def import_once(node, there):
    """A foreign import without what `there` has already; None if nothing is left."""
    source = getattr(node, "module", None)
    left = [a for a in node.names if (source, a.name, a.asname) not in there]
    there.update((source, a.name, a.asname) for a in left)
    if source == "micropython":
        left = [a for a in left if a.name != "const"]
    node.names = left
    return node if left else None


def from_file(file, wanted):
    if not wanted:
        return None
    return ast.ImportFrom(dotted(file), [ast.alias(n) for n in dict.fromkeys(wanted)], 0)


def dotted(file):
    return file[:-len(".py")].replace("/", ".").removesuffix(".__init__")


def bare_exchange(line):
    """`a, b = (b, a)`, as ast writes it, without parentheses: with them MicroPython makes a tuple,
    and native code has none.
    """
    bare = f"{line[2]} = {line[3]}"
    try:
        same = ast.dump(ast.parse(bare)) == ast.dump(ast.parse(f"{line[2]} = ({line[3]})"))
    except SyntaxError:
        same = False  # not one statement, or not one pair of parentheses
    return line[1] + bare if same else line[0]


def module_path(name, node):
    """The path, without its end, of the module that an import statement names."""
    module = (node.module or "").replace(".", "/")
    if not node.level:
        return module
    folder = posixpath.dirname(name)
    for _ in range(node.level - 1):
        folder = posixpath.dirname(folder)
    return posixpath.join(folder, module).rstrip("/")
