"""outputs/mqtt/output.py: the whole output, against a real mosquitto."""

import asyncio
import json
import subprocess

import pytest

from fixtures import needs
from fixtures.fakes_outputs import (
    Diagnosis,
    House,
    free_port,
    make_certificates,
    mosquitto,
    mqtt_output,
    running,
    until,
)
from fixtures.outputs_beside import Subscriber
from fixtures.readings_extra import extra_reading
from microhan.outputs.home_assistant.discovery import Discovery
from microhan.outputs.mqtt import output
from microhan.outputs.mqtt.output import MqttOutput
from microhan.reading.reading import Reading

OPEN = ("allow_anonymous true", "persistence false")


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(output, "_MIN_PAUSE_MS", 40)
    monkeypatch.setattr(output, "_MAX_PAUSE_MS", 80)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("pki"))


async def with_subscriber(port, talk, *topics, extra=()):
    subscriber = Subscriber(port, *topics, extra=extra)
    reading = asyncio.create_task(subscriber.read())
    try:
        await asyncio.wait_for(subscriber.ready.wait(), 60)
        await talk(subscriber)
    finally:
        subscriber.process.kill()
        subscriber.process.wait()
        await reading


def test_a_reading_waits_for_memory_and_the_connection_stays(tmp_path, monkeypatch):
    house = House()
    short = [MemoryError()] * 3
    whole = Reading.write

    def write(self, *where):
        if short:
            raise short.pop()
        return whole(self, *where)
    monkeypatch.setattr(Reading, "write", write)

    async def both():
        with mosquitto(tmp_path, *OPEN) as port:
            async def inside(subscriber):
                async def talk(out):
                    await until(lambda: out.status()["state"] == "ok")
                    house.publish(active_power_import_w=7)
                    await until(lambda: out.status()["sent"] == 1)
                await running(mqtt_output(house, port), talk)
                assert len(subscriber.of("microhan/a1b2c3/reading")) == 1
            await with_subscriber(port, inside, "microhan/#")

    asyncio.run(both())
    assert not short and sum("connected" in line for line in house.log) == 1


def test_discovery_waits_for_memory_and_the_connection_stays(tmp_path, monkeypatch):
    house = House()
    short = [MemoryError()] * 3
    whole = Discovery.next

    def due(self, *about):
        if short:
            raise short.pop()
        return whole(self, *about)
    monkeypatch.setattr(Discovery, "next", due)

    async def both():
        with mosquitto(tmp_path, *OPEN) as port:
            async def inside(subscriber):
                topic = "homeassistant/sensor/microhan_a1b2c3/meter/config"

                async def talk(out):
                    house.publish(active_power_import_w=7)
                    await until(lambda: subscriber.of(topic))
                await running(mqtt_output(house, port, discovery=True), talk)
            await with_subscriber(port, inside, "#")

    asyncio.run(both())
    assert not short and sum("connected" in line for line in house.log) == 1


def test_readings_status_and_diagnosis(tmp_path):
    house = House()

    async def talk(out, subscriber):
        await until(lambda: out.status()["state"] == "ok")
        for n in range(5):
            house.publish(active_power_import_w=n, active_energy_import_kwh=99999999999)
        house.hub.diagnose(Diagnosis("ok"))
        await until(lambda: len(subscriber.of("microhan/a1b2c3/reading")) == 5)
        await until(lambda: out.status()["sent"] == 5)
        await until(lambda: len(subscriber.of("microhan/a1b2c3/meter")) == 2)

    async def both():
        with mosquitto(tmp_path, *OPEN) as port:
            async def inside(subscriber):
                out = mqtt_output(house, port)
                house.hub.diagnose(Diagnosis("never"))  # before: a session may begin at once
                await running(out, lambda o: talk(o, subscriber))
                await until(lambda: subscriber.of("microhan/a1b2c3/status")[-1] == "offline")

                async def late(after):
                    await until(lambda: len(after.messages) == 2)
                    assert {m[:2] for m in after.messages} == {
                        (True, "microhan/a1b2c3/status"), (True, "microhan/a1b2c3/meter")}

                await with_subscriber(port, late, "microhan/#")
                return subscriber.messages

            await with_subscriber(port, inside, "microhan/#")

    asyncio.run(both())
    assert house.log[0].startswith("mqtt: connected to 127.0.0.1:")


def test_readings_and_states_arrive_as_documented(tmp_path):
    house = House()

    async def both():
        with mosquitto(tmp_path, *OPEN) as port:
            async def inside(subscriber):
                async def talk(out):
                    house.publish(active_energy_import_kwh=99999999999, current_l1_a=-1230)
                    house.hub.publish(extra_reading(), bytes, True)
                    await until(lambda: len(subscriber.of("microhan/a1b2c3/reading")) == 2)

                await running(mqtt_output(house, port), talk)
                text = subscriber.of("microhan/a1b2c3/reading")[0]
                assert text == (
                    '{"boot":0,"seq":1,"time":"2026-05-25T04:53:20+01:00","current_l1_a":-1.23,'
                    '"active_energy_import_kwh":99999999.999}')
                text = subscriber.of("microhan/a1b2c3/reading")[1]
                derived = '{"net_power_w":-1500,"current_l1_a":-6.44,"apparent_power_va":1501}'
                assert text == house.hub.reading.json('"boot":0,"seq":2,"derived":%s,' % derived)
                assert subscriber.of("microhan/a1b2c3/status")[0] == "online"

            await with_subscriber(port, inside, "microhan/#")

    asyncio.run(both())


def test_a_wrong_password_is_told_and_a_right_one_works(tmp_path):
    passwords = tmp_path / "passwords"
    make = needs.program("mosquitto_passwd")
    subprocess.run([make, "-b", "-c", str(passwords), "han", "hemligt"],
                   check=True)
    house = House()

    async def good(out):
        await until(lambda: out.status()["state"] == "ok")

    async def bad(out):
        await until(lambda: out.status()["state"] == "error")
        assert out.status()["error"] == (
            "broker refused: wrong user or password, or this user may not connect (code 5)")

    async def both():
        with mosquitto(tmp_path, "allow_anonymous false", f"password_file {passwords}") as port:
            await running(mqtt_output(house, port, user="han", password="hemligt"), good)
            await running(mqtt_output(house, port, user="han", password="wrong"), bad)
            await running(mqtt_output(house, port), bad)

    asyncio.run(both())


def tls_lines(folder):
    return (*OPEN, f"certfile {folder}/server.pem", f"keyfile {folder}/server.key")


@pytest.mark.parametrize(
    ("ca", "host", "insecure", "words"),
    [("ca", "localhost", False, ""),
     ("", "127.0.0.1", True, ""),
     ("other", "localhost", False, "certificate of localhost"),
     ("ca", "127.0.0.1", False, "certificate of 127.0.0.1"),
     ("", "localhost", False, "mqtt.ca is empty")],
    ids=["good", "insecure", "wrong authority", "wrong host", "no authority"],
)
def test_the_certificate_of_a_real_broker_is_checked(tmp_path, certificates, ca, host, insecure,
                                                     words):
    house = House()

    async def talk(out):
        await until(lambda: out.status()["state"] == ("error" if words else "ok"))
        assert words in out.status()["error"]
        assert ("warning" in out.status()) == insecure
        house.publish(active_power_import_w=1)
        if not words:
            await until(lambda: out.status()["sent"] == 1)

    async def both():
        pem = (certificates / f"{ca}.pem").read_text() if ca else ""
        with mosquitto(tmp_path, *tls_lines(certificates)) as port:
            await running(
                mqtt_output(house, port, host=host, tls=True, tls_insecure=insecure, ca=pem), talk)

    asyncio.run(both())


def test_after_a_restart_of_the_broker_the_gap_s_readings_arrive(tmp_path):
    """The readings of the gap arrive afterwards, the oldest beyond the queue are counted."""
    house = House()
    port = free_port()

    async def talk(out):
        with mosquitto(tmp_path, *OPEN, port=port):
            await until(lambda: out.status()["state"] == "ok")
            house.publish(active_power_import_w=0)
            await until(lambda: out.status()["sent"] == 1)
        await until(lambda: out.status()["state"] == "error")
        for n in range(MqttOutput.QUEUE + 3):
            house.publish(active_power_import_w=n)
        assert out.status()["dropped"] == 3
        with mosquitto(tmp_path, *OPEN, port=port):
            await until(lambda: out.status()["sent"] == 1 + MqttOutput.QUEUE)
        assert out.status()["queued"] == 0

    asyncio.run(running(mqtt_output(house, port), talk))


def test_discovery_over_mosquitto(tmp_path):
    house = House()

    async def both():
        with mosquitto(tmp_path, *OPEN) as port:
            async def inside(subscriber):
                async def talk(out):
                    for n in range(3):
                        house.publish(active_power_import_w=n, active_energy_import_kwh=1)
                    topics = [f"homeassistant/{key}/config" for key in (
                        "sensor/microhan_a1b2c3/meter", "sensor/microhan_a1b2c3/time",
                        "sensor/microhan_a1b2c3/active_power_import_w",
                        "sensor/microhan_a1b2c3/active_energy_import_kwh",
                        "binary_sensor/microhan_a1b2c3/link",
                        "binary_sensor/microhan_a1b2c3/problem")]
                    await until(lambda: {t for _, t, _ in subscriber.messages} == set(topics))
                    subscriber.messages.clear()
                    subprocess.run([needs.program("mosquitto_pub"), "-p", str(port), "-t",
                                    "homeassistant/status", "-m", "online"], check=True)
                    await until(lambda: len(subscriber.messages) == 6)
                    assert {t for _, t, _ in subscriber.messages} == set(topics)
                    power = json.loads(subscriber.of(topics[2])[0])
                    assert power["expire_after"] == 30

                await running(mqtt_output(house, port, discovery=True), talk)

            await with_subscriber(port, inside, "homeassistant/+/+/+/config")

    asyncio.run(both())


def test_a_birth_message_among_others_changes_nothing():
    house = House()

    async def both():
        out = mqtt_output(house, 1, discovery=True)
        while out._discovery.next():
            pass
        out._on_message(b"homeassistant/status", b"offline")
        assert out._discovery.next() is None
        out._on_message(b"homeassistant/status", b"online")
        assert out._discovery.next() is not None

    asyncio.run(both())
