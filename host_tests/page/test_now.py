"""What the page shows of a meter: every value as sent, in the reader's language and time."""

import json
import re

import pytest

from fixtures.browser import PHONE
from fixtures.mock_device import OK, READING, spliced


def reading(**values):
    """A telegram like READING with these values instead; None leaves one out."""
    told = json.loads(READING) | values
    return json.dumps({key: value for key, value in told.items() if value is not None})


def test_values_are_shown_as_sent_and_follow(look, device):
    sight = look()
    assert sight.sees("5,531", ".big") and sight.sees("Taken from the grid now", ".way")
    assert sight.sees(r"235\.0", ".phases") and sight.sees(r"10\.0", ".phases")
    assert sight.sees(r"32,999\.154 kWh") and sight.sees("Live", ".link")
    assert sight.sees("The meter is being read", ".banner")
    device.publish(reading(active_power_import_w=0, active_power_export_w=2500))
    assert sight.sees("2,500", ".big") and sight.sees("Fed to the grid now", ".way")
    assert sight.page.title() == "−2,500 W – microhan"
    assert sight.complaints == []
    sight.shot("now-en-desk")


def test_in_swedish_numbers_and_words_are_swedish(look, device):
    sight = look(language="sv", width=PHONE)
    assert sight.sees("5\u00a0531", ".big") and sight.sees("Tas från elnätet nu", ".way")
    assert sight.sees("32\u00a0999,154 kWh") and sight.sees("Direkt", ".link")
    assert sight.page.evaluate("document.documentElement.lang") == "sv"
    sight.shot("now-sv-phone")


def test_the_language_switch_is_kept(look, device):
    sight = look(language="sv")
    sight.press("English")
    assert sight.sees("Taken from the grid now", ".way")
    sight.page.reload()
    assert sight.sees("Taken from the grid now", ".way")
    assert sight.page.evaluate("document.documentElement.lang") == "en"


def test_times_are_swedish_civil_time_wherever_the_browser_is(look, device):
    device.publish(reading(time="2026-07-15T12:50:21+01:00"))  # this meter keeps normal time
    sight = look()
    assert sight.sees(r"2026-07-15 13:50:21 \(meter 12:50:21\)", ".meter")


def test_the_meter_number_is_masked_until_it_is_asked_for(look, device):
    sight = look()
    sight.sees("26", ".meter")
    assert "5706567331323526" not in sight.page.content()
    sight.press("Show meter number")
    assert sight.sees("5706567331323526.*33132352", ".meter")
    sight.press("Hide meter number")
    assert sight.sees("•••", ".meter")


def test_an_identification_with_a_serial_number_is_masked_too(look, device):
    device.reading = reading(identification="ELL5\\253833635_A")
    sight = look()
    sight.sees("•_A|•", ".meter")
    assert "253833635" not in sight.page.content()


def test_registers_that_come_each_hour_say_so(look, device):
    device.state_more = spliced(device.state_more, """{"as_of":{
        "active_energy_import_kwh":"2026-01-15T17:00:05+01:00",
        "active_energy_export_kwh":"2026-01-15T16:53:20+01:00"}}""")
    sight = look()
    assert sight.sees(r"32,999\.154 kWh\s*each hour, as of 17:00", "tr")
    assert sight.sees(r"8,004\.605 kWh\s*as of 2026-01-15 16:53:20", "tr")


def test_an_unknown_unit_is_said_and_no_register_shown(look, device):
    device.state_more = ""
    device.status["meter"].update(energy_unit={"wh": None, "by": "unknown"},
                                  left_out=["active_energy_import_kwh"])
    sight = look()
    assert sight.sees("does not say the unit of its registers")
    assert sight.sees("Energy in\\s*–", "tr")


def test_phases_are_shown_against_the_main_fuse(look, device):
    sight = look()
    assert sight.sees("Choose your main fuse")
    sight.page.get_by_label("Main fuse").select_option("16")
    assert sight.sees(r"L1: 10\.0 of 16 A\s*6\.0 A left", ".bar")
    assert sight.sees(r"L3: 17\.8 of 16 A\s*1\.8 A too much", ".bar.over")
    bar = sight.page.get_by_role("meter", name="L1")
    assert bar.get_attribute("aria-valuenow") == "10"
    sight.page.reload()
    assert sight.sees(r"L1: 10\.0 of 16 A", ".bar")
    sight.shot("now-en-fuse")


@pytest.mark.parametrize("language, words", [
    ("en", "Last hour: 5,531 W."), ("sv", "Senaste timmen: 5\\s531 W.")])
def test_the_last_hour_of_one_power_is_one_number(look, device, language, words):
    device.language = language
    assert look(language=language).sees(words, "figcaption")


def test_the_last_hour_has_a_time_axis_and_outlives_a_reload(look, device):
    sight = look(clock=True)
    sight.sees("5,531", ".big")
    sight.page.clock.fast_forward(10_000)
    device.publish(reading(active_power_import_w=900))
    assert sight.sees("Last hour: between 900 and 5,531 W", "figcaption")
    ticks = sight.texts(".ticks span")
    assert 3 <= len(ticks) <= 5 and all(re.fullmatch(r"\d\d:(00|15|30|45)", one) for one in ticks)
    sight.page.reload()
    assert sight.sees("Last hour: between 900 and 5,531 W", "figcaption")
    assert sight.page.locator(".curve").get_attribute("d").startswith("M")


def test_what_only_some_meters_send_is_shown_where_it_is(look, device):
    device.state_more = spliced(device.state_more, """{"tariff":"0002",
        "breaker":"ready_for_reconnection","message":"Elavbrott \\"i morgon\\" <b>kl. 9</b>",
        "frequency_hz":50.01,"power_factor":0.987,"demand_import_w":2351,
        "demand_peak_import_w":6989,"demand_peak_time":"2026-05-09T13:30:00+02:00",
        "demand_history":[{"time":"2026-03-11T19:15:00+01:00","w":4329}],
        "reactive_energy_q4_kvarh":99999999.999,"limiter_w":999900,
        "channels":{"1":{"type":3,"id":"G0061123456789012","value":12785.123,"unit":"m3",
        "time":"2026-05-25T04:50:00+02:00","valve":"disconnected"},
        "2":{"type":12,"value":98.76,"unit":"GJ"}}}""")
    sight = look()
    assert sight.sees(r"Gas\s*12,785\.123 m³\s*••••••••12\s*2026-05-25 04:50:00\s*Disconnected")
    assert sight.sees(r"Heat\s*98\.76 GJ", "tr") and sight.sees(r"Average demand\s*2,351 W")
    assert sight.sees(r"quadrant 4\s*99,999,999\.999 kvarh")
    assert sight.sees(r"Frequency\s*50\.01 Hz")
    assert sight.sees(r"Peak demand this month\s*6,989 W\s*as of 2026-05-09 13:30:00", "tr")
    assert sight.sees(r"Power limit\s*999,900 W") and sight.sees(r"2026-03\s*4,329 W")
    assert sight.sees(r"Active tariff\s*0002") and sight.sees("Ready for reconnection")
    assert sight.sees(r'Elavbrott "i morgon" <b>kl. 9</b>')  # as text
    assert sight.overflow() <= 0
    sight.shot("now-en-belgian")


def test_a_swedish_meter_has_nothing_of_it(look, device):
    sight = look()
    sight.sees("5,531", ".big")
    assert sight.texts("h2") == ["Phases", "Meter registers", "Meter"]


def test_a_value_that_comes_no_more_leaves_the_page(look, device):
    sight = look()
    sight.sees(r"232\.2", ".phases")
    device.wait_for_follower()
    device.reading = reading(voltage_l1_v=None)
    device.publish(device.reading)  # the page asks the device what is left of the State
    sight.page.locator(".phases td", has_text="232.2").wait_for(state="hidden")
    assert sight.sees(r"235\.0", ".phases")


def test_a_fourth_browser_is_served_every_five_seconds(look, device):
    device.full = True
    sight = look(clock=True)
    assert sight.sees("The meter is being read|5,531")
    device.reading = reading(active_power_import_w=77, time="2026-01-15T17:08:53+01:00")
    sight.page.clock.fast_forward(6000)
    assert sight.sees("^77", ".big span") and sight.sees("Every five seconds", ".link")


def test_trouble_is_told_in_the_readers_language(look, device):
    device.diagnose({**OK, "state": "checksum", "text_sv": "Skadade.", "text_en": "Damaged."})
    assert look(language="sv").sees("Skadade", ".banner.bad")
    assert look().sees("Damaged", ".banner.bad")
