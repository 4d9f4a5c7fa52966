"""What a stranger meets first: the words of the papers and of `make`."""

import re
import subprocess

from conftest import ROOT

PAPERS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")),
          *sorted((ROOT / "hardware").glob("**/*.md"))]


def test_every_make_target_and_tool_that_a_paper_names_is_there():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for paper in PAPERS:
        for span in re.findall(r"`[^`]+`|```.*?```", paper.read_text(), re.DOTALL):
            for name in re.findall(r"(?:^|[`\n$] ?)make ([a-z]+)", span):
                assert name in targets, f"{paper.name}: make {name}"
            for name in re.findall(r"(?:^|[\s`])((?:tools|hardware)/\w+\.py)", span):
                assert (ROOT / name).is_file(), f"{paper.name}: {name}"


def test_no_paper_tells_to_type_python_without_its_number():
    # Debian and Ubuntu have no `python`
    typed = re.compile(r"(?<![\w./])python (?=[\w.-]+[/.]|-)")
    for path in (*PAPERS, *(ROOT / "tools").glob("*.py"), *(ROOT / "hardware").glob("*.py")):
        assert not typed.search(path.read_text()), path


def test_make_lists_each_target_apart_from_its_words():
    done = subprocess.run(["make", "-s", "-C", ROOT, "help"], capture_output=True, text=True)
    rows = [row.split() for row in done.stdout.splitlines() if row.startswith("make ")]
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert [row[1] for row in rows] == targets
