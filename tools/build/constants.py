"""What the build works out: `NAME = const(3)`, and modules whose results alone matter."""

import ast
from array import array
from collections.abc import Callable
from typing import Any

# These run here, and what others import of them is written out.
TABLES = ("microhan/reading/fields.py", "microhan/telegram/p1/table.py",
          "microhan/telegram/obis.py", "microhan/telegram/p1/lookup.py",
          "microhan/telegram/dlms/positional.py",
          "microhan/telegram/p1/extra_codes.py", "microhan/telegram/dlms/extra_codes.py",
          "microhan/telegram/dlms/codes.py")


def constants(trees: dict[str, Any],
              module: Callable[[str, ast.ImportFrom], str | None] = lambda name, node: None,
              ) -> dict[str, dict[str, int]]:
    """{module: {NAME: value}} of all `NAME = const(...)` of integers, also of imported ones."""
    found: dict[str, dict[str, int]] = {name: {} for name in trees}
    for _ in range(3):  # a constant may be made of another module's, and that of a third one's
        for name, tree in trees.items():
            known = found[name]
            given = dict(known)
            for node in tree.body:
                source = isinstance(node, ast.ImportFrom) and module(name, node)
                if source:
                    theirs = found[source]
                    given.update((a.asname or a.name, theirs[a.name])
                                 for a in node.names if a.name in theirs)
                elif is_const(node):
                    value = _value(node.value.args[0], given)
                    if value is not None:
                        known[node.targets[0].id] = given[node.targets[0].id] = value
    return found


def is_const(node: object) -> bool:
    """Whether a statement is `NAME = const(...)`."""
    return (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Call) and getattr(node.value.func, "id", "") == "const")


def _value(node, known):
    """The integer that a constant expression stands for, or None."""
    try:
        value = eval(compile(ast.Expression(node), "", "eval"), {"__builtins__": {}}, dict(known))
    except NameError:
        return None
    return value if isinstance(value, int) else None


def written(value: object) -> str:
    """A table as source; an array by its bytes, which cost the device no list on the way."""
    if isinstance(value, array):
        return f"array({value.typecode!r}, {value.tobytes()!r})"
    return repr(value)


def constant(value: object) -> ast.expr:
    return ast.parse(str(value), mode="eval").body
