"""tools/compact.py: smaller for the device, the same to everyone else."""

import pytest

import compact

ONE = '''from micropython import const

BIG = const(3)
_OWN = const(4)
TWICE = const(BIG << 1)
KEPT = const(9)
text = "BIG"


class Thing:
    def __init__(self):
        self._queue = [BIG]

    def _push(self, BIG_=1, *, _deep=2):
        self._queue.append(_OWN + BIG_ + _deep)
        return getattr(self, "_named")

    _named = 5
'''
TWO = '''from .one import (
    BIG,
    TWICE,
    Thing,
)
from . import one


def f(x=BIG):
    """BIG stays in words."""
    return dict(BIG=TWICE, y=one.KEPT)
'''
SOURCES = {"microhan/one.py": ONE, "microhan/two.py": TWO}


def test_constants_are_written_out_and_lines_stay():
    small = compact.compact(SOURCES)
    for name, text in SOURCES.items():
        assert small[name].count("\n") == text.count("\n")
    one, two = small["microhan/one.py"], small["microhan/two.py"]
    assert "TWICE" not in one and "KEPT = const(9)" in one  # KEPT is reached as an attribute
    assert "def f(x=3):" in two and "from .one import Thing" in two
    assert 'dict(BIG=6, y=one.KEPT)' in two
    assert '"""BIG stays in words."""' in two and 'text = "BIG"' in one
    assert one.split("\n")[10].strip() == "def __init__(self):"


def test_private_names_are_short_unless_somebody_else_knows_them():
    one = compact.compact(SOURCES)["microhan/one.py"]
    assert "_queue" not in one and "_push" not in one and "_deep" not in one
    assert one.count("_named") == 2  # it stands in a string
    space = {"const": lambda n: n}
    exec(one.replace("from micropython import const", ""), space)
    thing = space["Thing"]()
    method = next(n for n in vars(space["Thing"]) if n.startswith("_") and len(n) == 2)
    assert getattr(thing, method)() == 5


def test_a_name_that_another_module_reaches_into_is_kept():
    sources = {"microhan/a.py": "class A:\n    def _x(self):\n        self._y = 1\n",
               "microhan/b.py": "def f(a):\n    return a._x()\n"}
    small = compact.compact(sources)
    assert "_x" in small["microhan/a.py"] and "_y" not in small["microhan/a.py"]
    foreign = {**sources, "umqtt/other.py": "class B:\n    def _y(self): pass\n"}
    assert "_y" in compact.compact(foreign)["microhan/a.py"]


def test_short_names_do_not_meet_a_name_in_use():
    text = "class A:\n    def _long(self, _a, _b):\n        return _a + self._long(1, 2)\n"
    small = compact.compact({"microhan/a.py": text})["microhan/a.py"]
    name, arguments = small.split("def ")[1].split(")")[0].split("(")
    assert name not in arguments and "self." + name + "(1, 2)" in small


def test_unused_definitions_go_and_typing_errors_are_told():
    text = "class C:\n    x = 1\n\n    def f(self):\n        0\n\n    def g(self):\n        0\n"
    small = compact.strip(text, ("C.f", "C.x"))
    assert "def f" not in small and "def g" in small and small.count("\n") == text.count("\n")
    with pytest.raises(ValueError, match="C.h"):
        compact.strip(text, ("C.h",))
