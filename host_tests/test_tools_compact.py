"""tools/build/compact.py and names.py: smaller for the device, the same to everyone else."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import build
import shim  # noqa: F401 - MicroPython's dialect for CPython
import vm
from build import compact, layout, names, traceback, unused

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
STAYING = compact.Steps(leave=False)  # what leaves sys.modules at once is no module to CPython


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


def files_of(monkeypatch, sources, foreign=(), apart=()):
    """({file: modules}, files that leave) of a small program."""
    monkeypatch.setattr(layout, "APART", {f"microhan/{n}.py": (f, "") for n, f in apart})
    program = compact.Program({f"microhan/{name}.py": text for name, text in sources.items()},
                              foreign, (), compact.Steps())
    return {file: [name.removeprefix("microhan/")[:-3] for name in parts]
            for file, parts in program.parts.items()}, program.leaving


def test_what_is_imported_at_the_top_lives_with_its_importer(monkeypatch):
    """And in a function: a file of its own; what both need, in the one that is there before."""
    sources = {
        "app": "from .hub import Hub\n\n\ndef f():\n    from .web.server import serve\n",
        "hub": "from .both import x\n\n\nclass Hub:\n    y = x\n",
        "both": "x = []\n",
        "web/server": "from ..both import x\nfrom .head import y\n\n\ndef serve():\n"
                      "    from .page import z\n    return x, y, z\n",
        "web/head": "y = []\n",
        "web/page": "from .lines import v\nz = v\n",
        "web/lines": "v = []\n"}
    main = ["from microhan.app import f\n"]
    found, leaving = files_of(monkeypatch, sources, main)
    assert found == {"microhan/app.py": ["both", "hub", "app"],
                     "web_server.py": ["web/head", "web/server"],
                     "web_page.py": ["web/lines", "web/page"]}
    assert leaving == {"web_server.py", "web_page.py"}
    # the application is left again, and what it stands on stays
    found, leaving = files_of(monkeypatch, sources, main, [("app", "microhan/app.py")])
    assert found["core.py"] == ["both", "hub"] and found["microhan/app.py"] == ["app"]
    assert leaving == {"web_server.py", "web_page.py", "microhan/app.py"}


def test_what_two_files_share_lives_in_the_one_that_loads_them_both(monkeypatch):
    sources = {"app": "def f():\n    from .places import x\n",
               "places": "from .answers import a\nx = a\n\n\ndef f():\n"
                         "    from .requests import y\n",
               "requests": "from .answers import a\ny = a\n", "answers": "a = []\n"}
    monkeypatch.setattr(layout, "STAY", {"microhan/places.py": "requests.py imports from it"})
    found, leaving = files_of(monkeypatch, sources)
    assert found["places.py"] == ["answers", "places"] and leaving == {"requests.py"}


def test_constants_alone_load_no_file(monkeypatch):
    sources = {"app": "from .words import BAD\n\n\ndef f():\n    from .words import say\n"
                      "    return say(BAD)\n",
               "words": "BAD = const(1)\n\n\ndef say(n):\n    return n\n"}
    found, _ = files_of(monkeypatch, sources)
    assert found == {"microhan/app.py": ["app"], "words.py": ["words"]}


def test_the_layout_of_the_firmware_is_the_rule_and_a_list():
    """Whatever stands in the list is in use there: an exception without a case is none."""
    program = build.firmware()
    assert {file for file, _ in layout.APART.values()} <= program.leaving
    modules = {name for name, parts in program.parts.items() for name in parts}
    assert {*layout.APART, *layout.STAY} <= modules
    assert all(layout.STAY.values()) and all(why for _, why in layout.APART.values())
    assert program.file_of["microhan/meter_search.py"] == "meter_trouble.py"
    assert program.file_of["umqtt/simple.py"] == "outputs_mqtt_connect.py"


LEAVING = {
    "microhan/home.py": "def f():\n    from .seldom import g\n    return g()\n\n\n"
                       "def h():\n    from .broken import x\n    return x\n",
    "microhan/seldom.py": "import sys\nfrom .part import mine\n\n\ndef g():\n"
                          "    return mine, sys.modules\n",
    "microhan/part.py": "import sys\n\nmine = sys.modules['microhan.seldom']\n",
    "microhan/broken.py": "x = 1 // 0\n"}
LEFT = """
import gc, sys
sys.path.insert(0, "")
from microhan.home import f, h
me, modules = f()
print(me.__name__ is me, "seldom" in modules)
for _ in range(2):
    try:
        h()
    except ZeroDivisionError:
        print("broken")
print(sorted(modules))
"""


@pytest.mark.parametrize("name", ["i386", "x64"])
def test_a_file_that_is_needed_now_and_then_leaves(tmp_path, name):
    """And one that cannot be loaded, for want of memory, may be tried again."""
    command = vm.command(name)
    if not command:
        pytest.skip(f"no MicroPython {name} here: tools/vm.py says why")
    files = compact.compact(LEAVING, foreign=[LEFT])[0]
    assert set(files) == {"microhan/home.py", "seldom.py", "broken.py"}
    for file, text in files.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
    (tmp_path / "main.py").write_text(LEFT)
    told = subprocess.run([*command, "main.py"], cwd=tmp_path, capture_output=True, text=True)
    assert told.stdout.splitlines() == ["True False", "broken", "broken",
                                        "['microhan', 'microhan.home']"], told.stderr


def test_no_name_that_micropython_knows_is_changed():
    """An attribute of ours that is named like one of MicroPython's must be in names.KEPT."""
    command = vm.command("i386")
    if not command:
        pytest.skip("no MicroPython i386 here: tools/vm.py says why")
    told = subprocess.run([*command, "-c", KNOWN], capture_output=True, text=True)
    known = set(told.stdout.split())
    assert {"drain", "done", "cancel", "setsockopt", "readinto"} <= known, told
    known |= set("active config connect disconnect isconnected ifconfig status feed datetime "
                 "baudrate any init deinit irq reset reset_cause".split())  # the ESP32's own
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
    command = vm.command("i386")
    if not command:
        pytest.skip("no MicroPython i386 here: tools/vm.py says why")
    own = [file.removesuffix(".py") for file in build.firmware().parts if "/" not in file]
    program = f"""
for name in {own}:
    try:
        __import__(name)
        print(name)
    except ImportError:
        pass
"""
    assert subprocess.run([*command, "-c", program], capture_output=True).stdout == b""
    # what the ESP32 has besides
    assert not {"dht", "mip", "ntptime", "machine", "network", "espnow", "ssl"} & set(own)


def test_what_one_file_alone_knows_shares_its_name_with_others():
    """Here only `total` goes from file to file; a module that is named whole follows its file."""
    sources = {"microhan/one.py": "def total():\n    0\n\n\ndef own():\n    0\n",
               "microhan/two.py": "from .one import total\n\n\ndef mine():\n    total()\n"
                                  "    forget('microhan.one')\n\n\ndef e():\n    0\n"}
    files, meanings = compact.compact(sources, foreign=["e\nimport microhan.one"],
                                      steps=compact.Steps(distinct=False))
    short = {told: name for name, all_ in meanings.items() for told in all_}
    assert short["one:own"] == short["two:mine"] not in (short["one:total"], short["two:e"], "e")
    assert f"from microhan.one import {short['one:total']}" in files["microhan/two.py"]
    assert "forget('microhan.one')" in files["microhan/two.py"]


def test_a_free_name_is_never_pythons_own():
    made = names.pool({"name", "add"})
    first = [next(made) for _ in range(400)]
    assert len(set(first)) == 400 and not {"name", "add", "is", "in", "print", "id"} & set(first)


TRACED = {
    "microhan/app.py": "from .store import Book, Reader\n\n\ndef start(how):\n"
                       "    return Reader().run(Book(), how)\n",
    "microhan/store.py": "class Book:\n    def __init__(self):\n        self.n = 1\n\n"
                         "    def run(self, n):\n        return self._turn(n)\n\n"
                         "    def _turn(self, n):\n        return self.n // n\n\n\n"
                         "class Reader:\n    def run(self, book, n):\n        if n:\n"
                         "            self._weigh(book)\n        return book.run(n)\n\n"
                         "    def _weigh(self, book):\n        raise ValueError(book.n)\n"}


@pytest.mark.parametrize(("how", "frames"), [
    (0, ['File "app.py", in start', 'File "store.py", in Reader.run',
         'File "store.py", in Book.run', 'File "store.py", in Book._turn']),
    (1, ['File "app.py", in start', 'File "store.py", in Reader.run',
         'File "store.py", in Reader._weigh']),
])
def test_a_traceback_names_the_functions_of_the_source(tmp_path, how, frames):
    """As MicroPython writes it, without the numbers of lines."""
    command = vm.command("i386")
    if not command:
        pytest.skip("no MicroPython i386 here: tools/vm.py says why")
    program = compact.Program(TRACED, ["from microhan.app import start"], (), compact.Steps())
    for file in program.parts:
        (tmp_path / "microhan").mkdir(exist_ok=True)
        source = tmp_path / "source"
        source.write_text(program.text(file))
        subprocess.run([build.compiler()[0], "-O3", "-s", Path(file).stem, "-o",
                        str(tmp_path / file.replace(".py", ".mpy")), str(source)], check=True)
    told = subprocess.run([*command, "-c", f"import sys; sys.path.insert(0, '')\nfrom microhan.app"
                           f" import start\nstart({how})"], cwd=tmp_path, capture_output=True,
                          text=True).stderr
    names = {"files": {file: {"functions": found} for file, found in program.functions.items()}}
    shown = [line.strip() for line in traceback.readable(told, names).splitlines()]
    assert shown[0].startswith("Traceback") and "Error: " in shown[-1]
    assert shown[2:-1] == frames, told


def test_what_cannot_be_turned_back_is_left_as_it_is():
    names = {"files": {"core.py": {"functions": {"io": [["hub.Hub:publish", [], "e"],
                                                          ["meter.Meter:run", [], "id"]]}}}}
    for text in ('  File "core", line 1, in sep\n', '  File "main.py", line 9, in io\n', "words"):
        assert traceback.readable(text, names) == text
    assert traceback.readable('  File "core.py", line 7, in io\n', names) == (
        '  File "hub.py" or "meter.py", in Hub.publish or Meter.run (core.py, line 7)\n')


def test_a_traceback_is_read_with_the_build_that_it_comes_from(tmp_path, monkeypatch):
    monkeypatch.setattr(traceback, "MAPS", tmp_path)
    (tmp_path / "1f2e3d4c.json").write_text('{"build": "1f2e3d4c"}')
    for wanted, log in (("1f2e3d4c", ""), ("", "microhan 0.1.0 id a1b2c3 build 1f2e3d4c\n"),
                        ("", "microhan build 1f2e3d4c\n"), ("", '{"build": "1f2e3d4c"}'),
                        (str(tmp_path / "1f2e3d4c.json"), "")):
        assert traceback.find(wanted, log) == {"build": "1f2e3d4c"}
    with pytest.raises(traceback.NoMap, match="names no build"):
        traceback.find("", "Traceback")
    with pytest.raises(traceback.NoMap, match="00000000.json: give the .names.json that came"):
        traceback.find("00000000")


def test_most_functions_have_a_name_that_no_other_of_their_file_has():
    """All private ones, and all that stand outside of classes."""
    program = build.firmware()
    for file in program.parts:
        program.text(file)
    functions = [found for file in program.functions.values() for found in file.values()]
    shared = [one[0] for found in functions if len(found) > 1 for one in found]
    assert not [told for told in shared if ":_" in told.replace(":__", "")]
    assert len(shared) < 0.25 * sum(map(len, functions)), sorted(shared)


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
