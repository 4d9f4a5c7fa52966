"""Makes one small program of the firmware's modules, for the device: before they are compiled.

Nothing changes but names and where things stand; docs/build.md tells what each step is worth.

* `NAME = const(3)` is written as `3` wherever it is used: mpy-cross does so only within a module,
  and on the device every name that is left costs some 30 bytes in each module that knows it.
* Modules that are loaded together become one file (layout.py): a module alone costs some 300 bytes
  of heap, for its dictionary, its names and what it imports once more. A file that is needed now
  and then leaves: it takes itself out of sys.modules.
* What only our own program knows gets short names (names.py): each different name costs its
  letters and 7 to 14 bytes more for as long as the device runs. So do files.

A traceback of such a program shows short names: tools/build/traceback.py turns them back.
"""

import ast
import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from . import hints, names, unused
from .constants import TABLES, constant, constants, is_const, written
from .layout import LAST, Layout, places
from .rewriting import (
    Inner,
    Lookup,
    bare_exchange,
    dotted,
    from_file,
    import_once,
    is_import,
    meanings,
    module_path,
    note,
    short,
)
from .rom_names import FILES
from .texts import OFTEN, Texts, lasting

APP = "microhan/app.py"
NOTHING = "\n"  # the text of a module that holds none
# The first statement of a file that leaves. A name in front of it holds the module.
LEAVE = "__import__('sys').modules.pop(__name__)"


@dataclass(frozen=True)
class Steps:
    """What is done to the program; worth.py turns them off one by one."""

    merge: bool = True  # modules that are loaded together become one file
    apart: bool = True  # app.py and the tables are files of their own, which leave (layout.APART)
    leave: bool = True  # files that are needed now and then take themselves out of sys.modules
    globals: bool = True  # short names of functions, classes and module variables
    attributes: bool = True  # ... of attributes and methods
    arguments: bool = True  # ... of arguments
    files: bool = True  # ... of files
    rom: bool = True  # short names are those that MicroPython has in ROM
    distinct: bool = True  # private names differ within a file, so that a traceback is plain
    texts: bool = True  # short texts of files that leave are no names
    bare: bool = True  # classes without __module__ and __qualname__
    no_lines: bool = True  # mpy-cross leaves out the numbers of lines
    constructors: bool = True  # app.py frees those that run once
    strip: bool = True  # third-party modules without what we never call (unused.py)


# Modules stay apart, under their own names: for tests that reach into them. Constants are written
# out all the same, since native code knows no others.
WHOLE = Steps(**{**dict.fromkeys(Steps.__dataclass_fields__, False), "no_lines": True})


class CompactError(Exception):
    """The sources cannot be made one program; the text says which statement, and why."""


def compact(sources: dict[str, str], foreign: Iterable[str] = (), words: Iterable[str] = (),
            steps: Steps | None = None) -> tuple[dict[str, str], dict[str, list[str]]]:
    """(files, meanings): `files` {name on the device: text}, made smaller.

    `sources` is {name like "microhan/hub/hub.py": text}; `foreign`: texts of programs that use
    names of ours (main.py, the twin's Board); `words`: attributes that keep their names
    `meanings` is {short name: what it was, in words}.
    """
    program = Program(sources, foreign, words, steps or Steps())
    return {program.place_of[f]: program.text(f) for f in program.parts}, program.meanings


class Program:
    """All modules: `parts` is {file: its modules}, `place_of` {file: its name on the device}."""

    def __init__(self, sources: dict[str, str], foreign: Iterable[str], words: Iterable[str],
                 steps: Steps) -> None:
        self.trees: dict[str, Any] = {
            name: hints.without(unused.left_out(name, text) if steps.strip else text)
            for name, text in sources.items()}
        trees = self.trees
        if not steps.constructors and APP in trees:
            unused.uncall(trees[APP], "_free_constructors")
        self._steps = steps
        self._names = names.pool if steps.rom else names.plain_pool
        self.functions: dict = {}  # {file: {short name: [[what it was, names that it uses], ...]}}
        self.tables = tables = {name: self._run(name) for name in TABLES
                                if name in trees and steps != WHOLE}
        for name in trees.keys() - tables.keys():
            trees[name] = Lookup(self, name, tables).visit(trees[name])
        used = self._used() if tables else set()
        for name, space in tables.items():
            trees[name] = self._results(name, space, used)
        self._constants = constants(trees, self.module)
        known = set().union(*map(names.identifiers, foreign))
        self._lay_out(foreign)
        self._keywords = names.passed_by_keyword(trees)
        self._attributes: dict[str, dict[str, str]] = {name: {} for name in trees}
        if steps.attributes:
            self._attributes = names.attributes(
                trees, foreign, words, self._kin(), self._names,
                self.file_of if steps.distinct else None, LAST)
        self._globals = self._name_globals(known)
        self.meanings = meanings(trees, self._globals, self._attributes)
        self._lasting = lasting(tree for name, tree in trees.items()
                                if self.file_of[name] not in self._seldom)

    def _lay_out(self, foreign):
        """Which module lies in which file."""
        self.file_of = {name: name for name in self.trees}
        self.leaving = set()
        self.kept = set()  # those of them whose end says whether they leave (build/__init__.py)
        self._seldom = set()  # files whose short texts are no names
        entries = {found for text in foreign for node in ast.walk(ast.parse(text))
                   if is_import(node) for found in self._named(node)}
        for name in list(entries):  # whoever imports a module imports its packages
            folders = [name[:at] for at, letter in enumerate(name) if letter == "/"]
            entries.update(f"{folder}/__init__.py" for folder in folders)
        self._entries = set(self.trees)
        if self._steps.merge or self._steps.leave:
            top, lazy = self._imports()
            layout = Layout(top, lazy, entries, None if self._steps.apart else {},
                            not self._steps.merge)
            self.file_of = layout.file_of
            self.leaving = layout.leaving if self._steps.leave else set()
            self.kept = layout.kept & self.leaving
            self._seldom = layout.leaving if self._steps.texts else set()
            self._entries = layout.entries
        self.parts = {}
        for name, file in self.file_of.items():
            self.parts.setdefault(file, []).append(name)
        self.place_of = places(self.parts, self._entries, FILES if self._steps.files else ())

    def _named(self, node):
        """The modules of ours that an import statement of a foreign program names."""
        paths = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module]
        return [path.replace(".", "/") + end for path in paths for end in (".py", "/__init__.py")
                if path.replace(".", "/") + end in self.trees]

    def _imports(self):
        """({module: modules that it imports at its top}, {module: those elsewhere}): only where
        something is left to import, for constants and unused results of tables are not."""
        top, lazy = {}, {}
        for name, tree in self.trees.items():
            top[name], lazy[name] = [], []
            for node in ast.walk(tree):
                source = isinstance(node, ast.ImportFrom) and self.module(name, node)
                if source and any(self._is_real(source, alias.name) for alias in node.names):
                    (top if node in tree.body else lazy)[name].append(source)
        return top, lazy

    def _is_real(self, source, wanted):
        module, name = self.origin(source, wanted)
        there = names.bound(self.trees[module])
        return name not in self._constants[module] and name in there

    def globals_of(self, name: str) -> dict[str, Any]:
        """{global name of module `name`: new name, or the constant that stands for it}."""
        return self._globals[name]

    def attributes_of(self, name: str) -> dict[str, str]:
        """{attribute: new name} in module `name`."""
        return self._attributes[name]

    def translated(self, text: str) -> str:
        """A program that uses ours by its old names, public ones only, in the new ones."""
        tree = ast.parse(text)
        for node in [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]:
            for name in self._named(node):
                node.module = dotted(self.place_of[self.file_of[name]])
                for alias in node.names:
                    alias.asname = alias.asname or alias.name
                    alias.name = self._globals[name][alias.name]
        shared = set.intersection(*(set(map_.items()) for map_ in self._attributes.values()))
        return ast.unparse(names.Renamer({}, dict(shared), (), False, False).visit(tree))

    def origin(self, name: str, wanted: str) -> tuple[str, str]:
        """(module, name there) of what the name `wanted` in module `name` was imported as."""
        for source, alias in self._taken(name, self.trees[name].body):
            if (alias.asname or alias.name) == wanted:
                return self.origin(source, alias.name)
        return name, wanted

    def _taken(self, name, nodes):
        """(module, alias) of each name of ours that these nodes of module `name` import."""
        for node in nodes:
            source = self.module(name, node) if isinstance(node, ast.ImportFrom) else None
            for alias in node.names if source else ():
                yield source, alias

    def _kin(self):
        """Pairs of modules: a class of the first derives from one of the second."""
        classes = [(name, node) for name, tree in self.trees.items() for node in ast.walk(tree)
                   if isinstance(node, ast.ClassDef)]
        return [(name, other) for name, node in classes for base in node.bases
                       if isinstance(base, ast.Name)
                       for other in [self.origin(name, base.id)[0]] if other != name]

    def _used(self):
        """{(module, name there)} of what the modules that are no tables use of each other."""
        mine = {name: tree for name, tree in self.trees.items() if name not in TABLES}
        return {self.origin(name, one) for name, tree in mine.items() for one in {
            node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}} | {
            self.origin(source, alias.name) for name, tree in mine.items() for part in tree.body
            if not isinstance(part, ast.ImportFrom)
            for source, alias in self._taken(name, ast.walk(part))}

    def _results(self, name, space, used):
        """The module `name` as assignments of what is used of it: of (module, name there)."""
        constant = {node.targets[0].id for node in self.trees[name].body if is_const(node)}
        return ast.parse("from array import array\n" + "\n".join(
            f"{n} = const({space[n]!r})" if n in constant else f"{n} = {written(space[n])}"
            for n in sorted(n for module, n in used if module == name and n in space)))

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
                for alias in getattr(node, "names", ()) if is_import(node) else ():
                    bound = (alias.asname or alias.name).split(".")[0]
                    imported.setdefault(name, set()).add(bound)
        shared = self._name_shared(names.locals_of(self.trees).union(foreign, *imported.values()))
        free = {}  # for what one file alone knows
        for file, parts in self.parts.items():
            taken = names.locals_of({part: self.trees[part] for part in parts}).union(
                foreign, shared.values(), self._methods(parts),
                *(imported.get(part, ()) for part in parts))
            free[file] = self._names(taken, self._in_table(parts))
        found = {}
        for name, tree in self.trees.items():
            file = self.file_of[name]
            found[name] = mine = {}
            for old in sorted(names.bound(tree) - imported.get(name, set())):
                if old in self._constants[name]:
                    mine[old] = constant(self._constants[name][old])
                elif (self._steps.globals and not old.startswith("__")
                      and not (name in self._entries and old in foreign)):
                    mine[old] = shared.get((name, old)) or next(free[file])
                else:
                    mine[old] = old
        for name, tree in self.trees.items():
            for node in tree.body:
                if isinstance(node, ast.ImportFrom) and self.module(name, node):
                    for alias in node.names:
                        self._follow(found, name, self.module(name, node), alias)
        return found

    def _name_shared(self, taken):
        """{(module, global name): new name} of what goes from file to file."""
        made, found, spare = self._names(taken), {}, []
        for name, old in sorted(self._exported(), key=lambda one: (one[0].startswith(LAST), one)):
            methods = self._methods(self.parts[self.file_of[name]])
            new = next((n for n in spare if n not in methods), None)
            if new:
                spare.remove(new)
            else:
                new = next(made)
                while new in methods:
                    spare.append(new)
                    new = next(made)
            found[name, old] = new
        return found

    def _methods(self, parts):
        """The new names of these modules' methods: with `distinct` no function has one of them."""
        if not self._steps.distinct:
            return set()
        return {self._attributes[part].get(name, name) for part in parts
                for name in names.methods_of([self.trees[part]])}

    def _in_table(self, parts):
        """The attributes in a file of these modules: its table of names has them already."""
        return sorted({self._attributes[part].get(node.attr, node.attr) for part in parts
                       for node in ast.walk(self.trees[part])
                       if isinstance(node, ast.Attribute) and not node.attr.startswith("__")})

    def _exported(self):
        """{(module, global name)} of all that another file imports."""
        return {self.origin(source, alias.name) for name, tree in self.trees.items()
                for source, alias in self._taken(name, ast.walk(tree))
                if self.file_of[source] != self.file_of[name]
                and self._is_real(source, alias.name)}

    def _follow(self, found, name, source, alias):
        """Give an imported name the new name of what it stands for."""
        if alias.name not in found[source]:  # imported there, too
            for theirs, other in self._taken(source, self.trees[source].body):
                if (other.asname or other.name) == alias.name:
                    self._follow(found, source, theirs, other)
        if alias.name in found[source]:
            found[name][alias.asname or alias.name] = found[source][alias.name]
        elif self.origin(source, alias.name)[0] not in TABLES:
            raise CompactError(f"{name}: {source} has no {alias.name}; import names, not modules")

    def module(self, name: str, node: Any) -> str | None:
        """The module of ours that an import statement of module `name` names, or None."""
        path = module_path(name, node)
        for end in (".py", "/__init__.py"):
            if path + end in self.trees:
                return path + end
        if node.level:
            raise CompactError(f"{name}: line {node.lineno}: import names, not modules")
        return None

    def text(self, file: str) -> str:
        """The text of one file."""
        body = []
        there: set = set()
        start = ""
        told: dict[str, list] = {}
        self.functions[file] = told
        for name in self.parts[file]:
            renamer = names.Renamer(self._globals[name], self._attributes[name], self._keywords,
                                    self._steps.arguments, self._steps.bare, self._names)
            inner = Inner(self, name)
            for node in self.trees[name].body:
                if isinstance(node, ast.ImportFrom) and self.module(name, node):
                    node = self._import(name, node, there)
                elif is_import(node):
                    node = import_once(node, there)
                elif is_const(node) and node.targets[0].id in self._constants[name]:
                    node = None
                elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
                    if is_const(node):  # no integer, or not known here
                        node.value = node.value.args[0]
                    node = renamer.visit(inner.visit(node))
                    note(ast.Module([node], []), short(name), told)
                else:
                    node = None
                if node:
                    body.append(node)
            if inner.asks:
                start = "__name__ = "
        tree = ast.Module(body, [])
        if file in self._seldom:
            tree = Texts(tree, self._lasting, file in OFTEN).visit(tree)
        if body and file in self.leaving - self.kept:
            body[:0] = ast.parse(start + LEAVE).body
        text = ast.unparse(ast.fix_missing_locations(tree))
        return re.sub(r"(?m)^( *)(.+) = \((.+)\)$", bare_exchange, text) + NOTHING

    def _import(self, name, node, there):
        """The import that is left of one from another module of ours; None if nothing."""
        source = self.module(name, node)
        file = self.file_of[source]
        if file == self.file_of[name]:
            return None
        wanted = [self._globals[source].get(alias.name) for alias in node.names]
        left = [n for n in wanted if isinstance(n, str) and n not in there]
        there.update(left)
        return from_file(self.place_of[file], left)

    def inner_import(self, name: str, node: Any) -> ast.ImportFrom:
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
        return ast.ImportFrom(
            dotted(self.place_of[file]), [ast.alias(new, local) for new, local in pairs], 0)
