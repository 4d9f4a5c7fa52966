"""The whole firmware on a MicroPython, its broker by TLS: right certificate, wrong, none."""

import json
import subprocess
import time

import pytest

from fixtures import needs
from fixtures.fakes_outputs import free_port, make_certificates, mosquitto
from fixtures.twin_answers import answered
from fixtures.twin_options import options_of
from twin.twin import Twin


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def broker(certificates, tmp_path):
    """The port of a mosquitto that speaks only TLS."""
    port = free_port()
    lines = [f"{key} {certificates / name}" for key, name in (
        ("cafile", "ca.pem"), ("certfile", "server.pem"), ("keyfile", "server.key"))]
    with mosquitto(tmp_path, "allow_anonymous true", *lines, port=port):
        yield port


def twin(folder, port, **mqtt):
    """A Twin on i386 whose configuration has these keys in the section mqtt."""
    data = folder / "flash" / "data"
    data.mkdir(parents=True)
    (data / "config.json").write_text(json.dumps({"mqtt": mqtt}))
    return Twin(options_of(folder, "i386", id="abcdef", mqtt=f"localhost:{port}"))


def outcome(running, patience=90):
    """The mqtt entry of /status.json once it is no longer `connecting`."""
    end = time.monotonic() + patience
    while True:
        state = answered(running)["outputs"]["mqtt"]
        if state["state"] != "connecting" or time.monotonic() > end:
            return state
        time.sleep(0.3)


def test_readings_by_tls(tmp_path, certificates, broker):
    ca = (certificates / "ca.pem").read_text()
    with twin(tmp_path, broker, tls=True, ca=ca) as running:
        running.start()
        running.wait_for_reading(60)
        got = subprocess.run(
            [needs.program("mosquitto_sub"), "-h", "localhost", "-p", str(broker), "--cafile",
             str(certificates / "ca.pem"), "-t", "microhan/abcdef/reading", "-C", "1", "-W", "90"],
            capture_output=True, text=True)
        assert json.loads(got.stdout)["identification"] == "KAM5"
        assert outcome(running)["state"] == "ok"


def test_a_wrong_authority_is_refused_and_told(tmp_path, certificates, broker):
    other = (certificates / "other.pem").read_text()
    with twin(tmp_path, broker, tls=True, ca=other) as running:
        running.start()
        running.wait_for_reading(60)  # the meter is read all the same
        state = outcome(running)
        assert state["state"] == "error" and state["sent"] == 0
        assert "certificate" in state["error"]


def test_both_names_are_told_where_the_certificate_has_another(tmp_path, certificates, broker):
    ca = (certificates / "ca.pem").read_text()
    with twin(tmp_path, broker, tls=True, ca=ca) as running:
        running.options = running.options._replace(mqtt=f"127.0.0.1:{broker}")
        running.start()
        until(running, f"certificate of 127.0.0.1:{broker} refused: it is made out to localhost, "
                       "broker.test: set mqtt.host to that")


def test_a_plain_port_asked_by_tls_and_the_reverse_are_named(tmp_path, certificates, broker):
    ca = (certificates / "ca.pem").read_text()
    (tmp_path / "plain").mkdir()
    with mosquitto(tmp_path / "plain", "allow_anonymous true", port=free_port()) as plain:
        with twin(tmp_path / "a", plain, tls=True, ca=ca) as running:
            running.start()
            until(running, "does not seem to speak TLS: turn mqtt.tls off")
    with twin(tmp_path / "b", broker) as running:
        running.start()
        until(running, "does that port want TLS (mqtt.tls)?", "turn mqtt.tls on")


def until(running, *words, patience=90):
    """Wait until the mqtt entry's error has one of these words."""
    end = time.monotonic() + patience
    text = ""
    while not any(word in text for word in words):
        assert time.monotonic() < end, text
        time.sleep(0.5)
        text = answered(running)["outputs"]["mqtt"]["error"]


def test_insecure_connects_and_warns(tmp_path, broker):
    with twin(tmp_path, broker, tls=True, tls_insecure=True) as running:
        running.start()
        running.wait_for_reading(60)
        assert outcome(running)["state"] == "ok"
        warnings = answered(running)["warnings"]
        assert any("mqtt.tls_insecure" in text for text in warnings)
