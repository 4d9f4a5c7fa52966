"""The twin at ports whose pin 1 is dead, alive, shorted or hung: the whole firmware, by the
owner's word on the page.
"""

import contextlib
import json
import time
import urllib.error

import pytest

from fixtures.twin_answers import answered
from fixtures.twin_options import options_of
from fixtures.twin_owner import TwinOwner
from fixtures.web_server import wait_until
from twin.pin_1 import Pin1
from twin.twin import NETWORKS, Twin


class Clock:
    s = 0.0

    def __call__(self):
        return self.s


def test_what_is_charged_goes_down_slowly_and_a_module_needs_a_second():
    clock = Clock()
    pin = Pin1("dead", clock)
    assert pin.millivolts() == 0 and not pin.sends()
    pin.set(True, True)
    assert pin.millivolts() == 4980 and not pin.sends()
    clock.s = 1
    assert pin.sends()
    pin.set(False, True)
    assert pin.millivolts() == 4980 and not pin.sends()
    clock.s = 3
    assert 1000 < pin.millivolts() < 2000
    clock.s = 10
    assert pin.millivolts() < 50 and pin.fed == 1


def test_a_module_that_hangs_needs_both_pins_off_for_eight_seconds():
    clock = Clock()
    pin = Pin1("hung", clock)
    for request, cured in ((True, False), (False, True)):
        pin.set(True, True)
        clock.s += 2
        assert not pin.sends()
        pin.set(False, request)
        clock.s += 9
        pin.set(True, True)
        clock.s += 2
        assert pin.sends() is cured


@contextlib.contextmanager
def twin_at(folder, kind, **feed):
    """A twin whose owner has set this of the section feed."""
    with Twin(options_of(folder, "i386", mqtt=None, pin_1=kind)) as twin:
        twin.start()
        wait_until(lambda: twin.client.get("/session.json")[0] == 200)
        if feed:
            TwinOwner(twin).ask("PUT", "/config.json", {"feed": feed})
            wait_until(lambda: twin.firmware.check() is None and twin.firmware.resets == 1)
            wait_until(lambda: twin.client.get("/status.json")[0] == 200)
        yield twin


def told(twin):
    """`feed` of /status.json."""
    code, status = twin.client.get("/status.json")
    return status.get("feed", {}) if code == 200 else {}


def in_state(twin, state, patience=60):
    seen = []
    wait_until(lambda: seen.append(told(twin)) or seen[-1].get("state") == state, patience)
    return seen[-1]


def test_a_dead_port_sends_once_the_owner_consents_and_never_before(tmp_path):
    with twin_at(tmp_path, "dead") as twin:
        # The words of the diagnosis are looked at anew each minute.
        wait_until(lambda: "Leave pin 1 open (0.0 V measured)" in
                   answered(twin)["meter"]["text_en"], 90)
        assert twin.pin_1.fed == 0 and twin.client.get("/reading.json")[0] != 200
        status = answered(twin)
        assert "feed" not in status and status["meter"]["state"] == "never"
        TwinOwner(twin).ask("PUT", "/config.json", {"feed": {"consent": True}})
        wait_until(lambda: twin.firmware.check() is None and twin.firmware.resets == 1)
        reading = twin.wait_for_reading(60)
        assert reading["active_energy_import_kwh"] and twin.pin_1.fed == 1
        feed = told(twin)
        assert feed["state"] == "feeding" and feed["pin_1_mv"] == 4980 and feed["faults"] == 0
        # What resets the chip leaves the pin as it was. It is measured before it is fed again.
        twin.firmware.restart("watchdog")
        wait_until(lambda: not twin.pin_1.feed)
        in_state(twin, "feeding")
        assert twin.pin_1.fed == 2


def test_what_a_restart_into_set_up_mode_has_left_is_switched_off(tmp_path):
    options = options_of(tmp_path, "i386", mqtt=None, pin_1="dead", radio=(NETWORKS, 0))
    with Twin(options) as twin:
        twin.start()
        path = twin.flash.root / "data/config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "feed": {"consent": True}}))
        twin.pin_1.set(True, True)
        twin.firmware.restart("watchdog")
        wait_until(lambda: not twin.pin_1.feed)
        wait_until(lambda: any("access point" in line for line in twin.firmware.lines))
        assert twin.pin_1.fed == 1


def test_a_port_that_gives_5_v_is_never_fed(tmp_path):
    with twin_at(tmp_path, "gives", consent=True) as twin:
        twin.wait_for_reading(60)
        assert in_state(twin, "waiting")["pin_1_mv"] == 5050
        twin.pin_1.hung = True  # and it falls silent
        assert in_state(twin, "forbidden", 120)["pin_1_mv"] == 5050
        time.sleep(5)
        assert twin.pin_1.fed == 0


def test_a_short_is_told(tmp_path):
    with twin_at(tmp_path, "short", consent=True) as twin:
        feed = in_state(twin, "fault")
        assert feed["faults"] == 1 and not twin.pin_1.feed and twin.pin_1.fed == 1


@pytest.mark.slow
def test_a_hung_module_is_restarted(tmp_path):
    with twin_at(tmp_path, "hung", consent=True, restart_after=10) as twin:
        twin.wait_for_reading(180)
        wait_until(lambda: told(twin).get("cured") == 1)
        feed = told(twin)
        assert feed["restarts"] == 1 and feed["state"] == "feeding" and twin.pin_1.fed == 2


def test_a_board_without_the_pins_refuses_consent_in_words(tmp_path):
    with twin_at(tmp_path, "dead") as twin:
        with pytest.raises(urllib.error.HTTPError) as refused:
            TwinOwner(twin).ask("PUT", "/config.json", {"pins": {"feed": -2},
                                                        "feed": {"consent": True}})
        body = refused.value.read()
    assert refused.value.code == 422 and b"this board has no pins for that" in body


def test_where_no_port_is_played_nothing_is_fed(tmp_path):
    with twin_at(tmp_path, "", consent=True) as twin:
        twin.wait_for_reading(60)
        assert told(twin) == {"state": "off", "pin_1_mv": None, "faults": 0, "restarts": 0,
                              "cured": 0}
