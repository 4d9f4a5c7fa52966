"""Settings: every key with its help, checked while it is typed; tests, trial and return."""

import pytest

from fixtures import schema_json

BACKGROUND = "getComputedStyle(document.body).backgroundColor"

def open_section(look, name, **options):
    sight = look(path="#/settings", **options)
    sight.page.get_by_role("heading", name=name, exact=True).click()
    return sight, sight.page.get_by_role("form", name=name, exact=True)


def test_every_key_has_a_field_with_its_help(look, device):
    sight = look(path="#/settings")
    sight.sees("The meter's port")
    for summary in sight.page.locator("form summary").all():
        summary.click()
    for row in schema_json.rows():
        field = sight.page.get_by_label(row["key"], exact=True)
        assert field.count() == 1, row["key"]
        described = field.get_attribute("aria-describedby").split()[0]
        assert row["en"][:40] in sight.page.locator("#" + described).inner_text()
    assert sight.violations() == [] and sight.complaints == []
    sight.shot("settings-en")


def test_the_price_is_shown(look, device):
    _, form = open_section(look, "MQTT")
    assert "Costs 10.6 kB of memory and 1 sockets on this reader" in form.inner_text()


@pytest.mark.parametrize("section, key, bad, good, words", [
    ("MQTT", "mqtt.port", "70000", "8883", "A whole number from 0 to 65,535|65535"),
    ("MQTT", "mqtt.host", "http://x", "broker.local", "A name or an IPv4 address"),
    ("Push to a server", "push.url", "ftp://x", "https://x/y", "a URL with http://"),
    ("The meter's port", "meter.key", "12", "0" * 32, "Empty, or 32 hexadecimal digits"),
    ("The meter's port", "meter.utc_offset", "1", "-03:30", r"Like \+01:00"),
    ("MQTT", "mqtt.discovery_prefix", "a/#", "ha", "An MQTT topic"),
    ("Open without a password", "open.allow", "evcc.local", "10.0.0.1, 10.0.1.0/24", "IPv4 addr")])
def test_a_value_is_checked_while_it_is_typed(look, device, section, key, bad, good, words):
    sight, form = open_section(look, section)
    field = form.get_by_label(key, exact=True)
    field.fill(bad)
    assert sight.sees(words, ".say.bad") and field.get_attribute("aria-invalid") == "true"
    form.get_by_role("button", name="Save").click()
    assert sight.sees("Correct what is wrong first")
    field.fill(good)
    assert field.get_attribute("aria-invalid") == "false"
    assert device.bodies("PUT", "/config.json") == []


def test_only_what_was_changed_is_sent_and_a_secret_stays_secret(look, device):
    device.config["push"]["token"] = {"set": True}
    device.answers["PUT", "/config.json"] = 200, {"trial": False, "restart": False}, {}
    sight, form = open_section(look, "Push to a server")
    assert "set; leave empty to keep it" in form.inner_text()
    form.get_by_label("push.url", exact=True).fill("http://192.168.1.5/in")
    form.get_by_label("push.every_s", exact=True).fill("60")
    form.get_by_label("push.auth", exact=True).select_option("bearer")
    assert "3 changes" in form.inner_text()
    form.get_by_role("button", name="Save").click()
    assert device.waits_for("PUT", "/config.json") == [
        {"push": {"url": "http://192.168.1.5/in", "every_s": 60, "auth": "bearer"}}]


def test_a_secret_can_be_removed(look, device):
    device.config["push"]["token"] = {"set": True}
    device.answers["PUT", "/config.json"] = 200, {"trial": False, "restart": False}, {}
    sight, form = open_section(look, "Push to a server")
    sight.press("Remove: push.token")
    assert "removed when you save" in form.inner_text()
    form.get_by_role("button", name="Save").click()
    assert device.waits_for("PUT", "/config.json") == [{"push": {"token": ""}}]


def test_what_the_device_refuses_is_said_at_the_key(look, device):
    device.answers["PUT", "/config.json"] = 422, {
        "code": "not_allowed", "key": "mqtt.ca", "error": "That is no certificate."}, {}
    sight, form = open_section(look, "MQTT")
    form.get_by_label("mqtt.ca", exact=True).fill("no PEM")
    form.get_by_role("button", name="Save").click()
    assert sight.sees("That is no certificate", "#mqtt-ca-problem")


@pytest.mark.parametrize("answer, words", [
    ({"ok": True, "error": ""}, "It works."),
    ({"ok": False, "error": "192.168.1.9 refused the connection"},
     "It does not work: 192.168.1.9 refused the connection")])
def test_a_broker_can_be_tried_before_it_is_saved(look, device, answer, words):
    device.answers["POST", "/test/mqtt"] = 200, answer, {}
    sight, form = open_section(look, "MQTT")
    form.get_by_label("mqtt.host", exact=True).fill("192.168.1.9")
    form.get_by_role("button", name="Test").click()
    assert sight.sees(words, ".say")
    (body,) = device.waits_for("POST", "/test/mqtt")
    assert body["host"] == "192.168.1.9" and body["password"] == {"set": False}
    assert device.bodies("PUT", "/config.json") == []


def test_new_settings_that_connect_are_kept(look, device):
    sight, form = open_section(look, "MQTT", clock=True)
    device.status["outputs"]["mqtt"].update(state="connecting", error="")
    form.get_by_label("mqtt.host", exact=True).fill("192.168.1.9")
    form.get_by_role("button", name="Save").click()
    assert sight.sees("The reader restarts|on trial")
    device.kill()  # it restarts
    sight.page.clock.fast_forward(4000)
    assert sight.sees("on trial. .* s left")
    device.revive()
    device.trial = "none"
    sight.page.clock.fast_forward(4000)
    sight.page.wait_for_timeout(500)
    sight.page.clock.fast_forward(4000)
    assert sight.sees("The new settings work and are kept")


def test_new_settings_that_do_not_connect_go_back(look, device):
    sight, form = open_section(look, "Wi-Fi and clock", clock=True)
    before = dict(device.config["wifi"])
    form.get_by_label("wifi.ssid", exact=True).fill("typo")
    form.get_by_role("button", name="Save").click()
    sight.sees("The reader restarts|on trial")
    sight.page.clock.fast_forward(4000)
    sight.sees("on trial")
    device.config["wifi"], device.trial = before, "reverted"  # the device went back
    sight.page.clock.fast_forward(4000)
    assert sight.sees("The new settings did not work. The old ones are in use again", ".say.bad")
    assert form.get_by_label("wifi.ssid", exact=True).input_value() == ""


def test_only_the_device_ends_a_trial_however_long_it_takes(look, device):
    sight, form = open_section(look, "Wi-Fi and clock", clock=True)
    form.get_by_label("wifi.ssid", exact=True).fill("typo")
    form.get_by_role("button", name="Save").click()
    sight.sees("The reader restarts|on trial")
    for _ in range(60):  # 180 s: its start was slow
        sight.page.clock.fast_forward(3000)
        sight.page.wait_for_timeout(20)
    assert sight.sees("on trial. .* 0 s left")
    device.trial = "reverted"
    sight.page.clock.fast_forward(4000)
    assert sight.sees("The new settings did not work. The old ones are in use again", ".say.bad")


def test_in_set_up_mode_settings_are_saved_without_a_restart(look, device):
    device.mode = "setup"
    sight = look(path="claim#/settings")
    sight.page.get_by_role("heading", name="Web server", exact=True).click()
    form = sight.page.get_by_role("form", name="Web server", exact=True)
    form.get_by_label("http.port", exact=True).fill("8080")
    form.get_by_role("button", name="Save").click()
    assert sight.sees("Saved. The reader restarts with it when this phone or computer leaves")
    assert device.waits_for("PUT", "/config.json") == [{"http": {"port": 8080}}]
    assert not sight.page.get_by_role("button", name="Test", exact=True).count()
    assert sight.violations() == [] and sight.complaints == []


def test_theme_and_language_are_this_browsers_own(look, device):
    sight = look(path="#/settings")
    sight.page.get_by_label("Appearance", exact=True).select_option("Dark")
    assert sight.page.evaluate(BACKGROUND) == "rgb(16, 22, 21)"
    sight.page.get_by_label("Language", exact=True).select_option("Svenska")
    assert sight.sees("Den här webbläsaren")
    assert sight.page.evaluate(BACKGROUND) == "rgb(16, 22, 21)"
    assert device.bodies("PUT", "/config.json") == []
