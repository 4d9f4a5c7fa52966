"""The heap of the running application may not grow unseen: measure/memory_map.py.

A share that grows by more than 2 kB is a decision: raise its figure here, and say why in the
commit. One that shrinks by more than 3 kB lowers it. Bytes on the 32-bit VM.
"""

import pytest

from fixtures import needs
from measure import memory_blocks, memory_map

FIGURES = {
    "asyncio": 2160,
    "hub": 5456,
    "meter": 4944,
    "core": 14192,
    "outputs/mqtt": 3104,
    "web/server": 1216,
    "app": 3168,  # at the start only, like the next
    "config": 10096,  # its rules and their words
    "net/dial": 432,
    "net/resolver": 480,
    "home_assistant/entities": 4720,
    "meter/diagnosis_text": 992,
    "objects": 24688,  # with what closes a quarter (build/layout.py, KEPT)
    "names": 3840,
    "names, count": 239,
    "names, page open, count": 274,
    "most at start": 50416,  # the rules of the configuration, and what hashes a password
    "twin's own": 5760,
    "application": 55392,
    # With what a board knows of pin 1 there are 301 names, and the next table (below); a plain
    # ESP32 has that one from its start on.
    "application, page open": 62400,
    "total": 61152,
}
GROWTH, SHRINKING = 2048, 3072


@pytest.fixture(scope="module")
def measured():
    needs.micropython()
    return memory_map.figures(after=25)


def test_no_share_has_grown(measured):
    grown = {name: (size, FIGURES.get(name, 0)) for name, size in measured.items()
             if size > FIGURES.get(name, 0) + (GROWTH if not name.endswith("count") else 20)}
    assert not grown, "measured, and written here"


def test_the_figures_are_those_of_today(measured):
    shrunk = {name: (size, FIGURES[name]) for name, size in measured.items()
              if size < FIGURES[name] - SHRINKING}
    assert not shrunk, "measured, and written here: lower the figure"
    assert set(measured) == set(FIGURES)


def test_the_budget_is_met(measured):
    """With the twin's own share in it; a dongle has board/esp32.py and Wi-Fi instead."""
    assert measured["total"] <= memory_map.MUST


def test_set_up_mode_fits():
    needs.micropython()
    assert memory_map.set_up() <= memory_map.SET_UP_MUST


def test_blocks_by_kind_are_all_of_the_heap(measured):
    told = []
    memory_map.probe(5, look=lambda pid: told.extend(memory_blocks.lines(pid)))
    size = {line[:28].strip(): int(line[28:36]) for line in told}
    assert size["bytecode"] < 8_000 and size["other"] < 6_000
    assert abs(sum(size.values()) - measured["total"]) < 8_000  # the probe is there, too


def test_names_at_rest_fit_without_another_table(measured):
    """MicroPython's tables of names have room for 20, 40, 80, 160: beyond these 300 the next one
    takes 2.2 kB at once. 13 names are the probe's own, and not counted. A plain ESP32 has the next
    one from its start on (board/names_table.py), so that a name costs its text and place only: 10
    to 20 bytes. With a page open there are 287 and the probe's, or one more: FIGURES has them, and
    the table."""
    assert measured["names, count"] + 13 <= 268
