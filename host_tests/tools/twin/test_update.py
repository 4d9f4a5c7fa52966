"""A package comes while the meter is read each second: no Reading is lost by it."""

import contextlib
import http.client
import json
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from build import setup_env
from fixtures import next_version
from fixtures.twin_answers import answered
from fixtures.twin_options import options_of
from fixtures.update_package import key
from fixtures.web_server import wait_until
from microhan import VERSION
from release import package
from twin import broker, ports
from twin.listener import Listener
from twin.twin import Twin

PIECE = 32_768


class Owner:
    """The owner's session at a twin."""

    def __init__(self, twin):
        self.url = f"http://127.0.0.1:{twin.client.port}"
        self.cookie = ""
        answer = self.ask("POST", "/login", {"password": twin.access["password"]})
        self.cookie = answer.headers["Set-Cookie"].partition(";")[0]

    def ask(self, method, path, body=None):
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return urllib.request.urlopen(urllib.request.Request(
            self.url + path, None if method == "GET" else data, self.headers(), method=method),
            timeout=60)

    def headers(self):
        return {"X-Microhan": "1", "Cookie": self.cookie}

    def json(self, method, path, body=None):
        return json.loads(self.ask(method, path, body).read())


@pytest.fixture(scope="module")
def files():
    return next_version.files()


class Heard:
    """All Readings that come by MQTT: `numbers`, (boot, seq) of each."""

    def __init__(self, port):
        self.numbers = []
        self.states = []  # of Home Assistant's update entity
        self._listener = Listener(port)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        with contextlib.suppress(OSError, IndexError, ValueError):
            while True:
                topic, payload = self._listener.next()
                if topic.endswith(("/reading", "/backlog")):
                    told = json.loads(payload)
                    self.numbers.append((told["boot"], told["seq"]))
                elif topic.endswith("/update"):
                    self.states.append(json.loads(payload))

    def close(self):
        self._listener.close()


@pytest.fixture
def twin(tmp_path, monkeypatch, files):
    """One whose application trusts the tests' key."""
    monkeypatch.setattr(broker, "USUAL", ports.free_port())
    with Twin(options_of(tmp_path, "i386")) as running:
        running.start()
        next_version.install(running, files)
        running.wait_for_reading(60)
        yield running


def send(owner, content, pause=0.0, older=False):
    """Send a package as the page does, by one request, with a pause after each piece of it."""
    assert owner.json("POST", "/update.json", {
        "size": len(content), "manifest": manifest(content), "news": "Bars.",
        "older": older})["state"] == "stopped"
    connection = http.client.HTTPConnection(owner.url[7:], timeout=60)
    connection.putrequest("POST", "/update?at=0")
    for name, value in {**owner.headers(), "Content-Length": len(content)}.items():
        connection.putheader(name, str(value))
    connection.endheaders()
    for at in range(0, len(content), PIECE):
        connection.send(content[at:at + PIECE])
        time.sleep(pause)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    assert (answer["state"], answer["received"]) == ("ready", len(content))


def manifest(content):
    return package.read(content, key().public_key())[0]


def test_no_reading_is_lost_while_a_package_comes(twin, files):
    content = next_version.next_version(files)
    owner, heard = Owner(twin), Heard(twin.broker.port)
    assert owner.json("GET", "/update.json")["runs"]["mpy"] == manifest(content)["mpy"]
    wait_until(lambda: heard.numbers)
    sent = twin.sent
    send(owner, content, 1.0)
    sent = twin.sent - sent
    wait_until(lambda: len(heard.numbers) >= sent)
    (boot,) = {boot for boot, _ in heard.numbers}
    seqs = [seq for _, seq in heard.numbers]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert sent >= 8 and len(seqs) >= sent and not twin.port.lost
    part = twin.flash.root / "app" / "b.part"
    assert part.read_bytes() == content
    assert answered(twin)["update"]["state"] == "ready"
    assert heard.states[0]["latest_version"] == VERSION
    assert heard.states[-1]["latest_version"] == next_version.NEXT
    percents = [state["update_percentage"] for state in heard.states if state.get("in_progress")]
    assert percents == sorted(percents) and len(percents) >= 5
    assert heard.states[-1]["in_progress"] is False
    assert heard.states[-1]["release_summary"] == "Bars."
    heard.close()
    assert owner.json("DELETE", "/update.json").get("state") is None
    assert not part.exists() and "update" not in answered(twin)


def test_from_one_version_to_the_next_and_back_without_a_number_lost(twin, files):
    owner, heard = Owner(twin), Heard(twin.broker.port)
    for version, was in ((next_version.NEXT, VERSION), (VERSION, next_version.NEXT)):
        content = next_version.next_version(files, next_version.hurry, version)
        wait_until(lambda was=was: shown(twin, owner)["runs"]["version"] == was)
        send(owner, content, older=version < was)
        began = time.monotonic()
        assert owner.json("POST", "/install")["state"] == "wanted"
        wait_until(lambda version=version: shown(twin, owner)["runs"]["version"] == version)
        assert shown(twin, owner)["state"] in ("trial", None)
        note(update_install_s=round(time.monotonic() - began, 1))
        wait_until(lambda: shown(twin, owner)["state"] is None)
    twin.wait_for_reading(60)
    assert "update" not in answered(twin)
    heard.close()
    boots = sorted({boot for boot, _ in heard.numbers})
    assert len(boots) == 3 and len(heard.numbers) == len(set(heard.numbers))
    seqs = sorted(seq for _, seq in heard.numbers)
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))  # no Reading, and no number twice
    assert len(seqs) <= twin.sent <= len(seqs) + 4 * 4


def shown(twin, owner):
    """What /update.json says; {"runs": {"version": None}, "state": "away"} if nobody answers."""
    twin.check()
    try:
        return {"state": None, **owner.json("GET", "/update.json")}
    except OSError:
        return {"state": "away", "runs": {"version": None}}


def note(**figures):
    """Keep figures for the papers: build/update.json."""
    path = Path(setup_env.BUILD) / "update.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(known | figures, indent=1))
