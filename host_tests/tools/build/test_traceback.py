"""tools/build/traceback.py: a traceback of the device, with the names of the source."""

import subprocess
from pathlib import Path

import pytest

import build
from build import compact, traceback
from fixtures import needs

TRACED = {
    "microhan/app.py": "from .store import Book, Reader\n\n\ndef start(how):\n"
                       "    return Reader().run(Book(), how)\n",
    "microhan/store.py": "class Book:\n    def __init__(self):\n        self.n = 1\n\n"
                         "    def run(self, n):\n        return self._turn(n)\n\n"
                         "    def _turn(self, n):\n        return self.n // n\n\n\n"
                         "class Reader:\n    def run(self, book, n):\n        if n:\n"
                         "            self._weigh(book)\n        return book.run(n)\n\n"
                         "    def _weigh(self, book):\n        raise ValueError(book.n)\n"}


@pytest.mark.parametrize(("how", "frames"), [
    (0, ['File "app.py", in start', 'File "store.py", in Reader.run',
         'File "store.py", in Book.run', 'File "store.py", in Book._turn']),
    (1, ['File "app.py", in start', 'File "store.py", in Reader.run',
         'File "store.py", in Reader._weigh']),
])
def test_a_traceback_names_the_functions_of_the_source(tmp_path, how, frames):
    """As MicroPython writes it, without the numbers of lines."""
    command = needs.micropython()
    program = compact.Program(TRACED, ["from microhan.app import start"], (), compact.Steps())
    for file in program.parts:
        (tmp_path / "microhan").mkdir(exist_ok=True)
        source = tmp_path / "source"
        source.write_text(program.text(file))
        place = program.place_of[file]
        subprocess.run([build.compiler()[0], "-O3", "-s", Path(place).stem, "-o",
                        str(tmp_path / place.replace(".py", ".mpy")), str(source)], check=True)
    told = subprocess.run([*command, "-c", f"import sys; sys.path.insert(0, '')\nfrom app import "
                           f"start\nstart({how})"], cwd=tmp_path, capture_output=True,
                          text=True).stderr
    names = {"places": {Path(place).stem: Path(file).stem
                        for file, place in program.place_of.items()},
             "files": {file: {"functions": found} for file, found in program.functions.items()}}
    shown = [line.strip() for line in traceback.readable(told, names).splitlines()]
    assert shown[0].startswith("Traceback") and "Error: " in shown[-1]
    assert shown[2:-1] == frames, told


def test_what_cannot_be_turned_back_is_left_as_it_is():
    names = {"files": {"core.py": {"functions": {"io": [["hub.Hub:publish", [], "e"],
                                                          ["meter.Meter:run", [], "id"]]}}}}
    for text in ('  File "core", line 1, in sep\n', '  File "main.py", line 9, in io\n', "words"):
        assert traceback.readable(text, names) == text
    assert traceback.readable('  File "core.py", line 7, in io\n', names) == (
        '  File "hub.py" or "meter.py", in Hub.publish or Meter.run (core.py, line 7)\n')


def test_a_traceback_is_read_with_the_build_that_it_comes_from(tmp_path, monkeypatch):
    monkeypatch.setattr(traceback, "MAPS", tmp_path)
    (tmp_path / "1f2e3d4c.json").write_text('{"build": "1f2e3d4c"}')
    for wanted, log in (("1f2e3d4c", ""), ("", "microhan 0.1.0 id a1b2c3 build 1f2e3d4c\n"),
                        ("", "microhan build 1f2e3d4c\n"), ("", '{"build": "1f2e3d4c"}'),
                        (str(tmp_path / "1f2e3d4c.json"), "")):
        assert traceback.find(wanted, log) == {"build": "1f2e3d4c"}
    with pytest.raises(traceback.NoMap, match="names no build"):
        traceback.find("", "Traceback")
    with pytest.raises(traceback.NoMap, match="00000000.json: give the .names.json that came"):
        traceback.find("00000000")


def test_most_functions_have_a_name_that_no_other_of_their_file_has():
    """All private ones, and all that stand outside of classes."""
    program = build.firmware()
    assert program.file_of["microhan/outputs/base.py"]  # all of it, whatever was built before
    for file in program.parts:
        program.text(file)
    functions = [found for file in program.functions.values() for found in file.values()]
    shared = [one[0] for found in functions if len(found) > 1 for one in found]
    assert not [told for told in shared if ":_" in told.replace(":__", "")]
    assert len(shared) < 0.25 * sum(map(len, functions)), sorted(shared)
