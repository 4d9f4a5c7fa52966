"""Shorter names for the device's program: which name becomes which, and the rewriting.

MicroPython keeps each different name for as long as it runs: the letters, and 7 to 14 bytes more.
What only our own program knows can therefore be called anything, as long as it is called so
everywhere. Three kinds of name, each with rules of its own:

* Globals are followed through scopes and imports, so that modules can be merged into one file.
* Arguments matter to their function alone, unless somebody passes them by keyword.
* Attributes are known by their name only. One keeps its name if MicroPython, the twin's Board or
  a string (getattr) knows it; a private one of one module may share its short name with others.
"""

import ast
import builtins
import io
import itertools
import keyword
import string
import tokenize
from collections.abc import Callable, Container, Iterable, Iterator
from typing import Any

from .rom_names import BUILTIN, FREE, KEPT

# What viper takes for its own types, and a call of such a function for a cast
# (micropython/py/emitnative.c).
_VIPER = {"ptr", "ptr8", "ptr16", "ptr32", "uint"}
_ARGS_LEFT = {"self"}  # asyncio, which is in the image, knows it
# What mpy-cross puts into each class first, and nobody asks for: 16 bytes.
_UNREAD = "del __module__, __qualname__"
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def pool(taken: Container[str] = (), first: Iterable[str] = (),
         builtin: Container[str] = ()) -> Iterator[str]:
    """New names: `first`, then the cheapest, without those of `taken` and without Python's own,
    but for `builtin`."""
    letters = ("".join(two) for two in itertools.product(string.ascii_lowercase, repeat=2))
    for name in dict.fromkeys([*first, *FREE, *string.ascii_lowercase, *letters]):
        if not (keyword.iskeyword(name) or name in taken or name in _VIPER
                or hasattr(builtins, name) and name not in builtin):
            yield name


def identifiers(text: str) -> set[str]:
    """Every name in a program's text."""
    return {token.string for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type == tokenize.NAME}


def strings(tree: ast.AST) -> set[str]:
    """Every text constant that is no docstring."""
    words = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)
            and isinstance(node.value, str) and id(node) not in words}


def bound(node: Any) -> set[str]:
    """The names that the scope of `node` (module, class, function, comprehension) binds itself."""
    names = set()
    outer = set()
    if isinstance(node, _FUNCTIONS):
        a = node.args
        names |= {arg.arg for arg in [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg]
                  if arg}
        body = node.body if isinstance(node.body, list) else [node.body]
    elif isinstance(node, _COMPREHENSIONS):
        body = [generator.target for generator in node.generators]
    else:
        body = node.body
    left = list(body)
    while left:
        one = left.pop()
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(one.name)
            continue
        if isinstance(one, (ast.Lambda, *_COMPREHENSIONS)):
            continue
        if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load):
            names.add(one.id)
        elif isinstance(one, ast.alias):
            names.add((one.asname or one.name).split(".")[0])
        elif isinstance(one, ast.ExceptHandler) and one.name:
            names.add(one.name)
        elif isinstance(one, (ast.Global, ast.Nonlocal)):
            outer.update(one.names)
        left.extend(ast.iter_child_nodes(one))
    return names - outer


def plain_pool(taken: Container[str] = (), first: Iterable[str] = (),
               builtin: Container[str] = ()) -> Iterator[str]:
    """As pool(), and none of them in ROM: to measure what those are worth."""
    for n in itertools.count():
        if f"x{n}" not in taken:
            yield f"x{n}"


def attributes(trees: dict[str, Any], foreign: Iterable[str], words: Iterable[str],
               kin: Iterable[tuple[str, str]] = (), pool: Callable[..., Iterator[str]] = pool,
               file_of: dict[str, str] | None = None) -> dict[str, dict[str, str]]:
    """{module: {attribute: short name}} of all attributes that only our program knows.

    `trees` {module: tree}; `foreign`: texts of programs that know our names (main.py, the twin);
    `words`: what may be given to getattr besides our own strings; `kin`: pairs of modules of
    which one has a class that derives from the other's, so that one object has the names of both;
    `file_of` {module: file}: no two private methods of a file shall have one name.
    """
    kept = KEPT | set(words)
    for text in foreign:
        kept |= identifiers(text)
    defined: dict = {}  # attribute: modules that make it
    users: dict = {}  # attribute: modules that use it
    reached = set()  # attributes of anything but `self`
    for name, tree in trees.items():
        kept |= strings(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                users.setdefault(node.attr, set()).add(name)
                if getattr(node.value, "id", "") != "self":
                    reached.add(node.attr)
                elif not isinstance(node.ctx, ast.Load):
                    defined.setdefault(node.attr, set()).add(name)
            elif isinstance(node, ast.ClassDef):
                for attribute in bound(node):
                    defined.setdefault(attribute, set()).add(name)
    ours = {n for n in defined if n not in kept and not n.startswith("__")}
    private = {n for n in ours - reached
               if n.startswith("_") and users.get(n, set()) <= defined[n]}
    known = set(users) - ours
    builtin = BUILTIN - _read_in_class_bodies(trees.values())
    out = _private(trees, {n: defined[n] for n in private}, families(trees, kin), file_of,
                   lambda taken: pool(known.union(taken), builtin=builtin))
    gone = {new for map_ in out.values() for new in map_.values()}
    # First the names that most modules spell: they get the shortest, and those in ROM.
    shared = dict(zip(sorted(ours - private, key=lambda n: (-len(users.get(n, ())), n)),
                      pool(known | gone, builtin=builtin)))
    for name in trees:
        out[name].update(shared)
    return out


def _read_in_class_bodies(trees):
    """The names that class bodies read, outside of their functions."""
    left = [node for tree in trees for class_ in ast.walk(tree) if isinstance(class_, ast.ClassDef)
            for node in class_.body]
    found = set()
    while left:
        node = left.pop()
        if isinstance(node, ast.Name):
            found.add(node.id)
        left += ([*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
                 if isinstance(node, DEFINITIONS) else ast.iter_child_nodes(node))
    return found


def _private(trees, defined, family, file_of, pool):
    """{module: {private attribute: short name}}. `defined` {attribute: modules that make it}."""
    out = {}
    in_file = {}  # {file: new names of its private methods}
    for name in trees:
        if name in out:
            continue
        mine = sorted(n for n in defined if family[name] & defined[n])
        files = {file_of[one] for one in family[name]} if file_of else ()
        methods = methods_of(trees[one] for one in family[name]) if file_of else ()
        # a method's name first: it is told apart from all others of its files
        taken = set().union(*(in_file.setdefault(file, set()) for file in files))
        new = {}
        for old in sorted(mine, key=lambda n: n not in methods):
            new[old] = next(pool(taken.union(new.values()) if old in methods else new.values()))
            if old in methods:
                for file in files:
                    in_file[file].add(new[old])
        for one in family[name]:
            out[one] = dict(new)
    return out


def methods_of(trees: Iterable[ast.AST]) -> set[str]:
    """The names of all functions in classes."""
    return {inner.name for tree in trees for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) for inner in node.body
            if isinstance(inner, DEFINITIONS)}


def families(modules: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """{module: set of the modules that it is joined with}, over however many pairs.

    Two classes of one base are joined by it: what one of them overrides, the other must not name
    otherwise. So all modules of a family share one set.
    """
    family = {name: {name} for name in modules}
    for one, other in pairs:
        if family[one] is not family[other]:
            family[one] |= family[other]
            for name in family[other]:
                family[name] = family[one]
    return family


def passed_by_keyword(trees: dict[str, Any]) -> set[str]:
    """Every name that a call gives an argument by, but for calls of a module's: machine.UART()."""
    found = set()
    for tree in trees.values():
        modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import)
                   for alias in node.names}
        found |= {k.arg for node in ast.walk(tree) if isinstance(node, ast.Call)
                  and getattr(getattr(node.func, "value", None), "id", "") not in modules
                  for k in node.keywords if k.arg}
    return found


def locals_of(trees: dict[str, Any]) -> set[str]:
    """Every name that some function, class or comprehension binds, and MicroPython's own."""
    names = set(dir(builtins))
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, (*_FUNCTIONS, *_COMPREHENSIONS)):
                names |= bound(node)
    return names


class Renamer(ast.NodeTransformer):
    """Rewrites one module's tree.

    `globals`: {global name: its new name, or the ast node that stands for it}; `attributes`:
    {attribute: new name}; `keywords`: names of arguments that must stay; `arguments`: whether
    any is to become shorter; `bare`: whether classes lose what mpy-cross tells of them. What a
    definition was called stands in its node as `was`.
    """

    def __init__(self, globals_: dict[str, Any], attributes_: dict[str, str],
                 keywords: Container[str], arguments: bool = True, bare: bool = True,
                 pool: Callable[..., Iterator[str]] = pool) -> None:
        self._globals = globals_
        self._attributes = attributes_
        self._keywords = keywords
        self._short = arguments
        self._bare = bare
        self._pool = pool
        self._scopes: list = []
        self._args: dict = {}

    def _inside(self, node, parts):
        """Visit `parts` (lists or nodes) within the scope of `node`."""
        outermost = self._short and isinstance(node, _FUNCTIONS) and not any(
            isinstance(scope, _FUNCTIONS) for scope, _ in self._scopes)
        if outermost:
            self._args = self._arguments(node)
        self._scopes.append((node, bound(node)))
        done = [[self.visit(n) for n in part] if isinstance(part, list) else self.visit(part)
                for part in parts]
        self._scopes.pop()
        if outermost:
            self._args = {}
        return done

    def _arguments(self, node):
        """{argument: short name} of a function and all those inside it."""
        inside = list(ast.walk(node))
        names = [n.arg for n in inside if isinstance(n, ast.arg)]
        used = {n.id for n in inside if isinstance(n, ast.Name)} - set(names)
        for name in list(used):
            new = self._globals.get(name)
            used.add(new if isinstance(new, str) else name)
        for n in inside:
            used |= bound(n) - set(names) if isinstance(n, (*_FUNCTIONS, *_COMPREHENSIONS)) \
                else set()
        left = [n for n in dict.fromkeys(names)
                if n not in self._keywords and n not in _ARGS_LEFT]
        stay = set(names) - set(left)
        # a global of the same name as some argument inside: by its new name
        for name in names:
            new = self._globals.get(name)
            if isinstance(new, str):
                used.add(new)
        return dict(zip(left, self._pool(used | stay)))

    def name(self, name: str) -> Any:
        """What a name means here: a new name, or a node."""
        innermost = True
        for node, names in reversed(self._scopes):
            is_class = isinstance(node, ast.ClassDef)
            if name in names and (innermost or not is_class):
                if is_class:
                    return self._attributes.get(name, name)
                return self._args.get(name, name)
            innermost = innermost and not isinstance(node, (*_FUNCTIONS, ast.ClassDef))
        return self._globals.get(name, name)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        new = self.name(node.id)
        return ast.copy_location(ast.Name(new, node.ctx) if isinstance(new, str) else new, node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        node.attr = self._attributes.get(node.attr, node.attr)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        self.generic_visit(node)
        node.arg = self._args.get(node.arg, node.arg)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.generic_visit(node)
        node.name = node.name and self.name(node.name)
        return node

    def visit_Global(self, node: ast.Global) -> ast.AST:
        node.names = [self._globals.get(name, name) for name in node.names]
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        node.names = [self._args.get(name, name) for name in node.names]
        return node

    def visit_Import(self, node: ast.Import) -> ast.AST:
        for alias in node.names:
            old = alias.asname or alias.name.split(".")[0]
            new = self.name(old)
            if new != old:
                alias.asname = new
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        for alias in node.names:
            old = alias.asname or alias.name
            new = self.name(old)
            alias.asname = new if new != alias.name else None
        return node

    def _function(self, node):
        args = node.args
        args.defaults = [self.visit(n) for n in args.defaults]
        args.kw_defaults = [n and self.visit(n) for n in args.kw_defaults]
        if not isinstance(node, ast.Lambda):
            node.decorator_list = [self.visit(n) for n in node.decorator_list]
            node.returns = node.returns and self.visit(node.returns)
            node.was = node.name
            node.name = self.name(node.name)
        arguments = [*args.posonlyargs, *args.args, *args.kwonlyargs,
                     *filter(None, (args.vararg, args.kwarg))]
        node.body = self._inside(node, [arguments, node.body])[1]
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _function

    def visit_ClassDef(self, node: Any) -> ast.AST:
        node.bases = [self.visit(n) for n in node.bases]
        node.keywords = [self.visit(n) for n in node.keywords]
        node.decorator_list = [self.visit(n) for n in node.decorator_list]
        node.was = node.name
        node.name = self.name(node.name)
        node.body = self._inside(node, [node.body])[0]
        if self._bare:
            node.body.insert(0, ast.parse(_UNREAD).body[0])
        return node

    def _comprehension(self, node):
        fields = [name for name, _ in ast.iter_fields(node)]
        done = self._inside(node, [getattr(node, name) for name in fields])
        for name, value in zip(fields, done):
            setattr(node, name, value)
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension
