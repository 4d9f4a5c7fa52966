"""Texts in which a name in braces stands for a value of a Reading: `{"w": {voltage_l1_v}}`.

Braces around anything but lower-case letters, digits and `_` are braces: JSON needs no escapes.
"""

from typing import TYPE_CHECKING

from .fields import TEXT
from .json_text import json_text
from .reading import index_of, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .reading import Reading

_OTHERS = ("id", "state")  # the device's, and why a text is sent
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"


def filled(text: str, value: "Callable[[str], str]") -> str:
    """The text with value(name) in the place of each name in braces."""
    out, mark, rest = text.partition("{")
    while mark:
        name, end, behind = rest.partition("}")
        if end and name and not name.strip(_LETTERS):
            out += value(name)
            rest = behind
        else:
            out += "{"
        begin, mark, rest = rest.partition("{")
        out += begin
    return out


def problem_of(text: str) -> str:
    """A sentence on the first name in braces that is none; "" if all are."""
    wrong = []

    def look(name):
        if name not in _OTHERS:
            try:
                index_of(name)
            except ValueError:
                wrong.append(name)
        return ""

    filled(text, look)
    return wrong and "no value is called {%s}: /reading.json has the names, and there are %s" % (
        wrong[0], " and ".join(_OTHERS)) or ""


def value_of(reading: "Reading", name: str, is_json: bool) -> str:
    """A field as text, "null" if it is absent. is_json: it goes between the quotes of a text."""
    i = index_of(name)
    text = reading.text(i)
    if text is None:
        return "null"
    return json_text(text)[1:-1] if is_json and kind_of(i) == TEXT else text
