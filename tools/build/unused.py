"""Leaves out of third-party modules what we never call: it would take memory all the same."""

import ast
from collections.abc import Collection
from typing import Any

# outputs/mqtt/connect.py has umqtt write CONNECT and SUBSCRIBE; the rest is client.py's.
UNUSED = {
    "umqtt/simple.py": tuple("MQTTClient." + name for name in (
        "disconnect", "ping", "publish", "wait_msg", "check_msg", "_recv_len")),
}


def left_out(name: str, text: str) -> str:
    """The text of module `name` without what stands in UNUSED for it."""
    return strip(text, UNUSED.get(name, ()))


def strip(text: str, unused: Collection[str]) -> str:
    """The text without the functions, classes and assignments named in `unused` ("f", "C.m")."""
    lines = text.splitlines(keepends=True)
    left = set(unused)
    for node, name in _definitions(ast.parse(text)):
        if name in unused:
            left.discard(name)
            first = min([d.lineno for d in getattr(node, "decorator_list", ())] + [node.lineno])
            lines[first - 1:node.end_lineno] = ["\n"] * (node.end_lineno - first + 1)
    if left:
        raise ValueError("not there to leave out: " + ", ".join(sorted(left)))
    return "".join(lines)


def uncall(tree: Any, name: str) -> None:
    """Take the statements out of a module's functions that call `name`."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            node.body = [n for n in node.body if not (
                isinstance(n, ast.Expr) and isinstance(n.value, ast.Call)
                and getattr(n.value.func, "id", "") == name)]


def _definitions(tree, prefix=""):
    """(node, "name" or "Class.name") of every definition, two levels deep."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node, prefix + node.name
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node, prefix + node.targets[0].id
        if isinstance(node, ast.ClassDef) and not prefix:
            yield from _definitions(node, node.name + ".")
