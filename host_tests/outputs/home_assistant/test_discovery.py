"""outputs/home_assistant/discovery.py: what Home Assistant is told, and when."""

import json
import re

import pytest

from fixtures.fakes_outputs import House
from microhan.outputs.home_assistant.discovery import Discovery
from microhan.outputs.home_assistant.entities import entity_name
from microhan.reading.fields import COUNT, FIELDS, INDEX

ID = "a1b2c3"


def make(prefix="homeassistant"):
    house = House()
    return house, Discovery(prefix, ID, "0.1.0", house.hub)


def messages(discovery):
    """{key: config} of all messages that are due."""
    out = {}
    while message := discovery.next():
        topic, payload = message
        key = re.fullmatch(r"homeassistant/sensor/microhan_a1b2c3/(\w+)/config", topic)[1]
        assert key not in out
        out[key] = json.loads(payload)
    return out


def test_every_field_has_an_entity():
    house, discovery = make()
    values = {key: 1000 for key, *_ in FIELDS}
    values.update(time=833000000, identification="K", meter_id="1", meter_type="t", list_id="l")
    house.publish(**values)
    house.publish(**values)
    house.publish(**values)
    got = messages(discovery)
    assert set(got) == {key for key, *_ in FIELDS} | {"meter", "net_power_w"}
    ids = set()
    names = set()
    for key, config in got.items():
        assert config["unique_id"] == f"microhan_{ID}_{key}"
        assert config["availability"] == [{"topic": f"microhan/{ID}/status"}]
        assert config["device"]["identifiers"] == [f"microhan_{ID}"]
        assert config["device"]["sw_version"] == "0.1.0"
        ids.add(config["unique_id"])
        names.add(config["name"])
        if key != "meter":
            assert config["state_topic"] == f"microhan/{ID}/reading"
            assert config["expire_after"] == 30
    assert len(ids) == len(names) == COUNT + 2


def field(key, **values):
    house, discovery = make()
    for _ in range(3):
        house.publish(**values)
    return messages(discovery)[key]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("active_energy_import_kwh", ("energy", "total_increasing", "kWh", 3)),
        ("active_energy_import_t1_kwh", ("energy", "total_increasing", "kWh", 3)),
        ("reactive_energy_export_kvarh", (None, "total_increasing", "kvarh", 3)),
        ("active_power_import_w", ("power", "measurement", "W", 0)),
        ("reactive_power_import_l1_var", ("reactive_power", "measurement", "var", 0)),
        ("voltage_l1_v", ("voltage", "measurement", "V", 2)),
        ("current_l3_a", ("current", "measurement", "A", 2)),
    ],
)
def test_a_number_has_its_class_unit_and_decimals(key, expected):
    config = field(key, **{key: 1000})
    names = ("device_class", "state_class", "unit_of_measurement", "suggested_display_precision")
    assert tuple(config.get(name) for name in names) == expected
    assert config["value_template"] == "{{ value_json.%s | default('') }}" % key
    assert "entity_category" not in config


def test_texts_and_time():
    for key, device_class in (("time", "timestamp"), ("meter_id", None)):
        config = field(key, meter_id="1")
        assert config.get("device_class") == device_class
        assert config["entity_category"] == "diagnostic"
        assert "state_class" not in config and "unit_of_measurement" not in config
        assert config["value_template"].count(key) == 2


def test_meter_is_there_before_the_first_telegram():
    _, discovery = make()
    config = messages(discovery)["meter"]
    assert config["state_topic"] == config["json_attributes_topic"] == f"microhan/{ID}/meter"
    assert config["value_template"] == "{{ value_json.state }}"
    assert "device_class" not in config


def test_an_entity_is_called_as_people_say():
    def name(key):
        return entity_name(INDEX[key])

    assert name("active_power_import_w") == "Active power import"
    assert name("active_power_import_l1_w") == "Active power import L1"
    assert name("active_energy_export_t2_kwh") == "Active energy export tariff 2"
    assert name("time") == "Meter time"
    assert name("meter_id") == "Meter ID"
    assert name("identification") == "Identification"


def test_a_field_expires_after_the_interval_of_its_list():
    """Power every 10 s, a register once an hour: first without, then with its expire_after."""
    house, discovery = make()
    house.publish(active_power_import_w=1, active_energy_import_kwh=5)  # now = 10 after
    assert set(messages(discovery)) == {"meter"}  # nothing is known of the intervals
    house.publish(active_power_import_w=1)
    got = messages(discovery)
    assert set(got) == {"time", "active_power_import_w"}
    assert got["time"]["expire_after"] == 30
    for _ in range(9):
        house.publish(active_power_import_w=1)
    got = messages(discovery)
    assert set(got) == {"active_energy_import_kwh"}
    assert "expire_after" not in got["active_energy_import_kwh"]
    while house.now < 3600:
        house.publish(active_power_import_w=1)
    assert messages(discovery) == {}
    house.publish(active_power_import_w=1, active_energy_import_kwh=6)
    got = messages(discovery)
    assert set(got) == {"active_energy_import_kwh"}
    assert got["active_energy_import_kwh"]["expire_after"] == 3 * 3600
    assert messages(discovery) == {}


def test_a_single_telegram_is_announced_after_a_minute():
    house, discovery = make()
    house.publish(active_power_import_w=1)
    assert set(messages(discovery)) == {"meter"}
    house.now = 70
    got = messages(discovery)
    assert set(got) == {"time", "active_power_import_w"}
    assert "expire_after" not in got["time"]


def test_another_interval_is_announced_anew():
    house, discovery = make()

    def publish(step, times=3):
        for _ in range(times):
            house.publish(active_power_import_w=1)
            house.now += step - 10

    publish(10)
    assert messages(discovery)["time"]["expire_after"] == 30
    publish(11)
    publish(9)
    assert messages(discovery) == {}  # jitter is no change
    publish(60)
    assert messages(discovery)["time"]["expire_after"] == 180
    publish(1)
    assert messages(discovery)["time"]["expire_after"] == 3


def test_everything_is_announced_again_when_asked():
    house, discovery = make()
    for _ in range(3):
        house.publish(active_power_import_w=1)
    first = messages(discovery)
    assert messages(discovery) == {}
    discovery.restart()
    assert messages(discovery) == first


def test_the_prefix_is_the_owner_s():
    _, discovery = make("ha")
    assert discovery.birth_topic == "ha/status"
    assert discovery.next()[0] == "ha/sensor/microhan_a1b2c3/meter/config"


NOTHING: dict = {}
COMING = {"state": "coming", "version": "0.2.0", "size": 1000, "received": 0, "news": "Bars."}


def said(discovery, update):
    """{topic: payload} of what is due of an update."""
    out = {}
    while message := discovery.next(update):
        if "/meter/" not in message[0]:
            out[message[0]] = json.loads(message[1])
    return out


CONFIG, STATE = f"homeassistant/update/microhan_{ID}/update/config", f"microhan/{ID}/update"


def test_an_update_entity_that_installs_nothing():
    _, discovery = make()
    got = said(discovery, NOTHING)
    assert list(got) == [CONFIG, STATE]
    config = got[CONFIG]
    assert "command_topic" not in config and config["state_topic"] == STATE
    assert (config["unique_id"], config["device_class"]) == (f"microhan_{ID}_update", "firmware")
    assert got[STATE] == {"installed_version": "0.1.0", "latest_version": "0.1.0",
                          "title": "microhan"}
    assert said(discovery, NOTHING) == {}
    discovery.restart()
    assert list(said(discovery, NOTHING)) == [CONFIG, STATE]


def test_progress_goes_out_in_steps_of_ten_percent():
    _, discovery = make()
    said(discovery, NOTHING)
    percents = []
    for received in range(0, 1000, 5):
        got = said(discovery, {**COMING, "received": received})
        if got:
            assert got[STATE]["in_progress"] is True
            assert got[STATE]["latest_version"] == "0.2.0"
            assert got[STATE]["release_summary"] == "Bars."
            percents.append(got[STATE]["update_percentage"])
    assert percents == list(range(0, 100, 10))


@pytest.mark.parametrize("update, latest, busy", [
    ({**COMING, "state": "stopped"}, "0.2.0", False),
    ({**COMING, "state": "ready", "received": 1000}, "0.2.0", False),
    ({"state": "wanted"}, "0.1.0", True), ({"state": "trial"}, "0.1.0", False),
    ({"state": "back", "word": "starts", "error": "…"}, "0.1.0", False),
    (NOTHING, "0.1.0", False)])
def test_what_is_under_way_ends(update, latest, busy):
    _, discovery = make()
    said(discovery, COMING)
    got = said(discovery, update)[STATE]
    assert (got["latest_version"], got["in_progress"]) == (latest, busy)
    assert got["update_percentage"] is None


def test_it_has_no_member_that_home_assistant_does_not_know():
    known = {"installed_version", "latest_version", "title", "release_summary", "release_url",
             "entity_picture", "in_progress", "update_percentage"}
    _, discovery = make()
    assert set(said(discovery, COMING)[STATE]) <= known
