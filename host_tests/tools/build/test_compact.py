"""tools/build/compact.py and names.py: smaller for the device, the same to everyone else."""

import importlib
import subprocess
import sys

import pytest

import build
import shim  # noqa: F401 - MicroPython's dialect for CPython
from build import bytecode, compact, layout, names, rom_names, unused
from fixtures import needs

ONE = '''"""A module."""
from micropython import const

BIG = const(3)
_OWN = const(BIG + 1)
TWICE = const(BIG << 1)
TABLE = {"a": 1}
text = "BIG"


class Thing:
    LIMIT = 7

    def __init__(self, first=BIG):
        self._queue = [BIG]
        self.size = first
        self.shape = 0

    def push(self, item, *, deep=2):
        """BIG words."""
        self._queue.append(_OWN + item + deep)
        return getattr(self, "named")

    named = 5


def total(things):
    return sum([thing.size for thing in things])
'''
TWO = '''from .one import (
    BIG,
    TWICE,
    Thing,
    total as total_of,
)


def f(x=BIG, size=1):
    """BIG stays in words."""
    total = lambda item: item.size + size
    thing = Thing(x)
    thing.push(TWICE, deep=9)
    return thing._queue, total(thing), total_of([thing, thing]), thing.LIMIT


def later():
    from .three import answer
    return answer()
'''
THREE = "from .one import TWICE\n\n\ndef answer():\n    return TWICE\n"
SOURCES = {"microhan/__init__.py": "", "microhan/one.py": ONE, "microhan/two.py": TWO,
           "microhan/three.py": THREE}
# What leaves sys.modules at once is no module to CPython.
STAYING = compact.Steps(leave=False, files=False)


def written(folder, sources, **how):
    """Put the compacted program into `folder`; returns (files, {what it was: short name})."""
    files, meanings = compact.compact(sources, steps=STAYING, **how)
    for name, text in files.items():
        path = folder / name.replace("microhan", "tiny")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("from microhan", "from tiny"))
    return files, {told: short for short, all_ in meanings.items() for told in all_}


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Imports a module of the compacted program, which goes by the package name `tiny`."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield lambda name: importlib.import_module("tiny." + name)
    for name in [name for name in sys.modules if name.split(".")[0] == "tiny"]:
        del sys.modules[name]


def test_the_small_program_does_the_same(tmp_path, tiny):
    files, short = written(tmp_path, SOURCES)
    assert set(files) == {"microhan/__init__.py", "microhan/two.py", "three.py"}
    core = files["microhan/two.py"]
    for gone in ("const", "TWICE", "_OWN", "_queue", "Thing", "total_of"):
        assert gone not in core.replace('"""BIG words."""', ""), gone
    assert "'BIG'" in core  # a text
    program = tiny("two")
    f = getattr(program, short["two:f"])
    assert f() == ([3, 4 + 6 + 9], 4, 6, 7)
    assert f(5, 2) == ([3, 19], 7, 10, 7)
    assert getattr(program, short["two:later"])() == 6


def test_what_others_know_keeps_its_name(tmp_path):
    foreign = "import microhan.three\nmicrohan.three.answer()\nthing.shape = 1\n"
    files, _ = written(tmp_path, SOURCES, foreign=[foreign], words=["LIMIT"])
    core = files["microhan/two.py"]
    assert ".shape" in core and "LIMIT = 7" in core and "named = 5" in core
    assert ".size" not in core and "deep=2" in core  # deep is given by keyword
    assert "def answer" in files["microhan/three.py"]


def test_private_names_are_shared_only_where_nobody_else_reaches_in():
    sources = {"microhan/a.py": "class A:\n    def _x(self):\n        self._y = self._only = 1\n",
               "microhan/b.py": "class B:\n    def f(self, a):\n        self._z = 2\n"
                                "        return a._x(), a._y\n"}
    files, _ = compact.compact(sources)
    a, b = files["microhan/a.py"], files["microhan/b.py"]
    method = a.split("def ")[1].split("(")[0]
    assert f"a.{method}()" in b or f".{method}()" in b
    own = b.split("self.")[1].split(" ")[0]
    assert own in a and own != method  # _z has the short name that _only has there


def test_scopes_are_followed():
    text = """x = 1
y = [x for x in range(3)]

def f(x, g=lambda x: x + 1):
    def inner(y):
        nonlocal x
        x += y
        return x
    try:
        return inner(g(x))
    except ValueError as y:
        return y

def g():
    global x
    x = 5
    return x, y

class C:
    x = 2
    y = x

    def x_of(self):
        return self.x, x
"""
    (small,) = compact.compact({"microhan/a.py": text})[0].values()
    for one in (text, small):
        space = {}
        exec(one, space)
        functions = [v for k, v in space.items() if callable(v) and k != "__builtins__"]
        f, g, c = functions
        assert f(3) == 7 and g() == (5, [0, 1, 2])
        thing = c()
        method = next(n for n in vars(c) if callable(getattr(thing, n)) and n[:2] != "__")
        assert getattr(thing, method)() == (2, 5)


def test_tables_are_run_here_and_written_out(monkeypatch):
    monkeypatch.setattr(compact, "TABLES", ("microhan/table.py",))
    sources = {
        "microhan/table.py": "ROWS = ('a', 'b')\nSUM = sum(map(len, ROWS))\n"
                             "INDEX = {n: i for i, n in enumerate(ROWS)}\nBYTES = bytes([1, 2])\n",
        "microhan/user.py": "from .table import BYTES, INDEX, SUM\n\n\ndef f():\n"
                            "    return INDEX['b'], SUM, BYTES\n"}
    core = compact.compact(sources)[0]["microhan/user.py"]
    assert "b'\\x01\\x02'" in core and "{" not in core and "return (1, " in core


@pytest.mark.parametrize(("sources", "words"), [
    ({"a": "from . import b\n", "b": "x = 1\n"}, "names, not modules"),
    ({"a": "from .b import x\ny = []\n", "b": "from .a import y\nx = y\n"},
     "a circle of imports: microhan/a.py -> microhan/b.py -> microhan/a.py"),
    ({"a": "from .c import x\n", "b": "from .c import x\n", "c": "x = []\n"},
     "c.py is imported at the top of microhan/a.py, microhan/b.py, and no file"),
    ({"a": "def f():\n    from .b import x\n    from .c import y\n", "b": "x = []\n",
      "c": "from .b import x\ny = x\n"}, "c.py, microhan/a.py import from b.py, which leaves"),
])
def test_what_cannot_be_done_is_told(sources, words):
    with pytest.raises((compact.CompactError, layout.LayoutError), match=words):
        compact.compact({f"microhan/{name}.py": text for name, text in sources.items()})


def test_no_name_that_micropython_knows_is_changed():
    """An attribute of ours that is named like one of MicroPython's must be in names.KEPT."""
    command = needs.micropython()
    told = subprocess.run([*command, "-c", KNOWN], capture_output=True, text=True)
    known = set(told.stdout.split())
    assert {"drain", "done", "cancel", "setsockopt", "readinto"} <= known, told
    known |= set("active config connect disconnect isconnected ifconfig status feed memory "
                 "datetime baudrate any init deinit irq reset "
                 "reset_cause".split())  # the ESP32's own
    meanings = build.firmware().meanings
    changed = {told.split(":")[1] for name, all_ in meanings.items() for told in all_
               if told.split(":")[1] != name and "." in told.split(":")[0]}
    assert not changed & known


KNOWN = """
import asyncio.stream, _asyncio, builtins, io, select, socket, sys, time, os, gc, json, errno, tls
import array, binascii, hashlib, random, struct, micropython, cryptolib
found = set()
def g():
    yield
things = ["", b"", bytearray(), [], (), {}, set(), 1, memoryview(b""), g(), OSError(),
          hashlib.sha256(), select.poll(), socket.socket(), array.array("i"), io.BytesIO(),
          tls.SSLContext(tls.PROTOCOL_TLS_CLIENT), asyncio.Event(), asyncio.Lock(), g,
          asyncio.StreamReader(None), asyncio.core._io_queue, _asyncio.Task(g()), builtins]
for thing in things + list(sys.modules.values()):
    found.update(dir(thing))
found.update(("done", "cancel", "coro", "data"))  # Task tells nobody what it has
print(" ".join(found))
"""


def test_no_file_has_the_name_of_a_module_of_micropython():
    command = needs.micropython()
    own = [file.removesuffix(".py") for file in build.firmware().place_of.values()
           if "/" not in file] + list(rom_names.FILES)
    program = f"""
for name in {own}:
    try:
        __import__(name)
        print(name)
    except ImportError:
        pass
"""
    assert subprocess.run([*command, "-c", program], capture_output=True).stdout == b""
    # behind a u it looks for a module without it, and keeps that name
    assert not [name for name in own if name.startswith("u")]
    # what the ESP32 has besides
    assert not {"dht", "mip", "ntptime", "machine", "network", "espnow", "ssl"} & set(own)


def test_what_one_file_alone_knows_shares_its_name_with_others():
    """Here only `total` goes from file to file; a module that is named whole follows its file."""
    sources = {"microhan/one.py": "def total():\n    0\n\n\ndef own():\n    0\n",
               "microhan/two.py": "from .one import total\n\n\ndef mine():\n    total()\n"
                                  "    forget('microhan.one')\n\n\ndef e():\n    0\n"}
    files, meanings = compact.compact(sources, foreign=["e\nimport microhan.one"],
                                      steps=compact.Steps(distinct=False, files=False))
    short = {told: name for name, all_ in meanings.items() for told in all_}
    assert short["one:own"] == short["two:mine"] not in (short["one:total"], short["two:e"], "e")
    assert f"from microhan.one import {short['one:total']}" in files["microhan/two.py"]
    assert "forget('microhan.one')" in files["microhan/two.py"]


def test_short_texts_of_a_file_that_leaves_are_no_names(tmp_path, tiny):
    """Each is in one tuple; not those that are names anyway, long ones, and tuples' own."""
    four = """def answer(told, kind="unit"):
    'words'
    if told in ("left", "right"):
        return "one of " + told.strip() + " or " + "strip" + kind
    return {"core": "one of "}["core"] + "more than ten"


@property
def native():
    return "unit"
"""
    sources = {**SOURCES, "microhan/two.py": "def later(*given):\n    from .four import answer\n"
                                             "    return answer(*given), 'core'\n",
               "microhan/four.py": four}
    files, short = written(tmp_path, sources)
    texts = "('unit', 'one of ', ' or ')"
    small = files["four.py"]
    assert small.count(texts) == 4 and '"words"' in small and "('left', 'right')" in small
    assert "'strip'" in small and "'more than ten'" in small and small.count("['core']") == 1
    later = getattr(tiny("two"), short["two:later"])
    assert later("left ") == ("one of more than ten", "core")
    assert later("left", "s") == ("one of left or strips", "core")
    names_there, texts_there = (set(_names(build.compile_one(text.encode(), "x", "x86")))
                                for text in (four, small))
    assert {"one of ", " or ", "unit"} & names_there == {"one of ", " or ", "unit"}
    assert {"one of ", " or ", "unit"} & texts_there == {"unit"}  # what has a decorator


def _names(mpy):
    reader = bytecode.Reader(mpy, 4)
    many = reader.number()
    reader.number()
    return [reader.name() for _ in range(many)]


def test_a_free_name_is_never_pythons_own():
    made = names.pool({"name", "add"})
    first = [next(made) for _ in range(400)]
    assert len(set(first)) == 400 and not {"name", "add", "is", "in", "print", "id"} & set(first)


def test_unused_definitions_go_and_typing_errors_are_told():
    text = "class C:\n    x = 1\n\n    def f(self):\n        0\n\n    def g(self):\n        0\n"
    small = unused.strip(text, ("C.f", "C.x"))
    assert "def f" not in small and "def g" in small and small.count("\n") == text.count("\n")
    with pytest.raises(ValueError, match="C.h"):
        unused.strip(text, ("C.h",))


def test_an_exchange_makes_no_tuple():
    """With parentheses MicroPython makes one, and native code has none."""
    text = "def f(a, b):\n    a, b = b, a + 1\n    c = (a + b) * (a - b)\n    return (a, c)\n"
    small = compact.compact({"microhan/a.py": text}, steps=compact.WHOLE)[0]["microhan/a.py"]
    assert "a, b = b, a + 1\n" in small and "c = (a + b) * (a - b)\n" in small


def test_whole_modules_keep_their_names_and_lose_their_constants():
    sources = {"microhan/a.py": "from micropython import const\nBIG = const(3)\n",
               "microhan/b.py": "from .a import BIG\n\n\ndef grow(size):\n    return size + BIG\n"}
    small = compact.compact(sources, steps=compact.WHOLE)[0]
    assert "def grow(size):\n    return size + 3\n" in small["microhan/b.py"]


def test_no_two_names_meet_in_an_object_of_two_modules():
    """A private name of the base and one of the class derived from it."""
    sources = {"microhan/base.py": "class Base:\n    def _one(self):\n        return 1\n\n"
                                   "    def run(self):\n        return self._one()\n",
               "microhan/ours.py": "from .base import Base\n\n\nclass Ours(Base):\n"
                                   "    def _a(self):\n        return 2\n\n"
                                   "    def both(self):\n        return self._a(), self.run()\n"}
    trees = {name: compact.ast.parse(text) for name, text in sources.items()}
    kin = compact.Program(sources, (), (), compact.Steps(merge=False, leave=False))._kin()
    assert kin == [("microhan/ours.py", "microhan/base.py")]
    found = names.attributes(trees, (), (), kin)
    assert len({found["microhan/ours.py"]["_a"], found["microhan/base.py"]["_one"]}) == 2


SIBLINGS = {
    "microhan/base.py": "class Base:\n    def _m(self):\n        return 'base'\n\n"
                        "    def run(self):\n        return self._m()\n",
    "microhan/one.py": "from .base import Base\n\n\nclass One(Base):\n"
                       "    def _m(self):\n        return 'one'\n",
    "microhan/two.py": "from .base import Base\n\n\nclass Two(Base):\n"
                       "    def _a(self):\n        return 3\n\n"
                       "    def both(self):\n        return self._a()\n"}


def test_an_override_survives_whatever_else_derives_from_the_base(tmp_path, tiny):
    """Families of classes are joined as a whole: pair by pair, One._m got another name than
    Base._m as soon as Two was joined after it."""
    _, short = written(tmp_path, SIBLINGS, foreign=["import microhan.base"])
    one = getattr(tiny("one"), short["one:One"])()
    two = getattr(tiny("two"), short["two:Two"])()
    assert getattr(one, short["base.Base:run"])() == "one"
    assert getattr(two, short["base.Base:run"])() == "base"
    assert getattr(two, short["two.Two:both"])() == 3


def test_families_are_joined_over_any_number_of_pairs():
    pairs = [("a", "b"), ("c", "d"), ("c", "b"), ("e", "d")]
    family = names.families("abcdef", pairs)
    assert family["a"] == family["e"] == set("abcde") and family["f"] == {"f"}


def test_no_name_is_one_of_viper_s_types():
    """A function of such a name, called in native code, would be a cast."""
    assert not {"ptr", "ptr8", "ptr16", "ptr32", "uint"} & set(names.pool())
