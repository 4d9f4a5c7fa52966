"""Short texts of files that leave lie with the file, not among the names that stay for ever.

mpy-cross makes a name of every text of up to ten bytes, and MicroPython keeps names for as long as
it runs. A text within a tuple of constants is an object instead: it goes with the file that has
it. So `"one of "` becomes `("one of ", " or ")[0]`, with one tuple for all short texts of a file:
mpy-cross keeps a single copy of it.
"""

import ast
import re
from collections.abc import Iterable
from typing import Any

from . import names
from .rom_names import FREE, KEPT

# In these only keys of answers.txt like 404c, which one request in a thousand needs: what each
# request loads would be 1.2 kB larger with all, beside all else that a request takes. As names
# they take 0.4 for good.
OFTEN = {"web_requests.py"}
_SELDOM = re.compile(r"[1-5]\d\d[a-z]?")
_LONGEST = 10  # MICROPY_ALLOC_PARSE_INTERN_STRING_LEN: longer ones are objects anyway


def lasting(trees: Iterable[ast.AST]) -> set[str]:
    """The texts that are names for good: those of ROM, and of modules that stay (`trees`)."""
    return {"", *FREE, *KEPT}.union(*map(names.strings, trees))


class Texts(ast.NodeTransformer):
    """Rewrites the tree of one file. `known`: texts that are names all the same; `often`: whether
    it is one of OFTEN."""

    def __init__(self, tree: ast.AST, known: set[str], often: bool) -> None:
        self._often = often
        self._known = known | {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        self._all: list[ast.expr] = []
        self._at: dict[str, int] = {}

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        text = node.value
        if not isinstance(text, str) or text in self._known or len(text.encode()) > _LONGEST:
            return node
        if self._often and not _SELDOM.fullmatch(text):
            return node
        if text not in self._at:
            self._at[text] = len(self._all)
            self._all.append(node)
        return ast.Subscript(ast.Tuple(self._all, ast.Load()), ast.Constant(self._at[text]),
                             ast.Load())

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        """A tuple of constants holds objects already."""
        if all(isinstance(one, ast.Constant) for one in node.elts):
            return node
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """A docstring is not compiled."""
        return node if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_FunctionDef(self, node: Any) -> ast.AST:
        """Native code has decorators, and no tuples of constants."""
        return node if node.decorator_list else self.generic_visit(node)
