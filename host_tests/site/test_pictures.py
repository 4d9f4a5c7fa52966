"""The pictures of docs/flashing.md and of its Swedish sister.

They are made in build/screenshots/; WRITE_PICTURES=1 puts them where the documents have them.
"""

import os

import pytest

from fixtures.browser import SHOTS
from fixtures.repository import ROOT

WIDTH = 720
BUTTONS = {"en": ("Connect the board", "Install microhan", "That fits"),
           "sv": ("Anslut kortet", "Installera microhan", "Det stämmer med")}
LARGEST = 120_000  # bytes of a picture


def take(where, name, language):
    """A picture of an element, or of what the window shows."""
    folder = ROOT / "docs" / "pictures" if os.environ.get("WRITE_PICTURES") else SHOTS
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"flash-{name}{'-sv' if language == 'sv' else ''}.png"
    where.screenshot(path=path)
    assert 2_000 < path.stat().st_size < LARGEST
    return path


@pytest.mark.parametrize("language", ["en", "sv"])
def test_the_documents_pictures_are_of_todays_page(open_site, language):
    connect, install, fits = BUTTONS[language]
    sight = open_site({"chip": "ESP32-C3"}, language=language, width=WIDTH, height=560)
    page = sight.page
    sight.choose("SlimmeLezer Mini")
    section = page.locator("section[aria-labelledby=h-{}]".format("board"))
    pictures = {take(section, "board", language)}
    sight.press(connect)
    sight.sees(fits, "#found")
    pictures.add(take(page.locator("section[aria-labelledby=h-connect]"), "connect", language))
    # the password is another one each time, and the documents' pictures do not change for it
    page.evaluate("""async () => (await import('./label.js')).draw('a1b2c3', 'abcdefgh2345')""")
    pictures.add(take(page.locator("#label"), "label", language))
    sight.press(install)
    dialog = page.locator("ewt-install-dialog")
    dialog.get_by_text("Install microhan").wait_for()
    page.wait_for_timeout(800)  # it comes with a movement
    pictures.add(take(page, "dialog", language))
    named = (ROOT / "docs/flashing.md").read_text()
    assert language != "en" or all(f"pictures/{path.name}" in named for path in pictures)
