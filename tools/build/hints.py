"""Type hints are for people and for the type checker: the device's program has none.

mpy-cross drops them by itself, but not the imports that they need: MicroPython has no `typing`.
And a word of a hint must keep no name from becoming a short one (names.py). Native code keeps
its own: there they say what a machine word is.
"""

import ast

_ONLY_TYPES = "TYPE_CHECKING"
_MODULE = "typing"


class _Without(ast.NodeTransformer):
    """Takes out the hints, and what is imported or defined for them alone."""

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        if not any(ast.unparse(one) == "micropython.viper" for one in node.decorator_list):
            node.returns = None
            for one in ast.walk(node.args):
                if isinstance(one, ast.arg):
                    one.annotation = None
        return _not_empty(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node):
        return _not_empty(self.generic_visit(node))

    def visit_AnnAssign(self, node):
        """`a: int = 3` is `a = 3`; without a value nothing is left."""
        if node.value is None:
            return None
        return ast.copy_location(ast.Assign([node.target], node.value), node)

    def visit_ImportFrom(self, node):
        return None if node.module == _MODULE else node

    def visit_If(self, node):
        """`if TYPE_CHECKING:` holds for the type checker alone."""
        self.generic_visit(node)
        if isinstance(node.test, ast.Name) and node.test.id == _ONLY_TYPES:
            return node.orelse or None
        return node


def _not_empty(node):
    node.body = node.body or [ast.Pass()]
    return node


def without(text: str) -> ast.Module:
    """Returns the tree of a module's text without its hints."""
    return _Without().visit(ast.parse(text))
