"""Health: the state of everything in words, what to send to whom, and the close-the-door check."""

import json

from fixtures.mock_device import SILENT


def test_everything_that_can_fail_is_shown_in_words(look, device):
    device.status["warnings"] = ["mqtt.tls_insecure is on: nobody checks whom we talk to"]
    sight = look(path="#/health")
    assert sight.sees(r"Wi-Fi signal\s*−71 dBm, weak", "tr")
    assert sight.sees(r"Memory: Python\s*80 kB free, 68 kB at least", "tr")
    assert sight.sees(r"Memory: the system\s*largest block 31 kB, 21 kB free at least", "tr")
    assert sight.sees(r"Up for\s*1 d 0 h", "tr") and sight.sees(r"power on", "tr")
    assert sight.sees(r"Restarted parts\s*mqtt 2×", "tr")
    assert sight.sees(r"Telegrams read\s*8,640", "tr") and sight.sees(r"Wrong checksum\s*1", "tr")
    assert sight.sees(r"MQTT\s*error\s*192\.168\.1\.10 refuses the connection.*3 queued.*12 lost",
                      "tr")
    assert sight.sees("nobody checks whom we talk to", "li")
    assert sight.overflow() <= 0 and sight.complaints == []
    sight.shot("health-en-desk")


def test_what_the_port_s_pin_1_is_like_is_shown_where_it_may_be_fed(look, device):
    sight = look(path="#/health")
    sight.sees("Telegrams read")
    assert not sight.page.get_by_text("pin 1").count()
    device.status["feed"] = {"state": "feeding", "pin_1_mv": 4980, "faults": 0, "restarts": 3,
                             "cured": 2}
    sight = look(path="#/health")
    assert sight.sees(r"The port's pin 1\s*4\.98 V\s*fed", "tr")
    assert sight.sees(r"Restarts of the port\s*3, 2 helped", "tr")
    device.status["feed"] = {"state": "blind", "pin_1_mv": None, "faults": 1, "restarts": 0,
                             "cured": 0}
    sight = look(path="#/health", language="sv")
    assert sight.sees(r"Portens stift 1\s*matas inte: kan inte mätas", "tr")
    assert sight.overflow() <= 0 and sight.complaints == []


def test_the_text_for_the_grid_company_can_be_copied_with_the_whole_number(look, device):
    device.diagnose(SILENT)
    sight = look(path="#/health")
    quote = sight.sees("The HAN port of my meter stopped sending", "blockquote")
    assert quote.endswith("Meter number: ••••••••26")
    sight.page.evaluate("""() => { document.execCommand = () => {
        window.copied = document.querySelector('body > textarea').value; return true; }}""")
    sight.page.evaluate("Object.defineProperty(window, 'isSecureContext', {value: false})")
    sight.press("Copy")
    sight.sees("Copied")
    copied = sight.page.evaluate("window.copied")
    assert copied.startswith("The HAN port of my meter stopped") and "5706567331323526" in copied
    assert sight.violations() == []


def test_the_device_s_english_sentences_are_swedish_on_the_swedish_page(look, device):
    device.status["outputs"]["mqtt"]["error"] = (
        "192.168.1.10 refuses the connection: is the service running, is the port right?")
    device.status["warnings"] = ["a sentence that nobody has translated"]
    sight = look(path="#/health", language="sv")
    assert sight.sees(r"192\.168\.1\.10 vägrar anslutningen: är tjänsten igång", "tr")
    assert sight.sees("strömmen slogs på", "tr") and sight.sees("that nobody has translated", "li")


def test_where_the_grid_company_cannot_help_there_is_no_text_for_it(look, device):
    sight = look(path="#/health")
    sight.sees("Telegrams read")
    assert not sight.page.locator("blockquote").count()


def test_a_report_says_nothing_of_whose_it_is(look, device):
    device.status["warnings"] = ["wifi: hemma.local did not answer at 10.0.0.7"]
    device.status["meter"]["text_en"] = "Mail me at http://somebody.example.com/x, meter 12345678."
    sight = look(path="#/health")
    sight.sees("Telegrams read")
    sight.press("Make a report")
    text = sight.sees("counters", "pre")
    told = json.loads(text)
    for secret in ("5706567331323526", "192.168.1.10", "10.0.0.7", "hemma.local", "example.com",
                   "12345678", "32999", "a1b2c3"):
        assert secret not in text, secret
    assert told["status"]["meter"]["counters"]["ok"] == 8640
    assert told["status"]["build"] == "1f2e3d4c" and told["reading"]["voltage_l1_v"] == 232.2
    assert told["reading"]["meter_id"] == "‹masked›"
    with sight.page.expect_download() as download:
        sight.press("Save as a file")
    assert json.loads(download.value.path().read_text()) == told
    assert sight.violations() == []


def test_a_telegram_is_downloaded_and_what_is_not_there_is_said(look, device):
    sight = look(path="#/health")
    sight.sees("Telegrams read")
    with sight.page.expect_download() as download:
        sight.press("Newest telegram, text")
    assert download.value.suggested_filename == "microhan-telegram.txt"
    assert "5706567331323526" in download.value.path().read_text()
    with sight.page.expect_download() as download:
        sight.press("Log")
    assert download.value.path().read_text() == "7 started: power on\n"
    sight.press("Bytes that were no telegram")
    assert sight.sees("No telegram has failed lately", ".say.bad")


def test_the_newest_crash_is_one_line_and_a_file(look, device):
    sight = look(path="#/health")
    sight.sees("Telegrams read")
    assert not sight.page.locator("tr", has_text="Newest crash").count()
    device.status["crash"] = {"count": 3, "time": 1764241200, "uptime_s": 86400, "free": 40112,
                              "build": "1f2e3d4c", "error": "hung: mqtt"}
    assert sight.sees(r"Newest crash\s*hung: mqtt \(3 in all\)\s*2025-11-27 12:00:00", "tr")
    sight.press("Newest crash")
    assert sight.sees("No crash is known", ".say.bad")
    assert sight.overflow() <= 0


def test_numbers_of_health_are_dated_when_the_device_is_gone(look, device):
    sight = look(path="#/health", language="sv")
    sight.sees("Lästa telegram")
    device.kill()
    assert sight.sees(r"Ingen kontakt med läsaren sedan \d\d:\d\d:\d\d", ".banner.bad")
    assert sight.page.locator(".view.stale").count() == 1


def close_door(sight, device, behind):
    """Run the check; behind(): what the closed door does."""
    sight.press("Start the check")
    assert sight.sees(r"Leave the door open: 1\d s")
    for second in range(0, 124, 2):
        if second == 16:
            behind()
        sight.page.clock.run_for(2000)
        sight.page.wait_for_timeout(40)
        if second == 20:
            assert sight.sees("Close the door now")


def test_a_door_that_lets_wi_fi_through(look, device):
    sight = look(path="#/health", clock=True)
    sight.sees("Telegrams read")
    close_door(sight, device, lambda: device.status["wifi"].update(rssi=-74))
    assert sight.sees("Good: the reader is reached through the closed door")
    assert sight.sees("Door open.*−71 dBm", "tr") and sight.sees("Door closed.*−74 dBm", "tr")
    sight.shot("door-en")


def test_a_door_that_does_not(look, device):
    sight = look(path="#/health", clock=True)
    sight.sees("Telegrams read")
    close_door(sight, device, lambda: device.answers.update(
        {("GET", "/status.json"): (503, {"code": "busy"}, {})}))
    assert sight.sees("It is not enough. Use a longer RJ12 cord")
    assert sight.sees("0 of .* answers came", "tr")
