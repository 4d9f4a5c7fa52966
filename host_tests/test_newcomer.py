"""What a stranger meets first: the words of the papers and of `make`."""

import re
import subprocess

from fixtures.repository import ROOT

PAPERS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")),
          *sorted((ROOT / "docs" / "sv").glob("*.md")),
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


def test_who_is_about_to_connect_a_meter_is_told_to_measure_every_pair_of_pins():
    """Against pin 6 alone an M-Bus socket with 34 V between pins 3 and 4 looks dead."""
    for name in ("README.md", "hardware/README.md", "hardware/safety.md", "hardware/bring-up.md",
                 "hardware/pictures/socket.svg"):
        words = " ".join(re.sub(r"<[^>]*>", " ", (ROOT / name).read_text()).split())
        assert re.search(r"every pair of pins\W.{0,50}?3 to 4 (first|before all)", words), name
    rows = re.findall(r"^\| \**(\d to \d[^|]*|the seven others[^|]*)\|",
                      (ROOT / "hardware" / "safety.md").read_text(), re.MULTILINE)
    pairs, first = set(), ""
    for pair in re.split(r"[,:;] ", " ; ".join(rows)):
        digits = re.findall(r"\d", pair)
        first = digits[0] if len(digits) > 1 else first
        pairs |= {frozenset((first, other)) for other in digits[-1:]}
    assert pairs == {frozenset((a, b)) for a in "123456" for b in "123456" if a < b}
    assert rows[0].startswith("3 to 4")


def test_where_pin_1_is_is_said_in_one_way():
    words = "Look into the meter's socket with the latch at the bottom: pin 1 is on the left"
    for name in ("README.md", "hardware/safety.md"):
        assert words in " ".join((ROOT / name).read_text().split()), name


def test_a_paper_that_names_the_button_says_what_it_does():
    for name, row in (("docs/configuration.md", "| `button` "),
                      ("hardware/dongle.md", "the user's button")):
        (line,) = [text for text in (ROOT / name).read_text().splitlines() if row in text]
        assert re.search("5 seconds", line) and re.search("15 it asks", line), name
