"""Every relative link of README and docs/ leads to a file that is here, and to a heading in it."""

import re
from collections import Counter
from urllib.parse import unquote

import pytest

from fixtures.repository import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")),
         *sorted((ROOT / "hardware").rglob("*.md"))]
# [text](target), [text](<target>), ![text](target "title"); [label]: target; <a href>, <img src>
LINK = re.compile(r"""\]\(\s*<?([^)\s>]+)>?(?:\s+["'][^)]*)?\)"""
                  r"""|^\[[^\]]+\]:\s*(\S+)"""
                  r"""|(?:href|src)=["']([^"']+)""", re.MULTILINE)


def without_blocks(text):
    """The text without its blocks of code and its comments."""
    return re.sub(r"^(```|~~~).*?^\1|<!--.*?-->", "", text, flags=re.DOTALL | re.MULTILINE)


def links(text):
    """The targets that are no addresses of the web."""
    prose = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", without_blocks(text), flags=re.DOTALL)
    found = ("".join(groups) for groups in LINK.findall(prose))
    return [target for target in found if not re.match(r"[a-z][a-z0-9+.-]*:", target)]


def anchors(text):
    """The anchors that GitHub gives a page's headings."""
    times, given = Counter(), set()
    for heading in re.findall(r"^#{1,6} +(.+?) *#* *$", without_blocks(text), re.MULTILINE):
        heading = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)  # a link's text counts
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        given.add(f"{slug}-{times[slug]}" if times[slug] else slug)
        times[slug] += 1
    return given | set(re.findall(r"""<a (?:id|name)=["']([^"']+)""", text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_to_a_file_and_a_heading_that_are_there(page):
    for target in links(page.read_text()):
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.is_relative_to(ROOT), f"{target}: outside of the repository"
        assert file.exists(), f"{target}: there is no such file"
        if anchor:
            assert file.suffix == ".md", f"{target}: an anchor in what is no page"
            assert anchor in anchors(file.read_text()), f"{target}: there is no such heading"


def test_links_in_code_are_none_and_all_forms_of_a_link_are_found():
    text = ("[a](b.md) ![c](d.png \"e\") [f](<g.md#h>) [i](https://j) [k](#l)\n[m]: n.md\n"
            "`[o](p)` <img src=\"q.svg\">\n```\n[r](s)\n```\n<!-- [t](u) -->\n")
    assert links(text) == ["b.md", "d.png", "g.md#h", "#l", "n.md", "q.svg"]


def test_anchors_are_those_that_github_makes():
    text = "# När ett tal blir grått\n## `a.b`: [text](link), 2 × 3!\n## Twice\n## Twice\n"
    assert anchors(text) == {"när-ett-tal-blir-grått", "ab-text-2--3", "twice", "twice-1"}
