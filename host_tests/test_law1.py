"""Law 1: no float ever holds a measured value. Checked over the syntax trees."""

import ast

import pytest

from fixtures.repository import ROOT

FIRMWARE = ROOT / "firmware" / "microhan"
# Rooms through which measured values pass.
ROOMS = ["telegram", "outputs", "ledger", "web"]
FILES = sorted([FIRMWARE / f"{name}.py" for name in (
    "reading", "extras", "derived", "hub", "meter")]
               + [f for room in ROOMS for f in (FIRMWARE / room).glob("*.py")])


def offences(tree):
    """(line, what) of every float in a syntax tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno, f"float literal {node.value}"
        elif isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Div):
            yield node.lineno, "true division"
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("float", "round"):
            yield node.lineno, f"{node.func.id}()"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(FIRMWARE)))
def test_no_floats(path):
    assert list(offences(ast.parse(path.read_text()))) == []


def test_the_lint_sees_floats():
    for bad in ("x = 1.5", "x = a / b", "x /= 2", "float(x)", "round(x)"):
        assert list(offences(ast.parse(bad)))


@pytest.mark.parametrize("room", ["telegram", "reading.py", "extras.py", "derived.py",
                                  "config", "hub", "ledger", "store"])
def test_pure_rooms_import_no_hardware(room):
    """docs/architecture.md: these run unchanged on CPython and on every MicroPython."""
    here = FIRMWARE / room
    for path in [here] if here.suffix else here.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else [])
            assert not {"machine", "network", "socket", "asyncio"} & set(names), path
