"""What a person sees of the flasher's page, in both languages, narrow and wide."""

import re

import pytest

from fixtures.browser import DESK, NARROW, PHONE

# {language: {key: the places in its text that are filled in, or those of each of its lines}}
WORDS = """async () => {
  const { WORDS } = await import('./words.js');
  const places = value => Array.isArray(value) ? value.map(places)
    : (value.match(/\\{\\w+\\}/g) || []).sort();
  const shape = texts => Object.fromEntries(
    Object.entries(texts).map(([key, value]) => [key, places(value)]));
  return { sv: shape(WORDS.sv), en: shape(WORDS.en) };
}"""


def test_both_languages_say_the_same_things(open_site):
    words = open_site().page.evaluate(WORDS)
    assert words["sv"] == words["en"] and len(words["sv"]) > 60


@pytest.mark.parametrize("language,title,needs", [
    ("sv", "Lägg microhan på ett kort", "En telefon kan inte skriva"),
    ("en", "Put microhan on a board", "A phone cannot write")])
def test_the_page_opens_in_the_readers_language_and_says_first_what_it_needs(
        open_site, language, title, needs):
    sight = open_site(language=language)
    assert sight.sees(title, "h1")
    headings = sight.texts("h2")
    assert len(headings) == 7 and re.match("What you need|Det här behöver du", headings[0])
    assert sight.sees(needs) and sight.page.get_attribute("html", "lang") == language
    assert sight.complaints == []


def test_the_language_can_be_switched_and_stays(open_site):
    sight = open_site(language="en")
    sight.press("Svenska")
    assert sight.sees("Lägg microhan på ett kort", "h1")
    sight.page.reload()
    assert sight.sees("Lägg microhan på ett kort", "h1")
    sight.page.goto(sight.url + "?lang=en")
    assert sight.sees("Put microhan on a board", "h1")


@pytest.mark.parametrize(("width", "language", "scheme"), [
    (NARROW, "sv", "light"), (NARROW, "en", "dark"), (PHONE, "sv", "dark"), (DESK, "sv", "light"),
    (DESK, "en", "dark")])
def test_nothing_is_cut_off_and_all_can_be_read(open_site, width, language, scheme):
    sight = open_site(language=language, width=width, color_scheme=scheme)
    sight.choose("SlimmeLezer Pro")
    for summary in sight.page.locator("summary").all():
        summary.click()
    assert sight.overflow() <= 0
    assert sight.violations() == []
    sight.shot(f"site-{width}-{language}-{scheme}")


def test_boards_say_what_is_known_of_them(open_site):
    sight = open_site()
    assert sight.sees("ESP32-C3, untried", "label:has-text('SlimmeLezer Mini')")
    sight.choose("SlimmeLezer Mini")
    assert sight.sees("Nobody has reported this board yet", "#board-notes")
    link = sight.page.locator("#board-notes a").get_attribute("href")
    assert re.match(r"https://github.com/zuidwijk/SlimmeLezer/blob/[0-9a-f]{40}/Mini/", link)
    sight.page.locator("summary", has_text="Back to the maker").click()
    assert sight.sees("Marcel Zuidwijk: https://support.zuidwijk.com/", "#back-maker")


def test_a_browser_that_cannot_reach_usb_is_told_what_can(browser, served):
    context = browser.new_context(locale="sv-SE")
    page = context.new_page()
    page.add_init_script("delete Navigator.prototype.serial")
    page.goto(served)
    page.get_by_text("Öppna sidan i Chrome, Edge eller Opera på en dator").wait_for()
    assert page.locator("#connect").is_disabled() and page.locator("#start").is_disabled()
    context.close()


def test_a_page_that_cannot_start_says_why(browser, served):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(served)
    words = page.locator("#waiting").inner_text()
    assert "webbserver" in words and "does not work as a file" in words
    context.close()


def test_keys_alone_reach_everything(open_site):
    sight = open_site()
    reached = set()
    for _ in range(40):
        sight.page.keyboard.press("Tab")
        reached.add(sight.page.evaluate(
            "document.activeElement.id || document.activeElement.textContent"))
    assert {"connect", "read-label", "Svenska", "English", "MicroPython only"} <= reached
