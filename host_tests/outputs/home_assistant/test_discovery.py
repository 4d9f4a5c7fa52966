"""outputs/home_assistant/discovery.py: what Home Assistant is told, and when."""

import json
from pathlib import Path

import pytest
from jinja2 import Template

from fixtures.fakes_outputs import House, about, announced
from fixtures.readings_extra import extra_reading
from microhan import BUILD
from microhan.outputs.home_assistant import names
from microhan.outputs.home_assistant.discovery import Discovery
from microhan.outputs.home_assistant.names import name_of
from microhan.reading.fields import COUNT, EXTRAS, FIELDS, TEXT

ID = "a1b2c3"


OWN = "meter", "link", "problem"


def make(prefix="homeassistant", told=about):
    house = House()
    return house, Discovery(prefix, ID, "0.1.0", house.hub, told)


def messages(discovery):
    """{key: config} of all messages that are due, without those that no telegram brings."""
    configs = announced(discovery)[0]
    return {key: configs[key] for key in configs if key not in OWN or key == "meter"}


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
        assert config["device"]["name"] == f"microhan {ID}"
        assert config["origin"] == {"name": "microhan", "sw_version": "0.1.0"}
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
    assert config.get("enabled_by_default", True) is ("reactive" not in key)


def test_texts_and_time():
    for key, device_class in (("time", "timestamp"), ("meter_id", None)):
        config = field(key, meter_id="1")
        assert config.get("device_class") == device_class
        assert config["entity_category"] == "diagnostic"
        assert "state_class" not in config and "unit_of_measurement" not in config
        assert config["value_template"].count(key) == 2


def test_what_is_there_before_the_first_telegram():
    _, discovery = make()
    got, others = announced(discovery)
    assert list(got) == list(OWN)
    for config in got.values():
        assert config["entity_category"] == "diagnostic"
        assert config["state_topic"] == config["json_attributes_topic"]
        assert config["device"] == {
            "identifiers": [f"microhan_{ID}"], "name": f"microhan {ID}",
            "manufacturer": "microhan", "model": "HAN/P1 reader", "sw_version": f"0.1.0 ({BUILD})",
            "configuration_url": "http://192.168.1.9/"}
    config = got["meter"]
    assert config["state_topic"] == f"microhan/{ID}/meter"
    assert config["value_template"] == "{{ value_json.state }}"
    assert "device_class" not in config
    for key, device_class, value in (("link", "connectivity", {"state": "ok"}),
                                     ("problem", "problem", {"warnings": ["x"]})):
        template = Template(got[key]["value_template"])
        assert template.render(value_json=value) == "ON"
        assert template.render(value_json={"state": "silent", "warnings": []}) == "OFF"
        assert got[key]["device_class"] == device_class
    assert others == {f"microhan/{ID}/warnings": {"warnings": []}}


# What Home Assistant 2026.11 knows, by components/mqtt/schemas.py and its platforms. Who adds a
# member looks there, and runs `make fits`.
MEMBERS = {
    "name", "unique_id", "default_entity_id", "state_topic", "value_template", "availability",
    "device", "origin", "device_class", "state_class", "unit_of_measurement", "expire_after",
    "suggested_display_precision", "entity_category", "enabled_by_default",
    "json_attributes_topic"}
OF_SENSORS = {"state_class", "unit_of_measurement", "suggested_display_precision"}
DEVICE = {"identifiers", "name", "manufacturer", "model", "sw_version", "configuration_url",
          "via_device"}


def test_home_assistant_knows_every_member():
    house, discovery = make()
    extra = [extra_reading() for _ in range(3)]
    for one in extra:
        house.hub.publish(one, lambda: b"", True)
        house.now += 10
    for _ in range(3):
        house.publish(**{key: 1 for key, kind, _ in FIELDS if kind > TEXT})
    configs, _ = announced(discovery, NOTHING)
    assert len(configs) > 60
    for key, config in configs.items():
        is_sensor = config["default_entity_id"].startswith("sensor.")
        assert set(config) <= MEMBERS - (set() if is_sensor else OF_SENSORS), key
        assert set(config["device"]) <= DEVICE, key
        assert set(config["origin"]) <= {"name", "sw_version"}
        assert config.get("entity_category") in (None, "diagnostic")


def test_without_a_page_there_is_no_address():
    _, discovery = make(told=lambda: ("", "en", []))
    assert "configuration_url" not in announced(discovery)[0]["meter"]["device"]


def test_warnings_are_told_within_a_minute_and_to_whoever_comes():
    warnings = []
    house, discovery = make(told=lambda: ("", "en", warnings))
    topic = f"microhan/{ID}/warnings"
    assert announced(discovery)[1] == {topic: {"warnings": []}}
    warnings += ["w%d" % n for n in range(9)]
    house.now += 60
    told = {topic: {"warnings": ["w%d" % n for n in range(1, 9)]}}
    assert announced(discovery)[1] == told
    house.now += 60
    assert announced(discovery)[1] == {}
    discovery.restart()
    assert announced(discovery)[1] == told


def test_an_entity_is_called_as_people_say():
    for key, swedish, english in (
            ("active_power_import_w", "Aktiv effekt import", "Active power import"),
            ("active_power_import_l1_w", "Aktiv effekt import L1", "Active power import L1"),
            ("active_energy_export_t2_kwh", "Aktiv energi export tariff 2",
             "Active energy export tariff 2"),
            ("reactive_energy_q3_kvarh", "Reaktiv energi kvadrant 3",
             "Reactive energy quadrant 3"),
            ("voltage_l3_v", "Spänning L3", "Voltage L3"),
            ("current_l2_a", "Ström L2", "Current L2"),
            ("time", "Mätarens tid", "Meter time"), ("meter_id", "Mätarens nummer", "Meter ID"),
            ("gas_value", "Gasmätare ställning", "Gas meter reading"),
            ("water_time", "Vattenmätare tid", "Water meter time"),
            ("identification", "Identifikation", "Identification")):
        assert (name_of(key, "sv"), name_of(key, "en")) == (swedish, english)


def test_every_word_of_a_name_is_in_both_languages():
    rows = (Path(names.__file__).with_name("names.txt")).read_text().splitlines()
    assert all(row.count("|") == 2 for row in rows)
    known = {row.partition("|")[0] for row in rows}
    for key, *_ in FIELDS + EXTRAS:
        words = [word for word in key.split("_")
                 if word not in known and not (word[-1].isdigit() and word[:-1] in known)]
        assert "=" + key in known or not words or key in ("demand_history", "channels"), key


def test_names_come_in_the_owner_s_language():
    house, discovery = make(told=lambda: ("", "sv", []))
    for _ in range(3):
        house.publish(voltage_l1_v=230_000)
    got = announced(discovery)[0]
    assert {key: got[key]["name"] for key in got} == {
        "meter": "Mätarens anslutning", "link": "Kontakt med mätaren", "problem": "Problem",
        "time": "Mätarens tid", "voltage_l1_v": "Spänning L1"}


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


def hourly():
    """(house, discovery): power every 10 s, a register each hour, all announced."""
    house, discovery = make()
    registers = {"active_energy_import_kwh": 5, "reactive_energy_export_kvarh": 7}
    house.publish(active_power_import_w=1, **registers)
    while house.now < 3600:
        house.publish(active_power_import_w=1)
    house.publish(active_power_import_w=1, **registers)
    return house, discovery


REGISTERS = f"microhan/{ID}/registers"
SELDOM = {"active_energy_import_kwh": 0.005, "reactive_energy_export_kvarh": 0.007}


def test_what_comes_each_hour_is_kept_for_a_home_assistant_that_starts():
    house, discovery = hourly()
    configs, others = announced(discovery)
    assert others[REGISTERS] == SELDOM
    for key in SELDOM:
        assert configs[key]["state_topic"] == REGISTERS and configs[key]["expire_after"] == 10800
    assert configs["active_power_import_w"]["state_topic"] == f"microhan/{ID}/reading"
    house.publish(active_power_import_w=1)
    assert announced(discovery) == ({}, {})  # nothing of it has come
    discovery.restart()
    assert announced(discovery)[1][REGISTERS] == SELDOM


@pytest.mark.parametrize("behind", [0, 1])
def test_each_of_those_values_is_sent_when_it_comes(behind):
    """Also if the next telegram came before anybody looked."""
    house, discovery = hourly()
    announced(discovery)
    house.now = 7200
    house.publish(active_energy_import_kwh=6)
    for _ in range(behind):
        house.publish(active_power_import_w=1)
    _, others = announced(discovery)
    assert others == {REGISTERS: {**SELDOM, "active_energy_import_kwh": 0.006}}


def test_what_came_once_is_taken_for_seldom_but_not_what_is_momentary():
    house, discovery = make()
    house.publish(active_power_import_w=1, active_energy_import_kwh=5)
    announced(discovery)
    house.now = 70
    configs, others = announced(discovery)
    topics = {key: configs[key]["state_topic"] for key in configs}
    assert topics["active_power_import_w"] == f"microhan/{ID}/reading"
    assert topics["active_energy_import_kwh"] == REGISTERS
    assert others[REGISTERS]["active_energy_import_kwh"] == 0.005
    assert "active_power_import_w" not in others[REGISTERS]


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
        if "update" in message[0]:
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
