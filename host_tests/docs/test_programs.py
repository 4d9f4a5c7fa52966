"""docs/integrations: each configuration there is one of its program's kind, and what it takes, by
topic and key, is what the device really sends."""

import json
import re
import tomllib
from datetime import datetime

import pytest
import yaml
from dsmr_parser import telegram_specifications
from dsmr_parser.parsers import TelegramParser

from fixtures.fakes_outputs import House, mqtt_output
from fixtures.p1_text import parse
from fixtures.repository import ROOT, telegrams
from microhan.meter.meter import Diagnosis
from microhan.reading.fields import INDEX

FOLDER = ROOT / "docs" / "integrations"
ID, BROKER, DEVICE = "a1b2c3", "192.168.1.5", "192.168.1.50"  # as these pages write them
TELEGRAM = next(r["data"] for r in telegrams("p1-ascii") if r["file"] == "sagemcom-p1.bin")


def blocks(page, kind):
    """The texts of a page's blocks of this kind."""
    text = (FOLDER / page).read_text()
    found = re.findall(rf"^```{kind}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert found, (page, kind)
    return found


@pytest.fixture(scope="module")
def sent():
    """{topic: the value that its payload is}."""
    house = House()
    reading = parse(TELEGRAM)[0][0]
    for key in ("tariff", "meter_id"):  # which only others send
        reading.put(INDEX[key], "0002")
    house.hub.publish(reading, lambda: b"", True)
    out = mqtt_output(house, 1883)
    topics = {}
    for name in ("reading", "backlog"):
        packet = out._packet(name, reading)
        payload = bytes(packet.data[:packet.size])
        topics[f"microhan/{ID}/{name}"] = json.loads(payload[payload.index(b'{"boot"'):])
        out._unacknowledged = None
    topics[f"microhan/{ID}/meter"] = Diagnosis("ok", None, "Ja.", "Yes.", {}).fields()
    topics[f"microhan/{ID}/status"] = "online"
    return topics


@pytest.fixture(scope="module")
def asked():
    """The object of /reading.json."""
    house = House()
    house.hub.publish(parse(TELEGRAM)[0][0], lambda: b"", True)
    return json.loads(house.hub.state.json())


def at(value, path):
    """What `.a.b` is in an object; fails where it is not there."""
    for name in path.removeprefix(".").split("."):
        value = value[name]
    return value


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def test_what_openhab_takes_is_sent(sent):
    (things,) = blocks("openhab.md", "openhab-things")
    (items,) = blocks("openhab.md", "openhab-items")
    bridge, binding = re.search(r'Bridge (\S+) "MQTT" \[ host="([\d.]+)" \]', things).groups()
    thing, about = re.search(r'Thing topic (\w+) "[^"]+" \[ (.*?) \]', things).groups()
    assert (bridge, binding) == ("mqtt:broker:home", BROKER)
    availability = dict(re.findall(r'(\w+)="([^"]+)"', about))
    assert sent[availability["availabilityTopic"]] == availability["payloadAvailable"]
    assert availability["payloadNotAvailable"] == "offline"
    channels = {}
    for kind, name, about in re.findall(r'Type (\w+) : (\w+) "[^"]+" \[ (.*?) \]\n', things):
        settings = dict(re.findall(r'(\w+)="([^"]+)"', about))
        path = settings["transformationPattern"].removeprefix("JSONPATH:$")
        assert is_number(at(sent[settings["stateTopic"]], path)) == (kind == "number")
        assert path.endswith("_" + settings.get("unit", path.rpartition("_")[2]).lower())
        channels[f"mqtt:topic:home:{thing}:{name}"] = settings.get("unit")
    units = {"Power": "W", "Energy": "kWh", "ElectricCurrent": "A", None: None}
    linked = re.findall(r'^(?:Number:(\w+)|String) +\w+ +"[^"]+" +{ channel="([^"]+)" }$', items,
                        re.MULTILINE)
    assert {channel: units[kind or None] for kind, channel in linked} == channels
    assert len(linked) == len(items.splitlines()) == len(channels) == things.count("Type ")
    assert things.count("{") == things.count("}") == 2


def test_what_node_red_takes_is_sent(sent):
    (text,) = blocks("node-red.md", "json")
    nodes = {node["id"]: node for node in json.loads(text)}
    topics = {}
    for node in nodes.values():
        assert set(sum(node.get("wires", []), [])) <= set(nodes)
        if node["type"] == "mqtt in":
            assert nodes[node["broker"]]["broker"] == BROKER
            value = sent[node["topic"]]
            assert (node["datatype"] == "json") == isinstance(value, dict)
            topics[node["id"]] = {"payload": value}
    assert set(topics) == {"reading", "status"}
    (rule,) = nodes["power"]["rules"]
    assert nodes["reading"]["wires"] == [["power", "limit"]]
    for path in (rule["to"], nodes["limit"]["property"]):
        assert is_number(at(topics["reading"], path))


def test_what_telegraf_takes_is_sent(sent):
    (text,) = blocks("telegraf.md", "toml")
    (plugin,) = tomllib.loads(text)["inputs"]["mqtt_consumer"]
    assert plugin["servers"] == [f"tcp://{BROKER}:1883"]
    assert plugin["persistent_session"] and plugin["client_id"] and plugin["qos"] == 1
    assert plugin["json_time_format"] == "2006-01-02T15:04:05Z07:00"  # Go's way to write RFC 3339
    for topic in plugin["topics"]:
        value = sent[topic.replace("+", ID)]
        written = value[plugin["json_time_key"]]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", written)
        assert datetime.fromisoformat(written)
        for key in plugin["tag_keys"] + plugin["json_string_fields"]:
            assert isinstance(value[key], str)


def test_what_evcc_takes_by_mqtt_is_sent(sent):
    (text,) = blocks("evcc.md", "yaml")
    config = yaml.safe_load(text)
    assert config["mqtt"]["broker"] == f"{BROKER}:1883"
    (meter,) = config["meters"]
    assert config["site"]["meters"]["grid"] == meter["name"]
    sources = [meter["power"], meter["energy"], *meter["currents"]]
    assert len(sources) == 5
    for source in sources:
        assert source["source"] == "mqtt" and is_number(at(sent[source["topic"]], source["jq"]))


@pytest.mark.parametrize("page, templates", [
    ("raw-p1.md", ["dsmr", "dsmr-ws"]), ("homewizard.md", ["homewizard"]),
    ("ecotracker.md", ["everhome-ecotracker"]), ("shelly.md", ["shelly-pro-3em"])])
def test_evcc_by_its_templates(page, templates):
    meters = [yaml.safe_load(text)["meters"] for text in blocks(page, "yaml")]
    assert [meter["template"] for (meter,) in meters] == templates
    for (meter,) in meters:
        assert (meter["type"], meter["usage"], meter["host"]) == ("template", "grid", DEVICE)


def test_what_homey_asks_for_is_told(asked):
    (text,) = blocks("homey.md", "js")
    assert f"fetch('http://{DEVICE}/reading.json'" in text and "Authorization: 'Bearer " in text
    keys = re.findall(r"(?<!/)\breading\.(\w+)", text)
    assert len(keys) == 4
    for key in keys:
        assert is_number(asked[key])


def test_the_library_of_dsmr_reader_reads_a_swedish_telegram():
    """Its library, with the list that it takes for "Luxembourg - Smarty (single tariff fix)"."""
    (text,) = blocks("dsmr-reader.md", "sh")
    settings = dict(line.split("=", 1) for line in text.splitlines())
    assert {key.removeprefix("DSMRREADER_REMOTE_DATALOGGER_") for key in settings} == {
        "INPUT_METHOD", "NETWORK_HOST", "NETWORK_PORT", "API_HOSTS", "API_KEYS"}
    parser = TelegramParser(telegram_specifications.LUXEMBOURG_SMARTY)
    told = parser.parse(TELEGRAM.decode())
    (reading,) = parse(TELEGRAM)[0]
    assert told.ELECTRICITY_IMPORTED_TOTAL.value * 1000 == reading.at(
        INDEX["active_energy_import_kwh"])
    assert told.ELECTRICITY_EXPORTED_TOTAL.value * 1000 == reading.at(
        INDEX["active_energy_export_kwh"])
    assert told.CURRENT_ELECTRICITY_USAGE.value * 1000 == reading.at(
        INDEX["active_power_import_w"])


def test_every_page_is_in_the_index():
    index = (FOLDER / "README.md").read_text()
    for page in FOLDER.glob("*.md"):
        assert page.name == "README.md" or f"]({page.name})" in index, page.name
