"""A plugin of mypy: an argument of native code that is declared ptr8 takes any buffer."""

from collections.abc import Callable

from mypy.plugin import AnalyzeTypeContext, Plugin
from mypy.types import AnyType, Type, TypeOfAny

_POINTERS = ("builtins.ptr8", "builtins.ptr16", "builtins.ptr32")


class Viper(Plugin):
    """Lets callers pass what they have; within native code the pointers stay what they are."""

    def get_type_analyze_hook(self, fullname: str) -> Callable[[AnalyzeTypeContext], Type] | None:
        """What the name of a type stands for in a declaration; None: as it is."""
        if fullname in _POINTERS:
            return lambda context: AnyType(TypeOfAny.explicit)
        return None


def plugin(version: str) -> type[Plugin]:
    """mypy asks for it."""
    return Viper
