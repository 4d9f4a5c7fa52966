"""The page's texts as its scripts have them. In the sources each is a pair, [Swedish, English],
with a name; in a script it is a number, the line of its words in two lists. Names, quotes and
brackets are gone then, and what is alike stands together: 2 kB less, compressed.
"""

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

_PAIR = re.compile(r'\[\s*("(?:[^"\\]|\\.)*"),\s*("(?:[^"\\]|\\.)*")\]')
_MARK = re.compile(r"@(\d+)@")
_MODULE = "import {{ know }} from \"./language\";\nknow(`{}`, `{}`);\n"

Pair = tuple[str, str]


class Texts:
    """All texts of the page's sources."""

    def __init__(self, source: Path) -> None:
        self._source = source
        found = (source / "device_words.ts", *(source / "texts").glob("*.ts"))
        self._files = sorted(path.relative_to(source) for path in found)
        # A pair that two files have is one text.
        self._pairs: list[Pair] = list(dict.fromkeys(
            _pair(found) for path in self._files
            for found in _PAIR.finditer((source / path).read_text())))

    def copy(self, folder: Path, chosen: Iterable[int] = (), **entries: Iterable[int]) -> Path:
        """Copies the sources to a folder, and returns it. The chosen texts are numbered from 1 on
        there, and each entry brings the words of those that are named for it. All others are
        marks, which used() finds."""
        shutil.copytree(self._source, folder)
        places = [f'"@{number}@"' for number in range(len(self._pairs))]
        for line, number in enumerate(chosen, 1):
            places[number] = str(line)
        by_pair = dict(zip(self._pairs, places, strict=True))
        for path in self._files:
            text = (self._source / path).read_text()
            (folder / path).write_text(_PAIR.sub(lambda found: by_pair[_pair(found)], text))
        for entry, numbers in entries.items():
            (folder / f"{entry}_words.ts").write_text(self._words(numbers))
            path = folder / f"{entry}.tsx"
            path.write_text(f'import "./{entry}_words";\n{path.read_text()}')
        return folder

    def _words(self, numbers):
        """The module that brings the words of these texts."""
        pairs = [self._pairs[number] for number in numbers]
        return _MODULE.format(*(
            "\n".join(_quoted(pair[side]) for pair in pairs) for side in (0, 1)))


def used(script: str) -> set[int]:
    """Which texts a script has that was built of marks."""
    return {int(number) for number in _MARK.findall(script)}


def _pair(found):
    return json.loads(found[1]), json.loads(found[2])


def _quoted(words):
    return words.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
