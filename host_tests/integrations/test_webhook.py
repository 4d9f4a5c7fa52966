"""The twin's webhook, at a web server that is not ours: Python's own."""

import http.server
import json
import threading

import pytest

from fixtures.twin_answers import answered
from fixtures.twin_options import options_of
from fixtures.web_server import wait_until
from twin.twin import Twin


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes what comes; the first one gets 500."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, self.headers["Title"], json.loads(body)))
        self.send_response(200 if len(self.server.taken) > 1 else 500)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


@pytest.mark.slow
def test_each_reading_of_the_twin_is_a_call(tmp_path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.taken = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    data = tmp_path / "flash" / "data"
    data.mkdir(parents=True)
    (data / "config.json").write_text(json.dumps({"webhook": {
        "url": f"http://127.0.0.1:{server.server_port}/in?id={{id}}", "headers": "Title: Power",
        "body": '{"w": {active_power_import_w}, "kwh": {active_energy_import_kwh}, '
                '"time": "{time}", "state": "{state}"}'}}))
    try:
        with Twin(options_of(tmp_path, "i386", mqtt=None, id="1a2b3c")) as twin:
            twin.start()
            twin.wait_for_reading(60)
            wait_until(lambda: len(server.taken) >= 4)
            status = answered(twin)["outputs"]["webhook"]
            assert status["state"] == "ok" and status["dropped"] == 0 and status["sent"] >= 2
    finally:
        server.shutdown()
        server.server_close()
    for path, title, body in server.taken:
        assert (path, title, body["state"]) == ("/in?id=1a2b3c", "Power", "on")
        assert body["w"] >= 0 and body["kwh"] > 0
    times = [body["time"] for *_, body in server.taken[1:]]
    assert times == sorted(set(times))  # each Reading once
