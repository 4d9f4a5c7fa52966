"""On the twin: a binary meter's telegram as P1 text, and a capture of what failed, replayed."""

import urllib.error
import urllib.request

import pytest

import decode
from fixtures import needs
from fixtures.p1_text import parse
from fixtures.twin_answers import answered, counters
from fixtures.web_server import wait_until
from meter_model.play import Faults
from twin.twin import Options, Twin


def get(twin, path):
    """(headers, body) of an address."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{twin.client.port}{path}",
        headers={"Authorization": "Bearer " + twin.token()})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.headers, answer.read()


def test_text_of_a_binary_meter_and_the_capture_of_its_damage(tmp_path, capsys):
    needs.micropython()
    options = Options(flash=tmp_path / "flash", http_port=0, vm="i386", interval=2, mqtt=None,
                      meter="kamstrup-hdlc")
    with Twin(options) as twin:
        twin.start()
        twin.wait_for_reading(120)
        headers, body = get(twin, "/telegram.txt")
        assert headers["X-Microhan-Telegram"] == "written"
        (reading,), parser = parse(body)
        assert parser.odd_lines == parser.skipped == 0
        state = answered(twin, "/reading.json")
        for key in state:
            if key.endswith("_w") or key.endswith("_var"):
                assert reading.get(key) is not None, key
        assert reading.get("meter_id") == state["meter_id"]
        headers, body = get(twin, "/telegram.bin")
        assert body.startswith(b"\x7e\xa0") and b"Kamstrup_V0001" in body
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get(twin, "/capture.bin")
        twin.faults = Faults(seed=3, flip=0.02)
        wait_until(lambda: counters(twin).get("fcs", 0) >= 2, 120)
        headers, body = get(twin, "/capture.bin")
    assert headers["Content-Type"] == "application/octet-stream" and 100 < len(body) <= 2048
    (tmp_path / "capture.bin").write_bytes(body)
    assert decode.main([str(tmp_path / "capture.bin"), "--stats"]) == 1
    assert "checksum does not match" in capsys.readouterr().err
