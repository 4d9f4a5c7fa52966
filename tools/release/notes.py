"""The release notes: what CHANGELOG.md says of this version, and what the files are."""

import re
from collections.abc import Sequence

UNRELEASED = "Unreleased"


class NoNotes(Exception):
    """CHANGELOG.md says nothing of this version; the text says what to do."""


def section(changelog: str, version: str) -> tuple[str, str]:
    """(its heading, its text): of the version, else of what is not released. Raises NoNotes."""
    found = dict(re.findall(r"(?ms)^## \[?([^\]\n]+?)\]?(?: .*?)?$\n(.*?)(?=^## |\Z)", changelog))
    for heading in (version, UNRELEASED):
        if found.get(heading, "").strip():
            return heading, found[heading].strip()
    raise NoNotes(f"CHANGELOG.md has no text under \"## {version}\" nor \"## {UNRELEASED}\"")


def write(changelog: str, version: str, facts: Sequence[str],
          files: Sequence[tuple[str, str, int]]) -> str:
    """The notes, Markdown. `facts`: lines on how it was built. `files`: (name, what for, bytes).
    """
    heading, text = section(changelog, version)
    lines = [f"# microhan {version}", ""]
    if heading == UNRELEASED:
        lines += ["**Not released**: CHANGELOG.md has no section of this version yet.", ""]
    lines += [text, "", "## Files", "", "| file | what for | bytes |", "|---|---|--:|"]
    lines += [f"| `{name}` | {words} | {size:,} |" for name, words, size in files]
    return "\n".join([*lines, "", *[f"* {fact}" for fact in facts], ""])
