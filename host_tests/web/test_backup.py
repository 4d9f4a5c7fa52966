"""/backup: out of one device and into another, whole or not at all."""

import errno
import json
import os
import time
from datetime import datetime, timezone

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures.ledger import House, utc
from fixtures.visits import at, make_token, said, telegram_comes
from fixtures.web_server import (
    BEARER,
    DELIBERATE,
    RunningServer,
    a_reading,
    answer,
    request,
    wait_until,
)
from microhan.config import backup
from microhan.store.ring import Rings

NAMES = "quarters", "hours", "days", "channels"
METER = "5706567331323526"


class Device(RunningServer):
    """A device with an owner, a meter and a ledger on a folder."""

    def __init__(self, house=None, config=None, meter=METER):
        super().__init__()
        root = self.folder.name
        self.restarts = []
        self.sources.rings = Rings(root + "/ledger")
        self.sources.config_path = root + "/config.json"
        self.sources.restart = lambda: self.restarts.append(1)
        if config:
            self.configure(config)
        if house:
            self.fill(house)
        if meter:
            self.publish(a_reading(meter_id=meter))
        self.cookie = self.login()

    def configure(self, config):
        with open(self.sources.config_path, "w") as file:
            json.dump(config, file)

    def start(self):
        """What the next start does first."""
        return backup.settle(self.folder.name)

    def config(self):
        with open(self.sources.config_path) as file:
            return json.load(file)

    def fill(self, house):
        for name in NAMES:
            rows = getattr(house.rings, name).list
            if rows:
                getattr(self.sources.rings, name).append(b"".join(rows))

    def rows(self, name):
        return [bytes(row) for row in getattr(self.sources.rings, name).rows(0, 1 << 32)]

    def history(self):
        return {name: self.rows(name) for name in NAMES}

    def backup(self, query=""):
        status, headers, body = self.ask("/backup" + query, self.cookie)
        assert status == 200, body
        return headers, body

    def restore(self, body, *lines, size=None):
        size = len(body) if size is None else size
        return self.ask("/backup", DELIBERATE, self.cookie, f"Content-Length: {size}", *lines,
                        method="POST", body=body)

    def left_over(self):
        return [name for name in os.listdir(self.folder.name)
                if name.startswith(("ledger.", "restore"))]


@pytest.fixture(scope="module")
def house():
    """Nine days, with a meter that was replaced on the fourth."""
    made = House(utc(2026, 11, 18, 18, 59), fuse=0)
    made.meter = "OTHER"
    made.run(3 * 86400, lambda t: (400 + t // 900 % 7 * 300, 0, 50, 0), step=60)
    made.meter = METER
    made.run(6 * 86400, lambda t: (700 + t // 900 % 7 * 300, 0, 50, 0), step=60)
    for day in range(9):
        made.rings.channels.append((utc(2026, 11, 18 + day, 5)).to_bytes(4, "little") + bytes(8))
    return made


CONFIG = {"wifi": {"ssid": "hemma", "password": "hemligt1"}, "meter": {"fuse": 20},
          "push": {"url": "http://x.local/", "token": "nyckel"}}


@pytest.fixture
def devices():
    made = []

    def make(*args, **more):
        made.append(Device(*args, **more))
        return made[-1]
    yield make
    for one in made:
        one.close()


@pytest.fixture
def old(devices, house, monkeypatch):
    at(monkeypatch, datetime(2026, 11, 27, 23, 30, tzinfo=timezone.utc))
    return devices(house, CONFIG)


def test_its_name_and_its_head_say_what_is_in_it(old):
    headers, body = old.backup()
    assert headers["content-disposition"] == (
        'attachment; filename="microhan-a1b2c3-2026-11-28.backup"')
    assert headers["content-type"] == "application/octet-stream"
    assert headers["transfer-encoding"] == "chunked"
    assert body.startswith(b"microhan backup 1, passwords: no \n")
    assert b"hemligt1" not in body and b"nyckel" not in body
    headers, body = old.backup("?secrets=yes")
    assert headers["content-disposition"].endswith('2026-11-28-with-secrets.backup"')
    assert body.startswith(b"microhan backup 1, passwords: YES\n")
    assert b"hemligt1" in body and b"nyckel" in body
    about = json.loads(body[37:body.index(b"}") + 1])
    assert {key: about[key] for key in ("id", "meter", "date")} == {
        "id": "a1b2c3", "meter": METER, "date": "2026-11-28T00:30:00+01:00"}


def test_without_a_clock_and_a_meter_it_is_given_all_the_same(devices, monkeypatch):
    at(monkeypatch, None)
    headers, body = devices(meter=None).backup()
    assert headers["content-disposition"] == 'attachment; filename="microhan-a1b2c3.backup"'
    assert b'"date": null' in body and b'"meter": null' in body


@pytest.mark.parametrize("query", ["?secrets=no", "?secrets", "?secrets=yes&x=1", "?full=yes"])
def test_what_is_asked_for_otherwise_is_refused(old, query):
    assert said(old.ask("/backup" + query, old.cookie)) == (400, "bad_query")


def test_nobody_but_the_owner_gets_or_gives_one(old):
    _, body = old.backup()
    scope = ["now", "history", "raw"]
    token = json.loads(make_token(old, old.cookie, scope=scope)[2])["token"]
    for lines, wanted in ((["Authorization: Bearer " + token], (403, "out_of_scope")),
                          ([BEARER], (403, "out_of_scope")), ([], (401, "unauthorized"))):
        assert said(old.ask("/backup", *lines)) == wanted
        assert said(old.ask("/backup", DELIBERATE, f"Content-Length: {len(body)}", *lines,
                            method="POST")) == wanted
    length = f"Content-Length: {len(body)}"
    assert said(old.ask("/backup", old.cookie, length, method="POST")) == (403, "header_missing")
    assert said(old.ask("/backup", DELIBERATE, old.cookie, length, "Origin: http://x.example",
                        method="POST")) == (403, "foreign_origin")
    assert old.left_over() == [] and not old.restarts


def test_a_new_dongle_gets_all_of_it(old, devices):
    new = devices(config={"wifi": CONFIG["wifi"]})
    status, _, body = new.restore(old.backup("?secrets=yes")[1])
    assert status == 200, body
    count = sum(len(rows) for rows in old.history().values())
    assert json.loads(body) == {"records": count, "trial": False, "left": [], "again": []}
    assert new.history() == old.history() and len(new.rows("quarters")) > 800
    assert new.start() == "backup: history and settings are restored"
    assert new.config() == CONFIG
    wait_until(lambda: new.restarts)
    assert new.ask("/reading.json", new.cookie)[0] == 200  # its owner is its own


def test_a_dongle_with_a_history_of_its_own_keeps_it(old, devices):
    """The same meter, some hours later: what was taken between the two is booked."""
    after = House(utc(2026, 11, 28, 3, 10), fuse=0)
    after.meter, after.start = METER, [5_000_000, 200_000, 30_000, 4_000]
    after.run(7200, step=60)
    new = devices(after)
    before = new.history()
    status, _, body = new.restore(old.backup()[1])
    assert status == 200
    for name in NAMES:
        assert [row[:-1] for row in new.rows(name)] == [
            row[:-1] for row in old.rows(name) + before[name]]
    told = new.ask("/history.json?step=hour&from=2026-11-27T00:00&to=2026-11-28T08:00", new.cookie)
    rows = json.loads(told[2])["rows"]
    gap = [row for row in rows if row[1] == "missing"]
    assert gap and gap[-1][2] is not None  # its energy is known


def test_another_meter_is_not_booked_across(old, devices):
    after = House(utc(2026, 11, 28, 3, 10), fuse=0)
    after.meter, after.start = "BOUGHT", [5_000_000, 200_000, 30_000, 4_000]
    after.run(7200, step=60)
    new = devices(after, meter="BOUGHT")
    assert new.restore(old.backup()[1])[0] == 200
    told = new.ask("/history.json?step=hour&from=2026-11-27T00:00&to=2026-11-28T08:00", new.cookie)
    gap = [row for row in json.loads(told[2])["rows"] if row[1] == "missing"]
    assert gap and all(row[2] is None for row in gap)


def test_the_device_it_is_of_stays_as_it_is(old):
    before = old.history(), old.config()
    assert json.loads(old.restore(old.backup()[1])[2])["records"] == 0
    old.start()
    assert (old.history(), old.config()) == before


def test_a_network_that_is_restored_is_on_trial(old, devices):
    new = devices(config={"wifi": {"ssid": "annat", "password": "annat123"}})
    assert json.loads(new.restore(old.backup("?secrets=yes")[1])[2])["trial"] is True
    new.start()
    assert new.config()["wifi"] == CONFIG["wifi"]
    assert os.path.exists(new.sources.config_path + ".trial")


@pytest.mark.parametrize("damage, code", [
    (lambda data: data[:-1], "bad_backup"),
    (lambda data: data[:len(data) // 2], "bad_backup"),
    (lambda data: data[:40], "bad_backup"),
    (lambda data: data[:9000] + bytes([data[9000] ^ 1]) + data[9001:], "bad_backup"),
    (lambda data: data + b"x", "bad_backup"),
    (lambda data: b"{}", "bad_backup"),
    (lambda data: b"PK" + data, "bad_backup"),
    (lambda data: data.replace(b"backup 1", b"backup 2", 1), "newer_backup")])
def test_what_is_not_as_it_was_changes_nothing(old, devices, damage, code):
    new = devices(config={"meter": {"fuse": 16}})
    result = new.restore(damage(old.backup()[1]))
    assert said(result) == (422, code)
    assert "Nothing was changed" in json.loads(result[2])["hint"]
    assert new.history() == {name: [] for name in NAMES} and new.left_over() == []
    assert new.config() == {"meter": {"fuse": 16}} and not new.restarts


def test_a_client_that_leaves_changes_nothing(old, devices):
    new = devices()
    body = old.backup()[1]
    with new.connect() as client:
        client.sendall(request("/backup", DELIBERATE, new.cookie, f"Content-Length: {len(body)}",
                               method="POST") + body[:30_000])
        wait_until(lambda: new.left_over() == ["ledger.new"])
        assert said(new.restore(body)) == (409, "restoring")
    wait_until(lambda: new.left_over() == [])
    assert new.rows("quarters") == []
    assert new.restore(body)[0] == 200


def test_others_are_served_meanwhile_and_what_is_recorded_then_stays(old, devices):
    new = devices()
    body = old.backup()[1]
    row = utc(2026, 11, 28, 1).to_bytes(4, "little") + bytes(30)
    with new.connect() as client:
        client.sendall(request("/backup", DELIBERATE, new.cookie, f"Content-Length: {len(body)}",
                               method="POST") + body[:-1])
        wait_until(new.left_over)
        assert new.ask("/reading.json", new.cookie)[0] == 200
        new.call(new.sources.rings.quarters.append, row)
        client.sendall(body[-1:])
        assert answer(client)[0] == 200
    assert new.rows("quarters") == [*old.rows("quarters"), row]


def test_without_room_on_flash_it_is_refused_in_words(old, devices, monkeypatch):
    new = devices()
    body = old.backup()[1]
    real = os.statvfs

    def little(path):
        return (4096, 4096, 512, 20, 20, 0, 0, 0, 0, 255)
    with monkeypatch.context() as patch:
        patch.setattr(os, "statvfs", little)
        assert said(new.restore(body)) == (507, "no_room")
    assert real is os.statvfs and new.restore(body)[0] == 200


def test_where_nobody_can_say_what_is_free_the_flash_tells(old, devices, monkeypatch):
    new = devices()
    body = old.backup()[1]

    def fails(error):
        def call(*args):
            raise OSError(error)
        return call
    monkeypatch.setattr(os, "statvfs", fails(errno.EIO))
    with monkeypatch.context() as patch:
        patch.setattr(os, "mkdir", fails(errno.ENOSPC))
        assert said(new.restore(body)) == (507, "no_room")
    assert new.restore(body)[0] == 200


def test_a_flash_that_is_full_after_all_changes_nothing(old, devices, monkeypatch):
    new = devices()

    def full(self, payload):
        raise OSError(28)
    monkeypatch.setattr("microhan.store.ring.Ring._append", full)
    assert said(new.restore(old.backup()[1])) == (507, "no_room")
    assert new.left_over() == []


def test_without_memory_and_in_set_up_mode_it_is_told(old):
    body = old.backup()[1]
    old.has_room = True
    old.sources.has_room = lambda heap: heap < 5000
    assert said(old.restore(body)) == (503, "memory_short")
    old.sources.has_room = lambda heap: True
    old.sources.rings = None
    assert said(old.restore(body)) == (404, "no_history")
    assert said(old.ask("/backup", old.cookie)) == (404, "no_history")


@pytest.mark.parametrize("lines", [[], ["Content-Length: 0"]])
def test_no_body_and_too_large_a_one_are_refused(old, lines):
    result = old.ask("/backup", DELIBERATE, old.cookie, *lines, method="POST")
    assert said(result) == (422, "bad_backup")
    assert said(old.restore(b"", size=5_000_000)) == (413, "body_too_large")


def test_flash_is_written_when_no_telegram_is_coming_in(old, devices, monkeypatch):
    new = devices()
    seen = telegram_comes(new.hub, monkeypatch)
    began = time.monotonic()
    assert new.restore(old.backup()[1])[0] == 200
    assert time.monotonic() - began > 0.2 and seen.count(9) >= 2


def test_a_newer_kind_of_block_is_left_out_and_a_longer_record_refused(old, devices):
    from microhan.store import backup

    new = devices()
    rings = new.sources.rings
    pieces = list(backup._parts(rings, b'{"id":"a1b2c3","meter":null,"epoch":0}', b"{}", False))
    for block, status in ((backup._block("x", b"new"), 200),
                          (backup._block("h", b"\x18" + bytes(24)), 422)):
        data = b"".join([*pieces, block])
        from binascii import crc32

        end = backup._block("z", len(data).to_bytes(4, "little")
                            + crc32(data).to_bytes(4, "little"))
        assert new.restore(data + end)[0] == status


