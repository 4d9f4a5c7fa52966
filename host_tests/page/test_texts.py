"""The page's texts: each in both languages, none outside the table, and none that nobody shows."""

import re

from fixtures.repository import ROOT

SOURCES = ROOT / "firmware" / "page" / "src"
TABLES = sorted((SOURCES / "texts").glob("*.ts"))
_WORDS = r'\[\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)"\]'
PAIR = re.compile(rf"^export const (\w+): Pair = {_WORDS};$", re.MULTILINE)
ROW = re.compile(r"^export const \w+", re.MULTILINE)


def pairs():
    """(table, key, Swedish, English) of every text."""
    return [(path.stem.upper(), *match.groups())
            for path in TABLES for match in PAIR.finditer(path.read_text())]


def test_every_row_of_the_table_is_a_pair():
    rows = sum(len(ROW.findall(path.read_text())) for path in TABLES)
    assert len(pairs()) == rows > 200
    for table, key, swedish, english in pairs():
        assert swedish.strip() and english.strip(), f"{table}.{key}"
        for text in (swedish, english):
            assert text == text.strip() and "\\n" not in text, f"{table}.{key}"  # it is a line


def test_both_languages_put_the_same_things_in():
    for table, key, swedish, english in pairs():
        holes = [sorted(re.findall(r"\{\d\}", text)) for text in (swedish, english)]
        assert holes[0] == holes[1], f"{table}.{key}"


def sentences():
    """(Swedish, English) of the device's own sentences."""
    text = (SOURCES / "device_words.ts").read_text()
    return re.findall(r'^  \["((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)"\],$', text, re.MULTILINE)


def test_a_translated_sentence_of_the_device_is_one_that_it_says():
    import shim  # noqa: F401 - MicroPython's dialect for CPython

    firmware = " ".join(path.read_text() for path in (ROOT / "firmware").glob("**/*.py"))
    firmware = re.sub(r'"\s*\n\s*"', "", firmware)
    for swedish, english in sentences():
        assert sorted(re.findall(r"\{\d\}", swedish)) == sorted(re.findall(r"\{\d\}", english))
        for piece in re.split(r"\{\d\}|…|: |\(code |^the broker |^the server answers ", english):
            piece = piece.strip(" .,)")
            assert piece in firmware, f"the device does not say {piece!r}"
    assert len(sentences()) > 40


def test_no_text_is_left_that_nobody_shows():
    others = "".join(path.read_text() for path in SOURCES.glob("*.ts*"))
    assert [f"{table}.{key}" for table, key, _, _ in pairs()
            if not re.search(rf"\b{table}\.{key}\b", others)] == []


def test_no_text_stands_outside_the_table():
    allowed = {"microhan", "Svenska", "English", "W", "A", "Id"}
    for path in SOURCES.glob("*.tsx"):
        code = re.sub(r"(?m)^ *//.*|/\*.*?\*/|=>", "", path.read_text())
        for words in re.findall(r">([^<>{}()=;]*[A-Za-zåäö]{2,}[^<>{}()=;]*)</", code):
            assert words.strip() in allowed, f"{path.name}: {words.strip()!r}"
        for words in re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', code):
            raise AssertionError(f"{path.name}: {words!r}")
