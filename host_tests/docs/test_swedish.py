"""docs/sv: the pages for a household are found, and say what the firmware says."""

import re

import pytest

from fixtures.repository import ROOT

FOLDER = ROOT / "docs" / "sv"
PAGES = {path.name: path.read_text() for path in sorted(FOLDER.glob("*.md"))}
DIAGNOSIS = ROOT / "firmware" / "microhan" / "meter" / "diagnosis_text.txt"


def test_the_first_screen_of_the_readme_leads_to_them():
    assert "(docs/sv/README.md)" in "\n".join((ROOT / "README.md").read_text().splitlines()[:12])


def test_the_index_leads_to_every_page_and_every_page_back_to_it():
    others = set(PAGES) - {"README.md"}
    assert set(re.findall(r"\]\(([\w-]+\.md)\)", PAGES["README.md"])) == others
    for name in others:
        assert "](README.md)" in PAGES[name].splitlines()[2], name


def test_the_pages_are_short():
    for name, text in PAGES.items():
        assert len(text.splitlines()) <= 90, name


@pytest.mark.parametrize("line", DIAGNOSIS.read_text().splitlines(), ids=lambda s: s.split("|")[0])
def test_every_sentence_of_the_diagnosis_is_found_by_how_it_begins(line):
    swedish = line.split("|")[1]
    quotes = re.findall(r"^\| \*(.+?)\* \|", PAGES["felsokning.md"], re.MULTILINE)
    begins = [quote.removesuffix("…").strip() for quote in quotes]
    assert [words for words in begins if swedish.startswith(words)], swedish


def test_no_row_quotes_what_the_firmware_does_not_say():
    sentences = [line.split("|")[1] for line in DIAGNOSIS.read_text().splitlines()]
    for quote in re.findall(r"^\| \*(.+?)\* \|", PAGES["felsokning.md"], re.MULTILINE):
        words = quote.removesuffix("…").strip()
        found = [text for text in sentences if text.startswith(words)]
        assert len(found) == 1, f"{quote}: begins {len(found)} sentences"


def test_they_give_no_phone_number_and_no_price():
    """Both change without notice, and a wrong one costs a household an afternoon."""
    for name, text in PAGES.items():
        assert not re.search(r"\b0\d{1,3}[- ]\d|\+46|\d\s*(?:kr|kronor|SEK|öre)\b", text), name


def test_what_follows_the_firmware_names_the_part_and_stands_before_its_paragraph():
    for name, text in PAGES.items():
        for part, after in re.findall(r"<!-- *follows firmware: *(\w*) *-->(.{0,2})", text, re.S):
            assert part in ("site", "setup", "page", "auth"), name
            assert after.strip(), f"{name}: nothing stands behind a mark"
        assert text.count("<!--") == len(re.findall(r"<!-- follows firmware: \w+ -->", text)), name
