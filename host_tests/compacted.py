"""A pytest plugin: `microhan` is the program that tools/build makes of it, under its old names.

    PYTHONPATH=host_tests .venv/bin/python -m pytest -p compacted host_tests/test_hub.py …

The build merges modules, writes constants out and renames globals, arguments and attributes. Here
the whole firmware is made so, for CPython, and the tests' `from microhan.hub.hub import Hub` gives
what became of it: a Renamed stands for each module, and each class of the program knows its
attributes by their old names, too (Old). So every test that runs on CPython runs on the build's
output. What differs from the device's text: the short names (unlike any old one, so that both can
stand in one object), attributes that the tests' own stand-ins have (they keep their names),
constants that a test changes (they stay variables), and net/wait.py, which is the shim's.
"""

import ast
import dataclasses
import importlib
import importlib.abc
import importlib.machinery
import inspect
import re
import shutil
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import shim

import build
from build import names, vendor

HERE = Path(__file__).resolve().parent
WAITS = "microhan/net/wait.py"


class Old:
    """An attribute under its old name."""

    def __init__(self, name):
        self._name = name

    def __get__(self, one, kind):
        return getattr(kind if one is None else one, self._name)

    def __set__(self, one, value):
        setattr(one, self._name, value)

    def __delete__(self, one):
        delattr(one, self._name)


class Renamed(type(sys)):
    """A module of ours under its old name: what it had, from the file that it has become."""

    def __getattr__(self, name):
        if name.startswith("__") and name != "__file__":
            raise AttributeError(name)
        file, new = self.__spec__.loader.found(self.__name__, name)
        return getattr(file, new) if isinstance(new, str) else ast.literal_eval(new)

    def __setattr__(self, name, value):
        if name.startswith("__") or isinstance(value, Renamed):
            return super().__setattr__(name, value)
        loader = self.__spec__.loader
        file, new = loader.found(self.__name__, name)
        own = loader.file(self.__name__)
        file = own if hasattr(own, new) else file  # it may have imported the name
        loader.first.setdefault((self, name), getattr(file, new))
        setattr(file, new, value)

    def __delattr__(self, name):
        """What monkeypatch does to undo: a name that no module's own dictionary has."""
        if name in vars(self):
            super().__delattr__(name)
        else:
            setattr(self, name, self.__spec__.loader.first[self, name])


class Compacted(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds and loads Renamed modules of a compact.Program whose files lie in `folder`."""

    def __init__(self, program, folder):
        self.program = program
        self.first = {}  # {(module, name): what it was before a test changed it}
        sys.path.insert(0, str(folder))

    def find_spec(self, name, path=None, target=None):
        label = self._label(name)
        if label or any(n.startswith(name.replace(".", "/") + "/") for n in self.program.trees):
            folder = not label or label.endswith("__init__.py")
            return importlib.machinery.ModuleSpec(name, self, is_package=folder)
        return None

    def create_module(self, spec):
        return Renamed(spec.name)

    def exec_module(self, module):
        if self._label(module.__name__):
            self._file(self._label(module.__name__))

    def found(self, name, wanted):
        """(file module, new name or node) of what module `name` calls `wanted`."""
        label = self._label(name)
        module, there = self.program.origin(label, wanted)
        new = self.program.globals_of(module).get(there)
        if new is None and there in self.program.tables.get(module, ()):
            return SimpleNamespace(**self.program.tables[module]), there  # no longer needed
        # or imported from elsewhere: `socket`
        return self._file(module if new else label), new or wanted

    def file(self, name):
        """The file module that module `name` has become part of."""
        return self._file(self._label(name))

    def _label(self, name):
        path = name.replace(".", "/")
        return next((path + end for end in (".py", "/__init__.py")
                     if path + end in self.program.trees), "")

    def _file(self, label):
        return importlib.import_module(_flat(self.program.file_of[label])[:-len(".py")])

    def alias(self, file, space):
        """The last thing that a file does: its classes get their old attributes."""
        for label in self.program.parts[file]:
            for node in self.program.trees[label].body:
                if isinstance(node, ast.ClassDef):
                    for old, new in self.program.attributes_of(label).items():
                        if old != new and old not in vars(space[node.name]):
                            setattr(space[node.name], old, Old(new))


def _flat(file):
    return file.replace("/", "_")


def tests_words():
    """(attributes of the tests' own objects, keywords they call by, constants they change)."""
    attributes, keywords, changed = set(), set(), set()
    for path in [*HERE.glob("*.py"), *(HERE / "../tools").rglob("*.py")]:
        text = path.read_text()
        changed.update(re.findall(r'setattr\(\w+, "(_?[A-Z][A-Z_]+)"', text))
        changed.update(re.findall(r"\w+\.(_?[A-Z][A-Z_]+) = ", text))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                attributes |= names.bound(node)
                attributes |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)
                               and isinstance(n.ctx, ast.Store)}
            elif isinstance(node, ast.Call):
                keywords |= {k.arg for k in node.keywords if k.arg}
                if getattr(node.func, "id", getattr(node.func, "attr", "")) == "SimpleNamespace":
                    attributes |= {k.arg for k in node.keywords if k.arg}
    return attributes, keywords, changed


def program():
    """The firmware as a compact.Program for this Python."""
    attributes, keywords, changed = tests_words()
    wanted = build.sources(vendor.sources(lambda text: None))
    texts = {label: path.read_text() for path, label in wanted.values() if label}
    plain = {name: path.read_bytes() for name, (path, label) in wanted.items() if not label}
    texts[WAITS] = "\n\n".join(["import asyncio", "import shim_tls", inspect.getsource(shim.Bell),
                                inspect.getsource(shim.readable)])
    for name in changed:
        for label, text in texts.items():
            texts[label] = re.sub(rf"(?m)^{name} = const\((.+)\)", rf"{name} = (\1)", text)
    texts["the_tests.py"] = "f(" + ", ".join(f"{k}=1" for k in sorted(keywords)) + ")\n"
    names._FREE = ["zz%d_" % n for n in range(9000)]
    steps = dataclasses.replace(build.STEPS, leave=False)  # CPython wants its modules listed
    return build.program(texts, plain, sorted(attributes), steps), plain


loader = None


def pytest_configure(config):
    """Put the compacted program in the place of the sources."""
    for name in [name for name in sys.modules if name.split(".")[0] == "microhan"]:
        del sys.modules[name]
    made, plain = program()
    folder = Path(tempfile.mkdtemp(prefix="compacted-"))
    config.add_cleanup(lambda: shutil.rmtree(folder))
    for file in made.parts:
        text = re.sub(r"from microhan\.(\w+)", r"from microhan_\1", made.text(file))
        text = text.replace("from microhan import", "from microhan___init__ import")
        text += f"__import__('compacted').loader.alias({file!r}, globals())\n"
        (folder / _flat(file)).write_text(text)
    for name, content in plain.items():
        (folder / Path(name).name).write_bytes(content)
    global loader
    loader = Compacted(made, folder)
    sys.meta_path.insert(0, loader)
