"""What a newer version left in /data: this one starts with it on trial, reads, writes its own, and
what it does not know is there, byte for byte, when the newer one comes back."""

import json

import pytest

from fixtures import next_version as next_version_of
from fixtures.next_version import NEXT, hurry, install, next_version
from fixtures.ports import free_port
from fixtures.twin_answers import answered
from fixtures.twin_options import options_of
from fixtures.twin_owner import TwinOwner
from fixtures.web_server import Events, wait_until
from microhan import VERSION
from twin.twin import Twin

# Each kind of file that has a format's number, with one more than this version writes.
NEWER = {
    "sequence": b"2 17 {\"seq\": 9}",
    "crash": b"2 what it is has changed",
    "config.json.trial": b"2 {}\n{}",
    "restore": b"2 in another way",
    "ledger.new/q0": b"MHR\x02 what was being restored",
    "backlog/cursors": b"2 {}",
    "backlog/000007": b"MHB\x02" + bytes(range(200)),
    **{f"ledger/{ring}0": b"MHR\x02" + bytes(range(100)) for ring in "qhdc"},
}
# What has none: it is found out again, or made anew.
STRANGE = {name: b"\xff\xfe 2 {}" for name in (
    "line", "checksum", "energy_unit", "current_unit", "lists", "healing", "in_place",
    "config.json.reverted", "update")}
UNKNOWN = {
    "future": {"depth": 3, "names": ["a", {"b": None}]},
    "mqtt": {"client_certificate": "PEM", "qos": 2},
    "meter": {"voltage_unit": "nano", "pulse": True},
    "http": {"theme": "dark"}}


def put(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


class House:
    """A twin in whose /data a newer version was."""

    def __init__(self, twin, files):
        self.twin = twin
        self.data = twin.options.flash / "data"
        put(self.data, {**NEWER, **files, "config.json": json.dumps(UNKNOWN).encode()})
        twin.start()
        self.app = twin.flash.root / "app"

    def version(self):
        self.twin.firmware.check()
        status, told = self.twin.client.get("/status.json")
        return told["version"] if status == 200 else None

    def changed(self, files):
        """Names of those that are not as they were."""
        return [name for name, content in files.items()
                if not (self.data / name).exists() or (self.data / name).read_bytes() != content]

    def identity(self):
        """(boot, seq) of a Reading."""
        events = Events(self.twin.client, 0, f"Authorization: Bearer {self.twin.token()}")
        told = {}
        while "seq" not in told:
            told = json.loads(events.next()[1] or "{}")
        events.close()
        return told["boot"], told["seq"]

    def settings(self):
        return json.loads((self.data / "config.json").read_bytes())


@pytest.fixture
def twin(tmp_path):
    options = options_of(tmp_path, "i386", mqtt=f"127.0.0.1:{free_port()}")
    with Twin(options._replace(start="2026-11-27T11:59:45")) as made:
        yield made


def test_data_of_a_newer_version_are_left_to_it(twin):
    house = House(twin, {})
    wait_until(lambda: house.version() == VERSION)
    files = next_version_of.files()
    install(twin, files)
    wait_until(lambda: house.version() == VERSION)
    put(house.app, {"b.part": next_version(files, hurry), "choice": b"1 a bv"})
    twin.firmware.restart()
    wait_until(lambda: house.version() == NEXT)  # all the same but for its name: on trial
    boot, seq = house.identity()
    wait_until(lambda: (house.app / "choice").read_bytes() == b"1 b")
    assert boot > 1 << 24  # its number is the newer version's alone to count
    assert house.changed(NEWER) == []
    # new records beside the newer ones
    wait_until(lambda: (house.data / "ledger/q1").exists())
    for name in ("q1", "h1"):
        assert (house.data / "ledger" / name).read_bytes().startswith(b"MHR\x01")
    # a setting is changed, and the restart gives the backlog what no broker took
    wait_until(lambda: house.identity()[1] >= seq + 12)
    owner = TwinOwner(twin)
    owner.ask("PUT", "/config.json", {"meter": {"fuse": 25}})
    resets = twin.firmware.resets
    wait_until(lambda: house.version() == NEXT and twin.firmware.resets > resets)
    again, _ = house.identity()
    assert again > 1 << 24 and again != boot
    assert (house.data / "backlog/000008").read_bytes().startswith(b"MHB\x01")
    # the newer one comes back: nothing of what it knows is missing
    assert house.changed(NEWER) == []
    settings = house.settings()
    assert settings["meter"].pop("fuse") == 25
    for section, keys in UNKNOWN.items():
        assert {key: settings[section].get(key) for key in keys} == keys
    warnings = str(answered(twin)["warnings"])
    assert "future: no such section" in warnings


def test_files_that_say_nothing_to_this_version_stop_no_start(twin):
    """Damaged ones look like that, too."""
    house = House(twin, STRANGE)
    put(house.app, {"choice": b"1 a !", "coming": b"\xff{", "b.part": b"MHA\x02"})
    twin.firmware.restart()
    wait_until(lambda: house.version() == VERSION)
    assert twin.wait_for_reading(60)
    assert "it was not installed" in str(answered(twin)["warnings"])
