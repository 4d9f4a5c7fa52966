"""tools/build/hints.py: a program with type hints is, on the device, the program without them."""

import ast

import pytest

import build
from build import compact, hints

HINTED = '''"""A module."""
from typing import TYPE_CHECKING

import micropython
from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable

    from .two import Other

LIMIT: int = const(3)
table: "dict[str, int]" = {}


class Thing:
    name: str
    size: int = 4

    def __init__(self, other: "Other", *more: bytes, deep: int = 2, **rest: object) -> None:
        self.other: "Other | None" = other
        self.kept: "list[int]" = [deep, LIMIT]

    async def feed(self, take: "Callable[[int], None]", at: int | None = None) -> "Thing":
        inner: int
        for inner in self.kept:
            take(inner)
        return self


class Marker:
    word: str


@micropython.viper
def total(data: ptr8, end: int) -> int:
    return int(data[0]) + end
'''
PLAIN = '''"""A module."""
import micropython
from micropython import const

LIMIT = const(3)
table = {}


class Thing:
    size = 4

    def __init__(self, other, *more, deep=2, **rest):
        self.other = other
        self.kept = [deep, LIMIT]

    async def feed(self, take, at=None):
        for inner in self.kept:
            take(inner)
        return self


class Marker:
    pass


@micropython.viper
def total(data: ptr8, end: int) -> int:
    return int(data[0]) + end
'''
OTHER = """from .one import Thing, total


class Other:
    def all(self):
        return Thing, total
"""


def program(text, steps):
    sources = {"microhan/__init__.py": "", "microhan/one.py": text, "microhan/two.py": OTHER}
    return compact.compact(sources, ["import microhan.two"], steps=steps)


@pytest.mark.parametrize("steps", [compact.Steps(), compact.WHOLE], ids=["merged", "whole"])
def test_of_hints_nothing_is_left_in_the_program(steps):
    assert program(HINTED, steps) == program(PLAIN, steps)


@pytest.mark.parametrize("arch", [*build.ARCHES, build.BYTECODE])
def test_hints_cost_the_device_not_one_byte(arch):
    made = []
    for text in (HINTED, PLAIN):
        for name, file in program(text, compact.Steps())[0].items():
            if arch == build.BYTECODE:
                file = build.without_viper(file)
            made.append(build.compile_one(file.encode(), name, arch))
    half = len(made) // 2
    assert made[:half] == made[half:]


def test_a_word_of_a_hint_keeps_no_name_from_becoming_short():
    text = """class Thing:
    def push(self, way: "Thing.push") -> "push":
        return self.push
"""
    files, names = compact.compact({"microhan/__init__.py": "", "microhan/one.py": text},
                                   ["import microhan.one"])
    assert "push" not in "".join(files.values()) and any("push" in name for name in
                                                         sum(names.values(), []))


def test_what_is_imported_for_hints_alone_is_no_import_of_the_program():
    """Neither for the layout of the files, nor on the device, which has no `typing`."""
    files, _ = program(HINTED, compact.WHOLE)
    assert "typing" not in files["microhan/one.py"] and "Callable" not in files["microhan/one.py"]


def test_the_words_of_native_code_stay():
    assert "data: ptr8, end: int" in ast.unparse(hints.without(HINTED))
