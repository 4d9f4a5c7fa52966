"""Limits that every source keeps: read once, found where it belongs, and the same everywhere."""

import ast
import re
import subprocess

import pytest

from fixtures.repository import ROOT

LINES, FUNCTION = 400, 50
# One call for a chunk of bytes: docs/performance.md says what each further call would cost.
LONG = {"firmware/microhan/telegram/p1/machine.py: scan"}
SOURCES = sorted(subprocess.run(
    ["git", "ls-files", "-co", "--exclude-standard", "*.py"], cwd=ROOT, capture_output=True,
    text=True).stdout.split())
TESTS = [name for name in SOURCES if name.startswith("host_tests/")]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def tree(name):
    return ast.parse((ROOT / name).read_text())


def test_no_file_is_longer_than_400_lines():
    long = {name: lines for name in SOURCES
            if (lines := (ROOT / name).read_text().count("\n")) > LINES}
    assert SOURCES and not long


def test_no_function_is_longer_than_50_lines_but_one():
    long = {f"{name}: {node.name}" for name in SOURCES for node in ast.walk(tree(name))
            if isinstance(node, FUNCTIONS) and node.end_lineno - node.lineno >= FUNCTION}
    assert long == LONG


@pytest.mark.parametrize("name", TESTS)
def test_no_test_imports_a_test(name):
    """What several need is a fixture, in host_tests/fixtures or conftest.py."""
    modules = [module for node in ast.walk(tree(name))
               if isinstance(node, (ast.Import, ast.ImportFrom))
               for module in ([node.module or ""] if isinstance(node, ast.ImportFrom)
                              else [alias.name for alias in node.names])]
    assert not [module for module in modules if module.split(".")[-1].startswith("test_")
                or "conftest" in module]


@pytest.mark.parametrize("name", [name for name in TESTS if "/test_" in name])
def test_every_test_asks_something(name):
    """Not only that nothing is raised: what follows."""
    functions = {node.name: node for node in ast.walk(tree(name)) if isinstance(node, FUNCTIONS)}
    silent = [one for one, node in functions.items()
              if one.startswith("test_") and not _asks(node, functions, {one})]
    assert not silent


def _asks(node, functions, seen):
    """Whether a function asserts, or calls one of its file that does."""
    for part in ast.walk(node):
        if isinstance(part, ast.Assert):
            return True
        if isinstance(part, ast.Call):
            called = ast.unparse(part.func)
            if called in ("pytest.raises", "pytest.fail"):
                return True
            if called in functions and called not in seen and _asks(
                    functions[called], functions, seen | {called}):
                return True
    return False


@pytest.mark.parametrize("name", [name for name in TESTS if "/test_" in name])
def test_the_name_of_a_test_is_a_sentence(name):
    """At least three words: test_values says nothing."""
    short = [node.name for node in ast.walk(tree(name)) if isinstance(node, FUNCTIONS)
             and node.name.startswith("test_") and node.name.count("_") < 3]
    assert not short


def test_who_misses_a_program_is_told_by_the_one_table():
    """fixtures/needs.py: so that the end of the run can say what to install."""
    for name in TESTS:
        if name not in ("host_tests/fixtures/needs.py", "host_tests/conftest.py"):
            for node in ast.walk(tree(name)):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.skip":
                    words = ast.unparse(node.args[0])
                    told = re.search(r"\bneeds\.(reason|REAL_TELEGRAMS)\b", words)
                    assert told, f"{name}: {words}"
