"""A script's texts are numbers: lines of its words, which are in the sources pair by pair."""

import re

import pytest

from build import page_texts

LANGUAGE = "export const know = (...words) => words;\n"
NOW = '''export const now: Pair = ["Nu", "Now"];
export const quoted: Pair = [
  "Säg ”ja” till `{0}` \\\\ ${1}", "Say \\"yes\\" to `{0}` \\\\ ${1}"];
export const same: Pair = ["Nu", "Now"];
'''
LATER = 'export const later: Pair = ["Sedan", "Later"];\n'


@pytest.fixture
def texts(tmp_path):
    source = tmp_path / "src"
    (source / "texts").mkdir(parents=True)
    for name, text in (("language.ts", LANGUAGE), ("device_words.ts", ""),
                       ("main.tsx", "main();\n"), ("texts/now.ts", NOW),
                       ("texts/later.ts", LATER)):
        (source / name).write_text(text)
    return page_texts.Texts(source)


def test_a_text_is_first_a_mark_that_is_found_again(texts, tmp_path):
    made = texts.copy(tmp_path / "marked")
    now = (made / "texts" / "now.ts").read_text()
    assert re.sub(r"@\d@", "@", now) == (
        'export const now: Pair = "@";\nexport const quoted: Pair = "@";\n'
        'export const same: Pair = "@";\n')
    assert len(page_texts.used(now)) == 2  # one of them is there twice
    assert (made / "main.tsx").read_text() == "main();\n"


def test_then_a_number_from_1_on_and_the_words_are_lines(texts, tmp_path):
    marked = texts.copy(tmp_path / "marked")
    now = sorted(page_texts.used((marked / "texts" / "now.ts").read_text()))
    later = sorted(page_texts.used((marked / "texts" / "later.ts").read_text()))
    made = texts.copy(tmp_path / "made", [*now, *later], main=now)
    assert (made / "texts" / "now.ts").read_text() == (
        "export const now: Pair = 1;\nexport const quoted: Pair = 2;\n"
        "export const same: Pair = 1;\n")
    assert (made / "texts" / "later.ts").read_text() == "export const later: Pair = 3;\n"
    assert (made / "main.tsx").read_text() == 'import "./main_words";\nmain();\n'
    assert (made / "main_words.ts").read_text() == (
        'import { know } from "./language";\n'
        "know(`Nu\nSäg ”ja” till \\`{0}\\` \\\\ \\${1}`, "
        '`Now\nSay "yes" to \\`{0}\\` \\\\ \\${1}`);\n')
