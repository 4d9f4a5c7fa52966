"""net/ and outputs/ on the VMs that the firmware is made for, over real sockets and real TLS."""

import http.server
import json
import os
import socket
import ssl
import subprocess
import sys
import threading

import pytest

from fixtures import needs
from fixtures.fakes_outputs import free_port, make_certificates, mosquitto
from fixtures.repository import ROOT

OPEN = ("allow_anonymous true", "persistence false")
SCRIPT = ROOT / "host_tests" / "fixtures" / "vm" / "outputs.py"
LIBRARY = SCRIPT.parent / "lib"  # of MicroPython, for the sources as they are


@pytest.fixture(params=["i386", "x64", "cpython"], scope="module")
def run(request):
    """run(*arguments) -> the lines that the script printed on this VM."""
    if request.param == "cpython":
        command = [sys.executable]
    else:
        # words twice as wide on x64, and these are the sources, which the VM compiles itself: it
        # leaves holes, so that 140 kB were enough or not by chance (test_memory.py has the device)
        heap = "320k" if request.param == "x64" else "160k"
        command = needs.micropython(request.param, heap)

    def start(*arguments, script=SCRIPT):
        paths = [str(ROOT / part) for part in ("firmware", "build/vendor", "tools/vm/cpython")]
        done = subprocess.run([*command, str(script), *paths, *map(str, arguments)],
                              capture_output=True, text=True, timeout=120,
                              env={**os.environ, "MICROPYPATH": f".frozen:{LIBRARY}"})
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
        return done.stdout.splitlines()

    return start


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def broker(tmp_path_factory, certificates):
    """(port, TLS port) of a mosquitto."""
    tls = free_port()
    lines = (*OPEN, f"listener {tls} 127.0.0.1", f"certfile {certificates}/server.pem",
             f"keyfile {certificates}/server.key")
    with mosquitto(tmp_path_factory.mktemp("broker"), *lines) as port:
        yield port, tls


def test_past_70000_publishes(run, broker):
    """The 16-bit ids wrap; umqtt as it is waits for ever at the 65,536th."""
    assert run("wrap", broker[0], 70_000) == [f"done {70_000 - 65_535}"]


def test_readings_reach_a_broker_on_each_vm(run, broker):
    assert run("mqtt", "127.0.0.1", broker[0], "")[-1] == "status ok 3 "


def test_mqtt_over_tls(run, broker, certificates):
    assert run("mqtt", "localhost", broker[1], certificates / "ca.pem")[-1] == "status ok 3 "


@pytest.mark.parametrize(("ca", "host"), [("other", "localhost"), ("ca", "127.0.0.1")],
                         ids=["wrong authority", "wrong host"])
def test_a_wrong_certificate_is_refused_on_each_vm(run, broker, certificates, ca, host):
    last = run("mqtt", host, broker[1], certificates / f"{ca}.pem")[-1]
    assert last.startswith(f"status error 0 certificate of {host}:{broker[1]} refused: ")


def test_a_port_where_nobody_listens_is_told_on_each_vm(run):
    port = free_port()
    assert run("mqtt", "127.0.0.1", port, "")[-1].startswith(
        f"status error 0 127.0.0.1:{port} refuses the connection")


def test_plain_broker_spoken_to_by_tls(run, broker, certificates):
    last = run("mqtt", "localhost", broker[0], certificates / "ca.pem")[-1]
    assert last.startswith("status error 0 ") and f"localhost:{broker[0]}" in last


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, self.headers["Authorization"], body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_a_push_arrives_on_each_vm(run, certificates, tls):
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    receiver.got = []
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
        receiver.socket = context.wrap_socket(receiver.socket, server_side=True)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    url = f"http{'s' if tls else ''}://localhost:{receiver.server_port}/write"
    try:
        assert run("push", url, certificates / "ca.pem")[-1] == "status ok 3 "
    finally:
        receiver.shutdown()
        receiver.server_close()
    assert receiver.got[0] == (
        "/write?precision=s", "Basic dTpw",
        b"microhan,device=a1b2c3 active_power_import_w=1234i,current_l1_a=-1.23,"
        b"active_energy_import_kwh=99999999.999 1779681200")


def test_what_swedish_meters_do_not_send_goes_out_the_same_on_all(run):
    folder = ROOT / "host_tests"
    script = folder / "fixtures" / "vm" / "extras.py"
    got = run(folder, script=script)
    paths = [ROOT / part for part in ("firmware", "build/vendor", "tools/vm/cpython")]
    here = subprocess.run([sys.executable, script, *paths, folder],
                          capture_output=True, text=True, check=True).stdout.splitlines()
    assert got == here and len(got) > 100
    told = [one for one in got if one.startswith('{"time"')]
    assert json.loads(told[0])["derived"]["net_power_w"] == -1500


def test_two_datagrams_stay_two(run):
    """MicroPython's read() glues what waits together, so noise would hide the answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def answer():
            question, address = server.recvfrom(512)
            server.sendto(b"noise", address)
            server.sendto(question[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question[12:]
                          + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x0a\0\0\5", address)

        threading.Thread(target=answer, daemon=True).start()
        where = "127.0.0.1:%d" % server.getsockname()[1]
        assert run("name", where, "broker.test") == ["address 10.0.0.5"]


def test_no_dns_server_listens(run):
    assert run("name", f"127.0.0.1:{free_port()}", "broker.test")[0].startswith(
        "error the name broker.test: no answer from the DNS server")
