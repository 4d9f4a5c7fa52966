"""The page before the real firmware: login, live within 100 ms, and the VM frozen and killed."""

import json
import os
import signal
import statistics
import time

import pytest

from build import setup_env
from fixtures import needs, next_version
from fixtures.browser import PHONE, Sight
from fixtures.twin_answers import answered
from microhan import VERSION
from twin.twin import Options, Twin

AT_ONCE_MS = 100
TELEGRAMS = 12
# The meter's own time: only that is new in every telegram, at night too.
RECORD = """() => { window.seen = []; let last = '';
    new MutationObserver(() => { const text = document.querySelector('.meter').innerText;
      if (text !== last) { last = text; window.seen.push(Date.now()); } })
    .observe(document.querySelector('main'),
      {subtree: true, childList: true, characterData: true}); }"""


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    """A twin whose meter sends each second."""
    needs.micropython()
    flash = tmp_path_factory.mktemp("twin") / "flash"
    with Twin(Options(flash=flash, http_port=0, interval=1, mqtt=None)) as running:
        running.start()
        running.wait_for_reading(60)
        yield running


def log_in(browser, twin, **options):
    sight = Sight(browser, f"http://127.0.0.1:{twin.client.port}/", **options)
    sight.page.get_by_label("Owner's password").fill(twin.access["password"])
    sight.press("Log in")
    sight.sees(r"\d", ".big")
    return sight


def note(**figures):
    """Keep figures for the papers: build/page.json."""
    path = os.path.join(setup_env.BUILD, "page.json")
    known = {}
    if os.path.exists(path):
        with open(path) as file:
            known = json.load(file)
    with open(path, "w") as file:
        json.dump(known | figures, file, indent=1)


def test_it_is_live_within_100_ms_of_the_telegram(browser, twin):
    sight = log_in(browser, twin)
    sight.page.evaluate(RECORD)
    sent = []
    before = twin.last_byte
    while len(sent) < TELEGRAMS:
        if twin.last_byte != before:
            before = twin.last_byte
            sent.append(before + time.time() - time.monotonic())
        time.sleep(0.005)
    sight.page.wait_for_timeout(500)
    seen = [at / 1000 for at in sight.page.evaluate("window.seen")]
    delays = [1000 * (min(after) - at) for at in sent
              if (after := [one for one in seen if one >= at - 0.002])]
    assert len(delays) == TELEGRAMS
    note(live_ms_median=round(statistics.median(delays)), live_ms_max=round(max(delays)))
    # On a busy PC some are late: asking once a second would make the median 500 ms, a quarter
    # later than 250.
    assert sorted(delays)[len(delays) // 4] <= AT_ONCE_MS and (
        statistics.median(delays) < 4 * AT_ONCE_MS), delays
    assert sight.complaints == []
    sight.shot("twin-live")
    sight.close()


def test_a_page_that_is_opened_again_is_quick_and_asks_for_little(browser, twin):
    sight = log_in(browser, twin)
    first = []
    sight.page.on("response", lambda answer: first.append(answer))
    begun = time.monotonic()
    sight.page.goto(sight.url)
    sight.sees(r"Taken from the grid now|Fed to the grid now", ".way")
    note(again_to_number_ms=round(1000 * (time.monotonic() - begun)))
    assert all(answer.from_service_worker or answer.ok for answer in first)
    sight.close()


def test_the_first_visit_to_the_first_number(browser, twin):
    sight = log_in(browser, twin)
    cookies = sight.context.cookies()
    sight.close()
    context = browser.new_context()  # nothing is cached in it
    context.add_cookies(cookies)
    page = context.new_page()
    begun = time.monotonic()
    page.goto(f"http://127.0.0.1:{twin.client.port}/")
    page.locator(".link.live").wait_for()
    took = time.monotonic() - begun
    note(first_number_ms=round(1000 * took))
    assert took < 20
    context.close()


def test_a_frozen_and_then_a_killed_vm_are_noticed(browser, twin):
    sight = log_in(browser, twin, width=PHONE)
    sight.sees("Live", ".link")
    pid = twin.firmware.pid
    os.kill(pid, signal.SIGSTOP)
    begun = time.monotonic()
    try:
        assert sight.sees("No contact with the reader since", ".banner.bad", 90)
        assert 15 < time.monotonic() - begun < 60
        assert sight.sees(r"Taken from the grid at|Fed to the grid at", ".stale .way")
        sight.shot("twin-frozen")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert sight.sees("Live", ".link", 90)
    os.kill(pid, signal.SIGKILL)
    assert sight.sees("No contact", ".link", 90)
    sight.close()


def test_a_new_version_by_the_page_and_what_came_of_it(browser, tmp_path):
    """The real firmware, from choosing the file to the version that is kept."""
    files = next_version.files()
    with Twin(Options(flash=tmp_path / "flash", http_port=0, interval=1, mqtt=None,
                      vm="i386")) as twin:
        twin.start()
        next_version.install(twin, files)
        twin.wait_for_reading(60)
        sight = log_in(browser, twin)
        sight.press("Settings", "link")
        sight.sees(f"Version {VERSION} is running")
        sight.page.get_by_label("Choose an update (.pack)").set_input_files({
            "name": "microhan.pack", "mimeType": "application/octet-stream",
            "buffer": next_version.next_version(files, next_version.hurry, notes="Bars.")})
        # This page does not know the PC's processor by a name that people say.
        sight.sees(f"Version {next_version.NEXT} for x86")
        sight.press("Send to the reader")
        sight.sees(f"Version {next_version.NEXT} lies ready")
        sight.press("Install now")
        sight.sees("restarts and checks")
        end = time.monotonic() + 60
        while sight.page.get_by_text(f"Version {next_version.NEXT} is running").count() == 0:
            assert time.monotonic() < end
            twin.check()  # which starts it again where it asked for that
            sight.page.wait_for_timeout(200)
        sight.sees("Live", ".link")
        sight.misses(".say:has-text('on trial')")
        assert answered(twin)["version"] == next_version.NEXT
        sight.shot("twin-updated")
        sight.close()
