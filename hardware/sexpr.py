"""KiCad's files as nested lists: schematic, board, netlist and rules are all s-expressions."""

import re

_TOKEN = re.compile(r'\(|\)|"((?:[^"\\]|\\.)*)"|[^\s()"]+')


def trees(text):
    """Every expression of a text, each a list of words and lists."""
    stack = [[]]
    for match in _TOKEN.finditer(text):
        word = match.group(0)
        if word == "(":
            stack.append([])
        elif word == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(word if match.group(1) is None else match.group(1))
    return stack[0]


def every(node, name):
    """The lists within a node that begin with a word."""
    return [item for item in node if isinstance(item, list) and item and item[0] == name]


def first(node, name, default=""):
    """The word after a name, in the first list of that name."""
    found = every(node, name)
    return found[0][1] if found and len(found[0]) > 1 else default
