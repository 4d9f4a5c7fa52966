"""Law 1: no float ever holds a measured value. Checked over the syntax trees."""

import ast

import pytest

from fixtures.repository import ROOT

FIRMWARE = ROOT / "firmware" / "microhan"
# Rooms through which measured values pass.
ROOMS = ["reading", "telegram", "meter", "hub", "ledger", "outputs", "web"]
FILES = sorted(file for room in ROOMS for file in (FIRMWARE / room).rglob("*.py"))


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
def test_no_float_holds_a_measured_value(path):
    assert list(offences(ast.parse(path.read_text()))) == []


def test_the_lint_sees_floats():
    for bad in ("x = 1.5", "x = a / b", "x /= 2", "float(x)", "round(x)"):
        assert list(offences(ast.parse(bad)))
