"""The configuration: defaults, words for what is wrong, secrets."""

import json

import pytest

from microhan.config import schema, values
from microhan.config.settings import Settings


class Refused(ValueError):
    """`problems`: what the schema says of a configuration."""

    def __init__(self, problems):
        super().__init__("; ".join(problems))
        self.problems = problems


def load(given):
    """The configuration; Refused if anything in it is wrong, as `make flash` does."""
    config, problems = values.validate(given)
    if problems:
        raise Refused(problems)
    return config


def test_defaults_are_allowed():
    assert load({}) == schema.defaults()
    assert load(schema.defaults()) == schema.defaults()
    assert schema.changes(schema.defaults()) == {}


def test_only_what_differs_from_the_defaults_is_written():
    given = {"mqtt": {"host": "homeassistant.local", "tls": True}, "meter": {"baud": 2400}}
    loaded = load(given)
    assert loaded["mqtt"]["host"] == "homeassistant.local" and loaded["mqtt"]["keepalive"] == 60
    assert schema.changes(loaded) == given


@pytest.mark.parametrize("given,words", [
    ([], "object of sections"),
    ({"mqttt": {}}, "mqttt: no such section; there are feed, http, meter, mqtt, open, pins, "
     "push, update, webhook, wifi"),
    ({"mqtt": {"hots": "x"}}, "mqtt.hots: no such key; there are ca, discovery"),
    ({"mqtt": 5}, "mqtt: must be an object"),
    ({"mqtt": {"port": 70000}}, "mqtt.port is 70000: must be a whole number from 0 to 65535"),
    ({"mqtt": {"port": "1883"}}, "mqtt.port is '1883': must be a whole number"),
    ({"mqtt": {"port": True}}, "must be a whole number"),
    ({"mqtt": {"tls": 1}}, "mqtt.tls is 1: must be true or false"),
    ({"meter": {"crc": "maybe"}}, "meter.crc is 'maybe': must be one of on, off"),
    ({"meter": {"utc_offset": "1"}}, "must be an offset like +01:00"),
    ({"wifi": {"ssid": "x" * 33}}, "must be text of 0 to 32 characters"),
    ({"wifi": {"ssid": None}}, "wifi.ssid is None"),
    ({"open": {"allow": "192.168.1.20, evcc"}}, "open.allow is '192.168.1.20, evcc': must be text "
     "of 0 to 256 characters: IPv4 addresses, or ranges like 192.168.1.0/24, with commas"),
    ({"open": {"allow": " "}}, "open.allow is ' ': must be"),
    ({"open": {"shelly_udp": "1010,"}}, "open.shelly_udp is '1010,': must be text of 0 to 16 "
     "characters: a port, or two with a comma between them"),
    ({"open": {"shelly_udp": "1010, 2220, 1"}}, "must be"),
    ({"open": {"shelly_udp": "65536"}}, "must be"), ({"open": {"shelly_udp": "0"}}, "must be"),
    ({"open": {"shelly_udp": "1²"}}, "must be"), ({"open": {"shelly_udp": "+10"}}, "must be"),
    ({"open": {"shelly_udp": "1010;2220"}}, "must be"),
])
def test_a_wrong_value_is_named_in_words(given, words):
    with pytest.raises(Refused) as caught:
        load(given)
    assert words in str(caught.value)


def test_every_problem_is_told_and_no_secret_shown():
    with pytest.raises(Refused) as caught:
        load({"wifi": {"password": "hunter2" * 20}, "mqtt": {"port": -1}})
    assert len(caught.value.problems) == 2
    assert "hunter2" not in str(caught.value)


def test_nothing_is_open_unless_the_owner_says_so():
    assert not any(schema.defaults()["open"].values())
    given = {"open": {"shelly": True, "shelly_udp": " 1010, 2220", "p1": 2323,
                      "allow": "192.168.1.20, 192.168.1.0/24"}}
    assert schema.changes(load(given)) == given


@pytest.mark.parametrize("text,minutes", [("+01:00", 60), ("-03:30", -210), ("+00:00", 0),
                                          ("+14:00", 840)])
def test_an_offset_is_hours_and_minutes_from_utc(text, minutes):
    assert values.offset_minutes(text) == minutes


@pytest.mark.parametrize("text", ["", "1:00", "+1:00", "+15:00", "+01:60", "+0a:00", "+01-00"])
def test_a_malformed_offset_is_explained(text):
    with pytest.raises(ValueError, match="must look like"):
        values.offset_minutes(text)


def test_passwords_and_tokens_of_the_page_are_empty_or_long():
    for key in ("token", "password"):
        for good in ("", "x" * 10, "lösenord 1", "x" * 128):
            assert load({"http": {key: good}})["http"][key] == good
        for bad in ("x", "x" * 9, "x" * 129, "x" * 10 + "\n", 1234567890):
            config, problems = values.validate({"http": {key: bad}})
            assert config["http"][key] == ""
            assert problems == [f"http.{key} is (not shown): must be empty, or text of 10 to 128 "
                                "characters, on one line"]


def test_what_was_saved_is_loaded_again(tmp_path):
    path = tmp_path / "data" / "config.json"
    settings = Settings(str(path))
    loaded, problem = settings.load()
    assert loaded == schema.defaults() and problem is None
    loaded["wifi"]["ssid"] = "hemma"
    settings.save(loaded)
    assert json.loads(path.read_text()) == {"wifi": {"ssid": "hemma"}}
    assert settings.load() == (loaded, None)
    assert not path.with_name("config.json.new").exists()


@pytest.mark.parametrize("text,words", [("{", "not valid JSON"), ("[1]", "object of sections"),
                                        ("", "not valid JSON"), ("\xff\xfe", "not valid JSON")])
def test_an_unreadable_file_is_kept_and_told(tmp_path, text, words):
    path = tmp_path / "config.json"
    path.write_bytes(text.encode("latin-1"))
    loaded, problem = Settings(str(path)).load()
    assert loaded == schema.defaults()
    assert words in problem and "config.json.bad" in problem
    assert (tmp_path / "config.json.bad").read_bytes() == text.encode("latin-1")


def test_one_bad_value_falls_back_alone_and_what_is_unknown_stays_on_flash(tmp_path):
    path = tmp_path / "config.json"
    given = {"wifi": {"ssid": "hemma", "password": "x" * 64}, "mqtt": {"port": "1883", "qos": 2},
             "ledger": {"days": 5}, "http": 80}
    path.write_text(json.dumps(given))
    settings = Settings(str(path))
    loaded, problem = settings.load()
    assert loaded["wifi"]["ssid"] == "hemma" and loaded["mqtt"] == schema.defaults()["mqtt"]
    for words in ("wifi.password is (not shown)", "mqtt.port is '1883'", "mqtt.qos: no such key",
                  "ledger: no such section", "http: must be an object of keys, not 'int'"):
        assert words in problem
    assert not path.with_name("config.json.bad").exists()
    loaded["http"]["port"] = 81
    settings.save(loaded)
    kept = json.loads(path.read_text())
    assert kept.pop("http") == {"port": 81}
    assert kept == {name: given[name] for name in ("wifi", "mqtt", "ledger")}
    again, problem = Settings(str(path)).load()
    assert again == loaded and "http:" not in problem


def test_a_newer_version_s_file_costs_neither_wifi_nor_passwords(tmp_path):
    """After a roll-back nothing is made anew and nothing written: the file works again later."""
    path = tmp_path / "config.json"
    given = {"wifi": {"ssid": "hemma", "password": "hemlig", "country": "SE"},
             "http": {"token": "t" * 32, "password": "p" * 12, "port": "80"},
             "ledger": {"days": 5}, "mqtt": {"host": "broker", "port": {"plain": 1883}}}
    path.write_text(json.dumps(given))
    before = path.read_bytes()
    loaded, problem = Settings(str(path)).load()
    assert (loaded["wifi"]["ssid"], loaded["wifi"]["password"]) == ("hemma", "hemlig")
    assert loaded["mqtt"]["host"] == "broker" and loaded["mqtt"]["port"] == 0
    assert (loaded["http"]["token"], loaded["http"]["password"]) == ("t" * 32, "p" * 12)
    assert loaded["http"]["port"] == 80
    assert path.read_bytes() == before
    for words in ("wifi.country: no such key", "http.port is '80'", "ledger: no such section",
                  "mqtt.port is {'plain': 1883}"):
        assert words in problem


def test_of_many_problems_five_are_told_and_the_others_counted(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"wifi": {f"new_{n:02}": n for n in range(40)}}))
    loaded, problem = Settings(str(path)).load()
    assert loaded == schema.defaults()
    assert problem.count("no such key") == 5 and problem.endswith("; and 35 more")


def test_all_that_is_wrong_is_told_in_one_round():
    with pytest.raises(Refused) as caught:
        load({"foo": 1, "mqtt": {"hots": "x", "port": -1}, "wifi": [], "meter": {"crc": 1}})
    assert [words.split()[0].rstrip(":") for words in caught.value.problems] == [
        "foo", "mqtt.hots", "wifi", "meter.crc", "mqtt.port"]


CONTROLS = ("\r", "\n", "\r\nX-Evil: 1", "\0", "\x1b", "\x7f", "\x85")


def test_no_text_that_goes_into_a_header_a_packet_or_a_name_holds_line_ends():
    texts = 0
    for section, key, _, default, limits in schema.rows():
        value = {"url": "https://a/", "allow": "10.0.0.1", "shelly_udp": "1010"}.get(key, "a" * 10)
        if isinstance(default, str) and isinstance(limits and limits[0], int) and key not in (
                "ca", "key", "auth_key", "headers", "body"):
            texts += 1
            load({section: {key: value}})
            for wrong in CONTROLS:
                with pytest.raises(Refused, match=f"{section}.{key}"):
                    load({section: {key: value + wrong + "b"}})
    assert texts == 24
    load({"push": {"ca": "-----BEGIN\n-----"}})


@pytest.mark.parametrize("section,key,good,bad", [
    ("mqtt", "discovery_prefix", ("homeassistant", "a/b", "hus/värme"),
     ("a/#", "+/a", "#", "$SYS", "ä" * 33)),
    ("mqtt", "goe", ("", "go-eCharger/123456", "/go-eCharger/1"), ("a/#", "+/a", "$SYS")),
    ("mqtt", "host", ("", "homeassistant.local", "192.168.1.2", "my_broker"),
     ("mqtt://a", "a:1883", "a b", "a/b", "me@a")),
    ("push", "url", ("", "http://a", "HTTPS://a:1/x?y=%20"), ("a", "ftp://a", "http://a b")),
    ("push", "token", ("abc == Å",), ("a\nb",)),
    ("update", "url", ("", "https://a:1/x.pack", "HTTPS://a"), ("a", "http://a", "https://a b")),
    ("webhook", "headers", ("", "Title: Ström\r\nX-A:1\n\n", "Content-Type: text/plain"),
     ("Title", ": a", "a b: c", "Host: a", "content-length: 1", "A: b\0", "A: b\rC: d")),
])
def test_texts_are_checked_by_the_rules_of_where_they_go(section, key, good, bad):
    for value in good:
        assert load({section: {key: value}})[section][key] == value
    for value in bad:
        with pytest.raises(Refused, match=f"{section}.{key}"):
            load({section: {key: value}})


def test_the_page_of_the_documentation_is_the_schema():
    from docs import configuration

    assert configuration.PAGE.read_text() == configuration.page(), "run: make docs"
    assert configuration.ROWS.read_text() == configuration.rows(), "run: make docs"
