"""A package comes while the meter is read each second: no Reading is lost by it."""

import contextlib
import http.client
import json
import threading
import time
import urllib.request

import pytest

import build
from fixtures import needs
from fixtures.twin_options import options_of
from fixtures.update_package import key
from fixtures.web_server import wait_until
from release import package
from twin import broker
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
def whole():
    """(a package for the twin's VM, what its manifest says)."""
    needs.micropython("i386")
    body = package.unsigned((build.packed("x86", lambda text: None) / build.ARCHIVE).read_bytes())
    content = package.sign(body, key())
    return content, package.read(content, key().public_key())[0]


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
def twin(tmp_path, monkeypatch):
    monkeypatch.setattr(broker, "USUAL", broker.free_port())
    with Twin(options_of(tmp_path, "i386")) as running:
        running.start()
        running.wait_for_reading(60)
        yield running


def send(owner, content, told, pause=0.0):
    """Send a package as the page does, by one request, with a pause after each piece of it."""
    assert owner.json("POST", "/update.json", {
        "size": len(content), "manifest": told, "news": "Bars."})["state"] == "stopped"
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


def test_no_reading_is_lost_while_a_package_comes(twin, whole):
    content, told = whole
    owner, heard = Owner(twin), Heard(twin.broker.port)
    assert owner.json("GET", "/update.json")["runs"]["mpy"] == told["mpy"]
    wait_until(lambda: heard.numbers)
    sent = twin.sent
    send(owner, content, told, 1.0)
    sent = twin.sent - sent
    time.sleep(2)
    (boot,) = {boot for boot, _ in heard.numbers}
    seqs = [seq for _, seq in heard.numbers]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert sent >= 8 and len(seqs) >= sent and not twin.port.lost
    part = twin.flash.root / "app" / "b.part"
    assert part.read_bytes() == content
    assert twin.client.get("/status.json")[1]["update"]["state"] == "ready"
    assert heard.states[0]["installed_version"] == heard.states[-1]["latest_version"]
    percents = [state["update_percentage"] for state in heard.states if state.get("in_progress")]
    assert percents == sorted(percents) and len(percents) >= 5
    assert heard.states[-1]["in_progress"] is False
    assert heard.states[-1]["release_summary"] == "Bars."
    heard.close()
    assert owner.json("DELETE", "/update.json").get("state") is None
    assert not part.exists() and "update" not in twin.client.get("/status.json")[1]


def test_a_restart_to_install_costs_three_telegrams_at_most(twin, whole):
    content, told = whole
    owner, heard = Owner(twin), Heard(twin.broker.port)
    send(owner, content, told)
    assert owner.json("POST", "/install")["state"] == "wanted"
    wait_until(lambda: twin.check() or len({boot for boot, _ in heard.numbers}) > 1)
    time.sleep(3)
    first = min(heard.numbers)[0]
    before = [seq for boot, seq in heard.numbers if boot == first]
    after = [seq for boot, seq in heard.numbers if boot > first]
    assert before == sorted(set(before)) and after == sorted(set(after))
    assert after[0] > before[-1]  # no number twice
    heard.close()
