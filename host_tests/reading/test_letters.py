"""A text that comes from outside leaves none of its letters behind as a name: json_text.py."""

import ast
import subprocess

import pytest

import build
from build import hints
from fixtures import needs

SOURCE = build.FIRMWARE / "microhan" / "reading" / "json_text.py"
# Letters that MicroPython has no name of; a line of qstr_info(1) is a name.
WORDS = "ÅÄÖé~^#"
SCRIPT = """
import micropython
from json_text import json_text, letters
words = {data!r}.decode()
{statement}
micropython.qstr_info(1)
"""


def left_behind(statement, tmp_path):
    """Which letters are names after it, `words` being a text."""
    command = needs.micropython("i386")
    (tmp_path / "json_text.py").write_text(ast.unparse(hints.without(SOURCE.read_text())))
    (tmp_path / "script.py").write_text(SCRIPT.format(data=WORDS.encode(), statement=statement))
    told = subprocess.run([*command, "script.py"], cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == 0, told
    return {letter for letter in WORDS if f"Q({letter})" in told.stdout.splitlines()}


@pytest.mark.parametrize("statement", [
    "assert ''.join(list(letters(words))) == words and len(list(letters(words))) == 7",
    "assert len(json_text(words)) == 2 + 4 * 6 + 3",
], ids=["letters", "json_text"])
def test_a_text_leaves_no_letter_behind(statement, tmp_path):
    assert left_behind("for letter in words: pass", tmp_path) == set(WORDS)
    assert left_behind(statement, tmp_path) == set()
