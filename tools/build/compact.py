"""Makes one small program of the firmware's modules, for the device: before they are compiled.

Nothing changes but names and where things stand (names.py has the rules of names):

* `NAME = const(3)` is written as `3` wherever it is used: mpy-cross does so only within a module,
  and on the device every name that is left costs some 30 bytes in each module that knows it.
* Modules that are always loaded together become one file (layout.py): a module alone costs some
  300 bytes of heap, for its dictionary, its names and what it imports once more.
* What only our own program knows gets short names: each different name costs its letters and 7 to
  14 bytes more for as long as the device runs.

A traceback of such a program shows short names: `python tools/build/traceback.py` turns them back.
"""

import ast
import posixpath
import re
from array import array

from . import names, unused
from .layout import MERGED, TABLES

NOTHING = "\n"  # the text of a module that holds none


class CompactError(Exception):
    """The sources cannot be made one program; the text says which statement, and why."""


def compact(sources, foreign=(), words=(), merged=None, whole=False):
    """(files, meanings): `files` {name like "state.py": text}, made smaller.

    `sources` is {name like "microhan/hub.py": text}; `foreign`: texts of programs that use names
    of ours (main.py, the twin's Board); `words`: attributes reached by a name in a data file.
    `meanings` is {short name: what it was, in words} for tracebacks. `whole`: modules stay apart
    and names as they are; only constants are written out, since native code knows no others.
    """
    ours = {name: ast.parse(unused.left_out(name, text)) for name, text in sources.items()}
    merged = {} if whole else MERGED if merged is None else merged
    program = Program(ours, foreign, words, merged, whole)
    return {name: program.text(name) for name in program.parts}, program.meanings


class Program:
    """All modules of ours: `parts` is {file: its modules}."""

    def __init__(self, trees, foreign, words, merged, whole=False):
        self.trees = trees
        self._whole = whole
        self.file_of = {name: file for file, parts in merged.items() for part in parts
                        for name in (f"microhan/{part}.py", f"{part}.py") if name in trees}
        self.parts = {}
        for name in [*self.file_of, *trees]:
            parts = self.parts.setdefault(self.file_of.setdefault(name, name), [])
            if name not in parts:
                parts.append(name)
        self.meanings = {}
        tables = {name: self._run(name) for name in TABLES if name in trees and not whole}
        for name in trees.keys() - tables.keys():
            trees[name] = _Lookup(self, name, tables).visit(trees[name])
        for name, space in tables.items():
            trees[name] = self._results(name, space)
        self._constants = constants(trees, self.module)
        self._keywords = names.passed_by_keyword(trees)
        self._attributes = ({name: {} for name in trees} if whole else
                            names.attributes(trees, foreign, words, self._kin()))
        self._globals = self._name_globals(set().union(*map(names.identifiers, foreign)))
        self._tell()

    def origin(self, name, wanted):
        """(module, name there) of what the name `wanted` in module `name` was imported as."""
        for node in self.trees[name].body:
            source = isinstance(node, ast.ImportFrom) and self.module(name, node)
            for alias in node.names if source else ():
                if (alias.asname or alias.name) == wanted:
                    return self.origin(source, alias.name)
        return name, wanted

    def _kin(self):
        """Pairs of modules: a class of the first derives from one of the second."""
        return [(name, other) for name, tree in self.trees.items() for node in ast.walk(tree)
                if isinstance(node, ast.ClassDef) for base in node.bases
                if isinstance(base, ast.Name)
                for other in [self.origin(name, base.id)[0]] if other != name]

    def _results(self, name, space):
        """The module `name` as assignments of what others use of it."""
        used = {self.origin(other, node.id) for other, tree in self.trees.items()
                if other not in TABLES
                for node in ast.walk(tree) if isinstance(node, ast.Name)}
        used |= {self.origin(self.module(other, node), alias.name)
                 for other, tree in self.trees.items() for part in tree.body
                 for node in ast.walk(part) if part is not node and isinstance(
                     node, ast.ImportFrom) and self.module(other, node) for alias in node.names}
        constant = {node.targets[0].id for node in self.trees[name].body if _is_const(node)}
        wanted = sorted(n for module, n in used if module == name and n in space)
        return ast.parse("from array import array\n" + "\n".join(
            f"{n} = const({space[n]!r})" if n in constant else f"{n} = {_written(space[n])}"
            for n in wanted))

    def _run(self, name):
        """The global names of a module, run on this Python: pure ones only, no native code."""
        space = {"const": lambda value: value, "array": array}
        for node in self.trees[name].body:
            if isinstance(node, ast.ImportFrom):
                source = self.module(name, node)
                if source:
                    theirs = self._run(source)
                    space.update((a.asname or a.name, theirs[a.name]) for a in node.names
                                 if a.name in theirs)
                elif node.module not in ("micropython", "array"):
                    raise CompactError(f"{name}: a table that needs {node.module}")
            elif not (isinstance(node, ast.Import) or getattr(node, "decorator_list", None)):
                exec(compile(ast.Module([node], []), name, "exec"), space)
        return space

    def _name_globals(self, foreign):
        """{module: {global name: new name, or the constant that stands for it}}."""
        imported = {}
        for name, tree in self.trees.items():
            for node in ast.walk(tree):
                for alias in getattr(node, "names", ()) if _is_import(node) else ():
                    bound = (alias.asname or alias.name).split(".")[0]
                    imported.setdefault(name, set()).add(bound)
        exported = self._exported()
        shared = dict(zip(sorted(exported), names.pool(
            names.locals_of(self.trees).union(foreign, *imported.values()))))
        free = {file: names.pool(names.locals_of({part: self.trees[part] for part in parts}).union(
            foreign, shared.values(), *(imported.get(part, ()) for part in parts)),
            self._in_table(parts)) for file, parts in self.parts.items()}  # what one file knows
        found = {}
        for name, tree in self.trees.items():
            file = self.file_of[name]
            alone = len(self.parts[file]) == 1
            found[name] = mine = {}
            for old in sorted(names.bound(tree) - imported.get(name, set())):
                if old in self._constants[name]:
                    mine[old] = _constant(self._constants[name][old])
                elif not (self._whole or alone and old in foreign or old.startswith("__")):
                    mine[old] = shared.get((name, old)) or next(free[file])
                else:
                    mine[old] = old
        for name, tree in self.trees.items():
            for node in tree.body:
                if isinstance(node, ast.ImportFrom) and self.module(name, node):
                    for alias in node.names:
                        self._follow(found, name, self.module(name, node), alias)
        return found

    def _in_table(self, parts):
        """The attributes in a file of these modules: its table of names has them already."""
        return sorted({self._attributes[part].get(node.attr, node.attr) for part in parts
                       for node in ast.walk(self.trees[part])
                       if isinstance(node, ast.Attribute) and not node.attr.startswith("__")})

    def _exported(self):
        """{(module, global name)} of all that another file imports."""
        return {self.origin(self.module(name, node), alias.name)
                for name, tree in self.trees.items() for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and self.module(name, node)
                and self.file_of[self.module(name, node)] != self.file_of[name]
                for alias in node.names}

    def _follow(self, found, name, source, alias):
        """Give an imported name the new name of what it stands for."""
        if alias.name not in found[source]:  # imported there, too
            for node in self.trees[source].body:
                if isinstance(node, ast.ImportFrom) and self.module(source, node):
                    for other in node.names:
                        if (other.asname or other.name) == alias.name:
                            self._follow(found, source, self.module(source, node), other)
        if alias.name in found[source]:
            found[name][alias.asname or alias.name] = found[source][alias.name]
        elif self.origin(source, alias.name)[0] not in TABLES:
            raise CompactError(f"{name}: {source} has no {alias.name}; import names, not modules")

    def module(self, name, node):
        """The module of ours that an import statement of module `name` names, or None."""
        path = _module(name, node)
        for end in (".py", "/__init__.py"):
            if path + end in self.trees:
                return path + end
        if node.level:
            raise CompactError(f"{name}: line {node.lineno}: import names, not modules")
        return None

    def _tell(self):
        """Note what the short names mean."""
        for name, tree in self.trees.items():
            short = name.removeprefix("microhan/")[:-len(".py")]
            for node in tree.body:
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    new = self._globals[name].get(node.name, node.name)
                    self.meanings.setdefault(new, []).append(f"{short}:{node.name}")
                for inner in node.body if isinstance(node, ast.ClassDef) else ():
                    if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
                        new = self._attributes[name].get(inner.name, inner.name)
                        told = f"{short}.{node.name}:{inner.name}"
                        self.meanings.setdefault(new, []).append(told)

    def text(self, file):
        """The text of one file."""
        body = []
        there = set()
        for name in self.parts[file]:
            renamer = names.Renamer(self._globals[name], self._attributes[name], self._keywords,
                                    not self._whole)
            for node in self.trees[name].body:
                if isinstance(node, ast.ImportFrom) and self.module(name, node):
                    node = self._import(name, node, there)
                elif _is_import(node):
                    node = _import_once(node, there)
                elif _is_const(node) and node.targets[0].id in self._constants[name]:
                    node = None
                elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
                    if _is_const(node):  # no integer, or not known here
                        node.value = node.value.args[0]
                    node = renamer.visit(_Inner(self, name).visit(node))
                else:
                    node = None
                if node:
                    body.append(node)
        tree = ast.Module(body, [])
        text = ast.unparse(ast.fix_missing_locations(tree))
        return re.sub(r"(?m)^( *)(.+) = \((.+)\)$", _bare, text) + NOTHING

    def _import(self, name, node, there):
        """The import that is left of one from another module of ours; None if nothing."""
        source = self.module(name, node)
        file = self.file_of[source]
        if file == self.file_of[name]:
            order = self.parts[file]
            if order.index(source) > order.index(name):
                raise CompactError(f"{name} stands before {source}, which it imports: see MERGED")
            return None
        wanted = [self._globals[source].get(alias.name) for alias in node.names]
        left = [n for n in wanted if isinstance(n, str) and n not in there]
        there.update(left)
        return _from(file, left)

    def inner_import(self, name, node):
        """What stands for an import from a module of ours within a function."""
        source = self.module(name, node)
        file = self.file_of[source]
        for alias in node.names:
            if alias.name not in self._globals[source]:
                raise CompactError(f"{name}: {source} has no {alias.name}; import names, not "
                                   "modules")
        pairs = [(self._globals[source][alias.name], alias.asname or alias.name)
                 for alias in node.names]
        if file == self.file_of[name] or not all(isinstance(new, str) for new, _ in pairs):
            raise CompactError(f"{name}: {source} is loaded with it: import at the top")
        return ast.ImportFrom(_dotted(file), [ast.alias(new, local) for new, local in pairs], 0)


class _Lookup(ast.NodeTransformer):
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
                return _constant(found[node.slice.value])
        return node


class _Inner(ast.NodeTransformer):
    """Rewrites the imports of our modules within functions, and texts that name one of them whole:
    forget("microhan.net.dial").
    """

    def __init__(self, program, name):
        self._program = program
        self._name = name

    def visit_ImportFrom(self, node):
        if self._program.module(self._name, node):
            return self._program.inner_import(self._name, node)
        return node

    def visit_Constant(self, node):
        if isinstance(node.value, str) and "." in node.value:
            file = self._program.file_of.get(node.value.replace(".", "/") + ".py")
            return ast.Constant(_dotted(file)) if file else node
        return node


def _is_import(node):
    return isinstance(node, (ast.Import, ast.ImportFrom))


def _import_once(node, there):
    """A foreign import without what `there` has already; None if nothing is left."""
    source = getattr(node, "module", None)
    left = [a for a in node.names if (source, a.name, a.asname) not in there]
    there.update((source, a.name, a.asname) for a in left)
    if source == "micropython":
        left = [a for a in left if a.name != "const"]
    node.names = left
    return node if left else None


def _from(file, wanted):
    if not wanted:
        return None
    return ast.ImportFrom(_dotted(file), [ast.alias(n) for n in dict.fromkeys(wanted)], 0)


def _dotted(file):
    return file[:-len(".py")].replace("/", ".").removesuffix(".__init__")


def _bare(line):
    """`a, b = (b, a)`, as ast writes it, without parentheses: with them MicroPython makes a tuple,
    and native code has none.
    """
    bare = f"{line[2]} = {line[3]}"
    try:
        same = ast.dump(ast.parse(bare)) == ast.dump(ast.parse(f"{line[2]} = ({line[3]})"))
    except SyntaxError:
        same = False  # not one statement, or not one pair of parentheses
    return line[1] + bare if same else line[0]


def _written(value):
    """A table as source; an array by its bytes, which cost the device no list on the way."""
    if isinstance(value, array):
        return f"array({value.typecode!r}, {value.tobytes()!r})"
    return repr(value)


def _constant(value):
    return ast.parse(str(value), mode="eval").body


def constants(trees, module=lambda name, node: None):
    """{module: {NAME: value}} of all `NAME = const(...)` of integers, also of imported ones."""
    found = {name: {} for name in trees}
    for _ in range(3):  # a constant may be made of another module's, and that of a third one's
        for name, tree in trees.items():
            known = found[name]
            given = dict(known)
            for node in tree.body:
                if isinstance(node, ast.ImportFrom) and module(name, node):
                    theirs = found[module(name, node)]
                    given.update((a.asname or a.name, theirs[a.name])
                                 for a in node.names if a.name in theirs)
                elif _is_const(node):
                    value = _value(node.value.args[0], given)
                    if value is not None:
                        known[node.targets[0].id] = given[node.targets[0].id] = value
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


def _module(name, node):
    """The path, without its end, of the module that an import statement names."""
    module = (node.module or "").replace(".", "/")
    if not node.level:
        return module
    folder = posixpath.dirname(name)
    for _ in range(node.level - 1):
        folder = posixpath.dirname(folder)
    return posixpath.join(folder, module).rstrip("/")
