"""What Swedish meters do not send, on its way out: Home Assistant's entities, InfluxDB's lines."""

import datetime
import json
import re

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from fixtures.fakes_outputs import House, about, announced
from fixtures.readings_extra import CHANNELS, EXTRAS, extra_reading, reading
from microhan.outputs.home_assistant.channel_entities import medium
from microhan.outputs.home_assistant.discovery import Discovery
from microhan.outputs.mqtt.client import MqttClient
from microhan.outputs.push.influx import line
from microhan.reading.derived import derived
from microhan.reading.fields import EXTRAS as FIELDS
from microhan.reading.fields import FIELDS as ORDINARY
from microhan.reading.fields import TEXT
from microhan.reading.reading import Reading

ID = "a1b2c3"
OWN = {"identifiers": ["microhan_a1b2c3"], "name": "microhan a1b2c3"}


class Home:
    """A house with a broker that has all messages: `configs` {key: config}."""

    def __init__(self, *readings):
        self.house = House()
        self.discovery = Discovery("homeassistant", ID, "0.1.0", self.house.hub, about)
        self.configs = {}
        for one in readings:
            self.publish(one)

    def publish(self, one):
        """A reading, ten seconds after the last; the configs that it brings."""
        self.house.hub.publish(one, lambda: b"", True)
        self.house.now += 10
        out, _ = announced(self.discovery)
        self.configs.update(out)
        return out

    def state(self, key, one, before="unknown"):
        """What Home Assistant shows for an entity that showed `before`, after a reading."""
        template = ImmutableSandboxedEnvironment().from_string(
            self.configs[key]["value_template"])
        return template.render(value_json=json.loads(one.json()), this={"state": before})


@pytest.fixture
def home():
    return Home(extra_reading(), extra_reading(), extra_reading())


def test_every_extra_field_but_the_history_is_an_entity(home):
    wanted = {key for key, *_ in FIELDS} - {"demand_history", "channels"}
    assert wanted <= set(home.configs)
    assert not {"demand_history", "channels"} & set(home.configs)
    for key in wanted:
        config = home.configs[key]
        assert config["expire_after"] == 30 and config["device"] == OWN
        assert config["unique_id"] == f"microhan_a1b2c3_{key}"
    names = [(c["device"]["identifiers"][0], c["name"]) for c in home.configs.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("key", "name", "device_class", "state_class", "unit", "decimals"), [
    ("frequency_hz", "Frequency", "frequency", "measurement", "Hz", 2),
    ("power_factor", "Power factor", "power_factor", "measurement", None, 3),
    ("power_factor_l1", "Power factor L1", "power_factor", "measurement", None, 2),
    ("reactive_energy_q1_kvarh", "Reactive energy quadrant 1", None, "total_increasing", "kvarh",
     3),
    ("demand_import_w", "Demand import", "power", "measurement", "W", 0),
    ("demand_peak_import_w", "Demand peak import", "power", "measurement", "W", 0),
    ("limiter_w", "Limiter", "power", "measurement", "W", 0),
    ("demand_peak_time", "Demand peak time", "timestamp", None, None, None),
    ("tariff", "Tariff", None, None, None, None),
    ("breaker", "Breaker", None, None, None, None),
    ("message", "Message", None, None, None, None),
    ("net_power_w", "Net power", "power", "measurement", "W", 0),
])
def test_entities_have_classes_that_home_assistant_2022_knows(
        home, key, name, device_class, state_class, unit, decimals):
    config = home.configs[key]
    assert (config["name"], config.get("device_class"), config.get("state_class"),
            config.get("unit_of_measurement"), config.get("suggested_display_precision")) == (
        name, device_class, state_class, unit, decimals)
    assert config.get("entity_category") == ("diagnostic" if key == "demand_peak_time" else None)


def test_templates_give_what_was_sent_and_keep_what_was_not(home):
    one, none = extra_reading(), reading(active_power_import_w=1)
    assert home.state("frequency_hz", one) == "50.01" and home.state("frequency_hz", none) == ""
    assert home.state("tariff", one) == "0002"
    assert home.state("tariff", none, "0001") == "0001" and home.state("tariff", none) == "None"
    assert home.state("demand_peak_time", one) == "2026-05-09T13:45:00+02:00"
    assert home.state("channel_1_value", one) == "12785.123"
    assert home.state("channel_3_value", one) == "98.76"
    assert home.state("channel_1_id", one) == "G0061123456789012"
    assert home.state("channel_2_time", one) == "2026-05-25T04:45:00+02:00"
    other = extra_reading(channels={2: CHANNELS[2]})
    for lacking in (none, other):
        assert home.state("channel_1_value", lacking) == ""
        assert home.state("channel_1_id", lacking, "G1") == "G1"
        assert home.state("channel_1_time", lacking) == "None"


def test_a_message_is_cut_to_what_a_state_can_hold_and_ends_with_the_sending(home):
    assert home.state("message", extra_reading()) == EXTRAS["message"]
    assert home.state("message", extra_reading(message="x" * 1000)) == "x" * 255
    assert home.state("message", extra_reading(message=None), "Power cut") == ""


def test_net_power_comes_from_what_is_derived(home):
    template = ImmutableSandboxedEnvironment().from_string(
        home.configs["net_power_w"]["value_template"])
    assert template.render(value_json={"derived": {"net_power_w": -1500}}) == "-1500"
    assert template.render(value_json={"derived": {}}) == ""
    assert template.render(value_json={}) == ""


@pytest.mark.parametrize("key", ["active_power_import_w", "active_power_export_w"])
def test_a_meter_with_one_direction_has_no_net_power(key):
    home = Home(*(reading(**{key: 1}) for _ in range(3)))
    assert key in home.configs and "net_power_w" not in home.configs


def test_each_channel_is_a_device_of_its_own(home):
    keys = {key for key in home.configs if key.startswith("channel_")}
    assert keys == {
        "channel_1_value", "channel_1_time", "channel_1_id", "channel_1_valve",
        "channel_2_value", "channel_2_time", "channel_2_id",
        "channel_3_value", "channel_3_time", "channel_4_value", "channel_4_id"}
    names = {1: "Gas meter", 2: "Water meter", 3: "Heat meter", 4: "Electricity meter"}
    for key in keys:
        config, n = home.configs[key], int(key[8])
        assert config["device"] == {
            "identifiers": [f"microhan_a1b2c3_channel_{n}"],
            "name": f"{names[n]} (microhan a1b2c3)", "via_device": "microhan_a1b2c3"}
        assert config["unique_id"] == f"microhan_a1b2c3_{key}" and config["expire_after"] == 30
        assert config.get("entity_category") == (
            None if key.endswith("value") else "diagnostic")
    assert home.configs["channel_1_time"]["device_class"] == "timestamp"


@pytest.mark.parametrize(("n", "device_class", "unit", "decimals"), [
    (1, "gas", "m³", 3), (2, "water", "m³", 3), (3, "energy", "GJ", 2), (4, "energy", "kWh", 3)])
def test_a_channel_s_class_follows_its_unit(home, n, device_class, unit, decimals):
    config = home.configs[f"channel_{n}_value"]
    assert (config["device_class"], config["unit_of_measurement"], config["state_class"],
            config["suggested_display_precision"]) == (
        device_class, unit, "total_increasing", decimals)


def test_a_channel_of_unknown_kind_is_announced_without_a_wrong_class():
    home = Home(*(reading(channels={1: {"value": (5000, 0), "unit": "m3"},
                                    2: {"type": 3, "value": (5000, 0), "unit": "x"},
                                    3: {"value": (5000, 0)}}) for _ in range(3)))
    one, two, three = (home.configs[f"channel_{n}_value"] for n in (1, 2, 3))
    assert one["device_class"] == "volume"
    assert one["device"]["name"] == "Sub meter (microhan a1b2c3)"
    assert "device_class" not in two and two["unit_of_measurement"] == "x"
    assert "unit_of_measurement" not in three


def test_media_have_names():
    words = [medium({"type": n}) for n in (2, 3, 4, 6, 7, 10, 12, 0x15, 0x16, 0x0F)]
    assert words == ["electricity", "gas", "heat", "water", "water", "cooling", "heat", "water",
                     "water", "sub"]


def test_a_channel_that_comes_later_is_announced_then(home):
    few = Home(*(extra_reading(channels={1: CHANNELS[1]}) for _ in range(3)))
    assert few.publish(extra_reading(channels={1: CHANNELS[1]})) == {}
    got = few.publish(extra_reading())
    assert {key for key in got} == {key for key in home.configs if key.startswith("channel_")}
    assert few.publish(extra_reading()) == {}


def test_again_sends_channels_and_net_power_again(home):
    first = dict(home.configs)
    home.discovery.restart()
    assert home.publish(extra_reading()) == first


def test_a_swedish_meter_gets_no_more_entities_than_it_has_fields():
    home = Home(*(reading(active_power_import_w=1, active_power_export_w=0) for _ in range(3)))
    assert set(home.configs) == {"meter", "link", "problem", "active_power_import_w",
                                 "active_power_export_w", "net_power_w"}


def test_the_longest_reading_fits_a_packet():
    """A message of 1024 letters that JSON spells by six each, and all fields at their longest."""
    one = extra_reading(message="Å" * 1024, demand_history=EXTRAS["demand_history"] * 7, channels={
        n: CHANNELS[1] | {"id": "X" * 64, "value": (-10**14, 3)} for n in (1, 2, 3, 4)})
    for i, (_, kind, _) in enumerate(ORDINARY):
        if i:
            one.put(i, "X" * 64 if kind == TEXT else -10**14, 3)
    packet = MqttClient(60, lambda: None, None).packet("microhan/a1b2c3/reading", 1152, qos=1)
    more = '"seq":4000000000,' + derived(one, lambda i: True)
    one.write(packet.put, more.encode())
    assert 8192 < packet.size < 14_000


# ---- InfluxDB ---------------------------------------------------------------------------------


def points(text):
    """[(series, {field: text}, unix seconds or None)] of line protocol."""
    out = []
    for one in text.split("\n"):
        series, rest = one.split(" ", 1)
        found = re.fullmatch(r"(.*?)(?: (\d+))?", rest)
        fields = dict(re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|[^,]*)', found[1]))
        out.append((series, fields, found[2] and int(found[2])))
    return out


def test_extra_fields_have_types_that_never_change():
    series, fields, seconds = points(line(extra_reading(), ID))[0]
    assert series == "microhan,device=a1b2c3"
    assert seconds == datetime.datetime.fromisoformat("2026-05-25T04:53+02:00").timestamp()
    got = {key: fields.get(key) for key in EXTRAS}
    assert got == {
        "tariff": '"0002"', "frequency_hz": "50.01", "power_factor": "0.987",
        "power_factor_l1": "0.99", "power_factor_l2": "-0.5", "power_factor_l3": "1",
        "reactive_energy_q1_kvarh": "1234.567", "reactive_energy_q2_kvarh": "0.002",
        "reactive_energy_q3_kvarh": "0.000", "reactive_energy_q4_kvarh": "99999999.999",
        "demand_import_w": "2351i", "demand_peak_import_w": "6989i",
        "demand_peak_time": '"2026-05-09T13:45:00+02:00"', "limiter_w": "999900i",
        "breaker": '"ready_for_reconnection"', "message": '"Elavbrott \\"i morgon\\" kl. 9"',
        "demand_history": None, "channels": None}


def test_each_channel_has_a_line_with_its_own_time():
    got = points(line(extra_reading(), ID))[1:]
    now = points(line(extra_reading(), ID))[0][2]
    assert got == [
        ("microhan_channel,channel=1,device=a1b2c3",
         {"type": "3i", "id": '"G0061123456789012"', "value": "12785.123", "unit": '"m3"',
          "valve": '"connected"'}, now - 180),
        ("microhan_channel,channel=2,device=a1b2c3",
         {"type": "7i", "id": '"W00777"', "value": "872.234", "unit": '"m3"'}, now - 480),
        ("microhan_channel,channel=3,device=a1b2c3",
         {"type": "4i", "value": "98.76", "unit": '"GJ"'},
         int(datetime.datetime.fromisoformat("2026-01-31T23:00+01:00").timestamp())),
        ("microhan_channel,channel=4,device=a1b2c3",
         {"type": "2i", "id": '"E0033000000000001"', "value": "1234.567", "unit": '"kWh"'}, now)]


def test_channels_alone_are_lines_too():
    only = reading(channels={1: {"value": (5000, 0)}})
    assert line(only, ID) == "microhan_channel,channel=1,device=a1b2c3 value=5"
    assert line(reading(channels={1: {}}), ID) is None
    assert line(reading(demand_history=((None, 1),)), ID) is None
    assert line(Reading(), ID) is None
