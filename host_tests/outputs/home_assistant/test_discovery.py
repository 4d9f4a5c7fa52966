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


def test_every_field():
    house, discovery = make()
    values = {key: 1000 for key, _ in FIELDS}
    values.update(time=833000000, identification="K", meter_id="1", meter_type="t", list_id="l")
    house.publish(**values)
    house.publish(**values)
    house.publish(**values)
    got = messages(discovery)
    assert set(got) == {key for key, _ in FIELDS} | {"meter", "net_power_w"}
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
def test_numbers(key, expected):
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


def test_names():
    def name(key):
        return entity_name(INDEX[key])

    assert name("active_power_import_w") == "Active power import"
    assert name("active_power_import_l1_w") == "Active power import L1"
    assert name("active_energy_export_t2_kwh") == "Active energy export tariff 2"
    assert name("time") == "Meter time"
    assert name("meter_id") == "Meter ID"
    assert name("identification") == "Identification"


def test_two_lists():
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


def test_interval_changes():
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


def test_again():
    house, discovery = make()
    for _ in range(3):
        house.publish(active_power_import_w=1)
    first = messages(discovery)
    assert messages(discovery) == {}
    discovery.again()
    assert messages(discovery) == first


def test_prefix():
    _, discovery = make("ha")
    assert discovery.birth_topic == "ha/status"
    assert discovery.next()[0] == "ha/sensor/microhan_a1b2c3/meter/config"
