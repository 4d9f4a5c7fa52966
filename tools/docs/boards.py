"""Writes docs/boards.md from the boards in tools/flash/presets.py.

    .venv/bin/python -m docs.boards          # writes it (make docs)
"""

import sys
from pathlib import Path

from build import boards
from flash import presets

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "boards.md"
TEXT = Path(__file__).with_name("boards_text.md")
_TABLES = "(the tables)\n"
NAMES = ("board", "`BOARD=`", "chip", "flash", "rx", "tx", "light", "button", "tried by",
         "maker's firmware", "source")
KINDS = {presets.OWN: "Built by yourself", presets.SOLD: "Sold",
         presets.DESIGN: "Published designs"}
_CONSOLE = {"ESP32_GENERIC": 3, "ESP32_GENERIC_S3": 44, "ESP32_GENERIC_C3": 20}


def row(preset: presets.Preset) -> str:
    """One line of the table."""
    pins = preset.pins

    def own(use: str) -> str:
        return str(pins[use]) if use in pins else "own"

    rx = own("rx") + ", inverted" * preset.invert
    rx += ", UART0" * (pins.get("rx") == _CONSOLE[preset.board])
    cells = (preset.words, f"`{preset.name}`", boards.BOARDS[preset.board].words,
             f"{preset.flash_mb} MB" if preset.flash_mb else "not stated", rx, own("tx"),
             own("led") + ", low" * preset.led_invert, own("button"), preset.reports,
             f"[{preset.maker}]({preset.back})" if preset.back else "–",
             f"[{preset.source.rpartition('/')[2]}]({preset.source})" if preset.source else "–")
    return f"| {' | '.join(cells)} |\n"


def page() -> str:
    """The whole page."""
    text = ""
    for kind, words in KINDS.items():
        text += f"## {words}\n\n| {' | '.join(NAMES)} |\n{'|---' * len(NAMES)}|\n"
        rows = [preset for preset in presets.PRESETS if preset.kind == kind]
        text += "".join(map(row, rows)) + "\n"
        for note in dict.fromkeys(note for preset in rows for note in preset.notes):
            names = ", ".join(preset.words for preset in rows if note in preset.notes)
            text += f"* {names}: {note[0]}\n"
        text += "\n"
    return TEXT.read_text().replace(_TABLES, text.rstrip() + "\n")


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"docs: {PAGE.relative_to(ROOT)}", file=sys.stderr)
