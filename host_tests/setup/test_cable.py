"""Set-up by cable: the flasher's own client, and ours, against the firmware on the twin."""

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from build import setup_env
from fixtures import needs
from fixtures.repository import ROOT

pytestmark = pytest.mark.slow
SDK = Path(setup_env.NODE_MODULES) / "improv-wifi-serial-sdk" / "dist"
CLIENT = ROOT / "host_tests" / "fixtures" / "improv" / "client.mjs"


def run(twin, typed, command):
    """(status, output, errors) of a program at the other end of the cable. Meanwhile a device that
    restarts does so."""
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        process.stdin.write(typed)
        process.stdin.close()
        while process.poll() is None:
            twin.check()
            time.sleep(0.1)
        return process.returncode, process.stdout.read(), process.stderr.read()


@pytest.fixture
def sdk(tmp_path):
    """Ask with the flasher's library: sdk(twin, action, …) -> what it found."""
    node = needs.program("node")
    if not SDK.exists():
        pytest.skip(needs.reason("npm"))
    folder = tmp_path / "sdk"
    shutil.copytree(SDK, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    # Node wants the ending that bundlers add.
    file = folder / "serial.js"
    file.write_text(file.read_text().replace('util/hex-formatter"', 'util/hex-formatter.js"'))
    hexes = folder / "util" / "hex-formatter.js"
    hexes.write_text(hexes.read_text().replace('"./to-hex"', '"./to-hex.js"'))

    def ask(twin, *words):
        status, said, errors = run(twin, "", [node, CLIENT, folder, str(twin.serial.port), *words])
        assert status == 0, errors
        return json.loads(said)
    return ask


def test_the_flashers_client_sets_it_up_and_gets_the_address_to_claim_it(out_of_the_box, sdk):
    twin, phone = out_of_the_box()
    told = sdk(twin, "scan")
    assert told["info"]["firmware"] == "microhan" and told["state"] == 2
    assert {"name": "hemma", "rssi": -52, "secured": True} in told["networks"]
    assert {"name": "hemma gäst", "rssi": -60, "secured": False} in told["networks"]
    assert "UNABLE_TO_CONNECT" in sdk(twin, "provision", "hemma", "wrong")["failed"]

    told = sdk(twin, "provision", "hemma", "hemligt123")
    assert told["state"] == 4 and "errors" not in told
    url = re.fullmatch(r"http://(127\.0\.0\.2):\d+/claim\?code=([0-9a-f]{16})", told["url"])
    assert sdk(twin, "state")["url"] == told["url"]

    home = type(phone)(phone.port, url[1])
    home.wait(twin, "/session.json", lambda told: not told["claimed"])
    assert b"<html" in home.get("/claim?code=" + url[2])[1]
    status, found, _ = home.post("/claim", {"code": "0" * 16, "owner_password": "lösenord12"})
    assert (status, found["code"]) == (403, "wrong_code")
    status, found, _ = home.post("/claim", {"code": url[2], "owner_password": "kort"})
    assert (status, found["code"]) == (422, "bad_password")
    claim = {"code": url[2], "owner_password": "lösenord12"}
    assert home.post("/claim", claim)[0] == 204
    assert home.post("/claim", claim)[1]["code"] == "already_claimed"
    home.wait(twin, "/session.json",
              lambda told: told["mode"] == "run" and told["session"] == "owner")
    assert home.wait(twin, "/reading.json", lambda told: True)["identification"] == "KAM5"
    # It is on a network, and owned: for 15 s after the start the cable still says where.
    assert sdk(twin, "state")["url"] == f"http://127.0.0.2:{phone.port}/"


def test_new_wifi_by_cable_while_the_application_runs(out_of_the_box, sdk):
    """It restarts into set-up mode, tries the network, and answers what was asked before."""
    twin, phone = out_of_the_box()
    home = phone.sets_up(twin)
    told = sdk(twin, "provision", "hemma gäst", "")
    assert told.get("url") == f"http://127.0.0.2:{home.port}/", told
    assert any("hemma gäst, address" in line for line in twin.firmware.lines)


def provision(twin, typed, *words):
    port = f"socket://127.0.0.1:{twin.serial.port}"
    return run(twin, typed, [sys.executable, ROOT / "tools" / "provision.py", "--port", port,
                             *words])


def test_our_client_does_the_same_from_a_terminal(out_of_the_box):
    twin, _ = out_of_the_box()
    status, said, _ = provision(twin, "", "--scan")
    assert status == 0 and "-52 dBm  hemma\n" in said
    status, said, errors = provision(twin, "wrong\n", "--ssid", "hemma")
    assert status == 1 and "did not take the password" in errors and "wrong" not in said + errors
    status, said, _ = provision(twin, "hemligt123\n", "--ssid", "hemma")
    assert status == 0 and re.search(r"/claim\?code=[0-9a-f]{16}\n", said)
    said = provision(twin, "")[1]
    assert "on a network already" in said and "/claim?code=" in said


def test_ctrl_c_still_gives_the_prompt(out_of_the_box):
    """Outside of a packet: mpremote, and whoever sits at a terminal, interrupt as ever."""
    import socket
    twin, _ = out_of_the_box()
    with socket.create_connection(("127.0.0.1", twin.serial.port)) as cable:
        cable.sendall(b"\r\x03")
        cable.settimeout(60)
        heard = b""
        while b"KeyboardInterrupt" not in heard:
            data = cable.recv(4096)
            assert data, heard
            heard += data
