"""A crash of the twin, and what is known of it afterwards; and MQTT `ledger` of a real run."""

import contextlib
import json
import time

from fixtures.twin_answers import answered
from fixtures.twin_options import options_of
from fixtures.web_server import wait_until
from twin import broker, ports
from twin.listener import Listener
from twin.twin import Twin


def restarted(twin, cause):
    twin.firmware.restart(cause)
    return answered(twin)


def test_a_reset_leaves_a_record_and_a_power_cut_does_not_lose_it(tmp_path):
    with Twin(options_of(tmp_path, "i386", mqtt=None)) as twin:
        twin.start()
        twin.wait_for_reading(60)
        status = answered(twin)
        assert status["crash"] is None and status["resets"]["cause"] == "power on"
        assert twin.client.get("/crash.txt")[0] == 403  # the owner's alone, and this is a token
        kept = twin.flash.root / "memory"
        wait_until(lambda: b"started: power on" in kept.read_bytes())
        build = status["build"]
        status = restarted(twin, "watchdog")
        crash = status["crash"]
        assert (crash["error"], crash["count"], crash["build"]) == ("watchdog", 1, build)
        assert crash["uptime_s"] < 60 and 20_000 < crash["free"] < 140_000
        assert abs(crash["time"] - time.time()) < 120
        text = (twin.flash.root / "data" / "crash").read_text()
        assert f"microhan build {build} watchdog\n" in text and " started: power on\n" in text
        assert "microhan" in text.splitlines()[0] and len(text) < 2048
        time.sleep(3)
        assert restarted(twin, "power on")["crash"] == crash  # what a power cut ends is no crash


def test_a_restart_in_good_order_is_no_crash(tmp_path):
    with Twin(options_of(tmp_path, "i386", mqtt=None, fresh=True)) as twin:
        twin.start()
        wait_until(lambda: twin.client.get("/session.json")[0] == 200)
        wait_until(lambda: (twin.flash.root / "memory").exists())
        with contextlib.suppress(OSError):
            (twin.flash.root / "button").write_text("")  # held for 5 s, then released
            time.sleep(7)
            (twin.flash.root / "button").unlink()
        wait_until(lambda: twin.firmware.check() is None and twin.firmware.resets == 1)
        wait_until(lambda: twin.client.get("/session.json")[0] == 200)
        assert not (twin.flash.root / "data" / "crash").exists()


def test_an_hour_that_is_over_comes_by_mqtt_as_the_history_has_it(tmp_path, monkeypatch):
    monkeypatch.setattr(broker, "USUAL", ports.free_port())
    options = options_of(tmp_path, "i386", id="1a2b3c", speed=300,
                         start="2026-05-25T08:50:00")
    with Twin(options) as twin:
        twin.start()
        twin.wait_for_reading(60)
        listener = Listener(twin.broker.port)
        seen = [json.loads(listener.until(lambda topic: topic == "microhan/1a2b3c/ledger", 60)
                           ["microhan/1a2b3c/ledger"]) for _ in range(2)]
        listener.close()
        history = answered(twin, "/history.json?step=hour&from=2026-05-25&to=2026-05-27")
        rows = {row[0]: row for row in history["rows"]}
        for hour in seen:
            assert [hour[key] for key in history["columns"]] == rows[hour["time"]]
        assert seen[1]["time"] - seen[0]["time"] == 3600 and seen[1]["quality"] != "missing"
        assert seen[1]["registers"]["active_energy_import_kwh"] > 0
