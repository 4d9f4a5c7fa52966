"""The parts of `make device` that talk to others: console, clients, broker, meter."""

import contextlib
import http.server
import itertools
import socket
import ssl
import subprocess
import threading
import time

import pytest

from device import broker, clients
from device.console import Clock, Console
from device.meter import Meter
from device.terminal import Terminal
from flash import improv, serial_port
from meter_model.line_model import Line
from twin import broker as brokers


class RealTime:
    """A clock of a guest that is as fast as we are."""

    @staticmethod
    def now():
        return time.monotonic()

    @staticmethod
    def real(seconds):
        return seconds


# The console

@pytest.fixture
def console(tmp_path):
    return Console(tmp_path / "console.log")


def test_samples_and_lines_are_told_apart(console):
    console.take("rst:0x1 (POWERON_RESET),boot:0x12")
    console.take("@ 3000")
    console.take("@ 4000 70000 -20 45000 30000 17000")
    console.take("4 meter: ok")
    assert console.boots == 1
    (sample,) = console.samples
    assert sample[1:] == (70000, -20, 45000, 30000, 17000)
    assert console.says("meter: ok") and not console.says("@ 3000")


def test_lines_of_trouble_are_told(console):
    for text in ("5 mqtt: connected", "MemoryError: memory allocation failed", "9 hung: meter"):
        console.take(text)
    assert console.trouble() == ["MemoryError: memory allocation failed", "9 hung: meter"]


def test_a_restart_goes_on_with_the_time(console):
    console.take("rst:0x1")
    console.take("@ 5000")
    console.take("rst:0xc")
    console.take("@ 1000 1 2 3 4 5")
    assert 5.9 < console.samples[0].at < 60
    assert console.boots == 2


def test_the_guests_time_goes_as_fast_as_the_guest(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    clock = Clock()
    for second in range(1, 20):  # half as fast as we are
        now[0] += 2
        clock.tell(1000 * second)
    assert clock.rate == pytest.approx(0.5, abs=0.01)
    now[0] += 1
    assert clock.now() == pytest.approx(19.5, abs=0.01)
    assert clock.real(10) == pytest.approx(20, abs=0.1)


def test_a_guest_that_leaps_does_not_while_it_says_nothing(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    clock = Clock()
    for second in range(1, 20):
        now[0] += 0.25
        clock.tell(1000 * second)
    assert clock.rate == pytest.approx(4, abs=0.1)
    now[0] += 0.25
    assert clock.now() == pytest.approx(20, abs=0.1)
    now[0] += 10  # it starts anew, say
    assert clock.now() == pytest.approx(30.75, abs=0.1)


def test_what_an_emulator_takes_to_begin_is_not_the_guests_time(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    clock = Clock()
    clock.switch_on()
    now[0] += 11
    clock.start()
    assert clock.now() == 0
    now[0] += 5
    assert clock.now() == 5


# The console as a serial port

@pytest.fixture
def plugged(console):
    """A console whose device is a socket of ours, and its Terminal."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        console.attach(server.getsockname()[1])
        device, _ = server.accept()
        console.terminal = Terminal(console.send)
        with device:
            yield device, console.terminal
        console.terminal.close()


def test_the_terminal_is_a_serial_port_beside_the_consoles_lines(console, plugged):
    device, terminal = plugged
    with contextlib.closing(serial_port.open_port(terminal.path)) as port:
        device.sendall(b"4 meter: ok\nIMPROV\x01\xff")
        until(lambda: port.in_waiting == 20)
        assert port.read(20).endswith(b"IMPROV\x01\xff")
        until(lambda: console.says("meter: ok"))
        port.write(b"\r\x03")
        device.settimeout(60)
        assert device.recv(9) == b"\r\x03"  # Ctrl-C is a byte here


def test_what_nobody_reads_holds_nothing_up(console, plugged):
    device, _ = plugged
    device.sendall(b"x" * 100_000 + b"\n5 the end\n")
    until(lambda: console.says("5 the end"))


def test_improv_waits_by_the_dongles_time():
    now = itertools.count()

    class Silent:
        in_waiting = 0

        def write(self, data):
            pass

        def read(self, n):
            return b""

    with pytest.raises(improv.ImprovError, match="nobody there"):
        improv.Improv(Silent(), now=lambda: next(now)).state(1000)
    assert next(now) > 1000


# Clients

class Answers(http.server.BaseHTTPRequestHandler):
    """A server whose answer is in the address."""

    def do_GET(self):
        kind = self.path.strip("/")
        if kind == "silent":
            time.sleep(1)
            return
        if kind == "gone":
            self.connection.close()
            return
        self.send_response(int(kind.rstrip("r")))
        if kind.endswith("r"):
            self.send_header("Retry-After", "5")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as one:
        threading.Thread(target=one.serve_forever, daemon=True).start()
        yield one.server_address[1]
        one.shutdown()


@pytest.mark.parametrize("path,words", [
    ("200", "200"), ("503r", "503"), ("503", "503 without Retry-After"), ("404", "404"),
    ("gone", "broken off"), ("silent", "unanswered"),
])
def test_how_a_request_was_answered(server, path, words, monkeypatch):
    if path == "silent":
        monkeypatch.setattr(clients, "UNANSWERED_S", 0.3)
    assert clients.Site(server, "token", RealTime).ask("/" + path)[0] == words


def test_only_200_and_503_with_retry_after_count_as_answered():
    asking = clients.Clients(clients.KINDS[""], None, RealTime)
    asking.outcomes.update({"200": 3, "503": 2, "503 without Retry-After": 1, "broken off": 1,
                            "unanswered": 1, "500": 1})
    assert asking.answered() == (5, 9)


class Count:
    """A site that answers everything at once, and counts."""

    def __init__(self):
        self.paths = []

    def ask(self, path):
        self.paths.append(path)
        time.sleep(0.01)
        return "200", b""


@pytest.mark.parametrize("kind,least,most", [("", 0, 0), ("page", 1, 1), ("five", 5, 5),
                                             ("ceaseless", 20, 500)])
def test_clients_ask_as_often_as_their_kind_says(kind, least, most):
    site = Count()
    asking = clients.Clients(clients.KINDS[kind], site, RealTime)
    asking.start()
    time.sleep(0.4)
    until(lambda: len(site.paths) >= least)
    asking.stop()
    assert least <= len(site.paths) == asking.outcomes["200"] <= most


# The broker

needs_mosquitto = pytest.mark.skipif(not brokers.mosquitto(), reason="no mosquitto here")


def until(wanted, patience=60):
    end = time.monotonic() + patience
    while not wanted():
        assert time.monotonic() < end
        time.sleep(0.02)


def publish(port, payload, *tls):
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(port), "-q", "1", "-t",
                    "microhan/abc/reading", "-m", payload, *tls], check=True, timeout=60)


@pytest.fixture
def started(tmp_path):
    with contextlib.ExitStack() as stack:
        def start(tls=False):
            one = broker.Broker(tmp_path, RealTime, tls)
            stack.callback(one.stop)
            one.start()
            return one
        yield start


@needs_mosquitto
def test_readings_are_heard_also_after_the_broker_was_away(started):
    one = started()
    publish(one.port, '{"seq": 1}')
    until(lambda: len(one.arrived) == 1)
    one.stop()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", one.port), 1)
    one.start()
    publish(one.port, '{"seq": 2}')
    until(lambda: [it.reading["seq"] for it in one.arrived] == [1, 2])


@needs_mosquitto
def test_the_certificate_is_made_out_to_the_address_that_the_device_calls(started):
    one = started(tls=True)
    context = ssl.create_default_context(cadata=one.ca)
    with socket.create_connection(("127.0.0.1", one.port), 5) as plain:
        with context.wrap_socket(plain, server_hostname=broker.HOST) as link:
            assert link.version()
    with socket.create_connection(("127.0.0.1", one.port), 5) as plain:
        with pytest.raises(ssl.SSLCertVerificationError):
            context.wrap_socket(plain, server_hostname="10.0.2.3")


# The meter

class Wire:
    """An emulator that only has a UART, set to `line`."""

    def __init__(self, line):
        self._line = line
        self._server = socket.create_server(("127.0.0.1", 0))
        self.uart1 = self._server.getsockname()[1]
        self.heard = b""
        threading.Thread(target=self._hear, daemon=True).start()

    def line(self):
        return self._line

    def _hear(self):
        peer, _ = self._server.accept()
        while piece := peer.recv(4096):
            self.heard += piece


def test_telegrams_come_whole_to_a_uart_that_is_set_right(tmp_path):
    wire = Wire(Line(115200))
    meter = Meter("kamstrup-p1", 10, wire, RealTime, tmp_path / "meter.log", False)
    meter.start()
    until(lambda: meter.sent)
    meter.stop()
    until(lambda: wire.heard.count(b"!") == 1)
    assert b"1-0:1.7.0(%08.3f*kW)" % (meter.sent[0].watts / 1000) in wire.heard
    assert meter.lines == [Line(115200)]
    log = (tmp_path / "meter.log").read_text()
    assert "UART set to 115200 baud 8N1" in log and f"{meter.sent[0].watts} W" in log


def test_a_uart_that_is_set_wrong_hears_something_else(tmp_path):
    wire = Wire(Line(9600))
    meter = Meter("kamstrup-p1", 10, wire, RealTime, tmp_path / "meter.log", False)
    meter.start()
    until(lambda: meter.sent)
    meter.stop()
    assert wire.heard and b"1-0:1.7.0" not in wire.heard


def test_a_uart_that_is_not_open_hears_nothing(tmp_path):
    wire = Wire(None)
    meter = Meter("kamstrup-p1", 10, wire, RealTime, tmp_path / "meter.log", False)
    meter.start()
    until(lambda: meter.sent)
    meter.stop()
    assert not wire.heard and not meter.lost
