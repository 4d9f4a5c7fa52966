"""The twin's parts, each by itself: sockets, board, flash folder, broker, process."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from build import setup_env
from fixtures import needs
from fixtures.repository import ROOT
from meter_model.line_model import Line
from meter_model.ports import PtyPort
from twin import broker, ports, runtime, twin
from twin.firmware import Firmware, name_servers
from twin.flash import Flash
from twin.line_port import LinePort
from vm import vm

TOOLS = ROOT / "tools"
PARTS = str(TOOLS / "twin")
SHIM = str(TOOLS / "vm" / "cpython")

SOCKETS = """
import sys
sys.path.insert(0, %r)
if sys.implementation.name == "cpython":
    sys.path.insert(0, %r)
    import twin_main_cpython as main
else:
    import twin_sockets as main
main.install()
from twin_sockets import sockets as counter
import select, socket
door = socket.socket()
door.bind(socket.getaddrinfo("127.0.0.1", int(sys.argv[1]))[0][-1])
door.listen(5)
door.setblocking(False)
poll = select.poll()
poll.register(door, select.POLLIN)
try:
    door.accept()
    print("accepted?")
except OSError as error:
    print("nobody", counter.used, error.args[0] in (11, 115))
print("started")
if sys.implementation.name == "cpython":
    sys.stdout.flush()
while not poll.poll(5000):
    pass
peer, address = door.accept()
more = [socket.socket() for _ in range(8)]
print("ten", counter.used)
try:
    socket.socket()
except OSError as error:
    print("refused", error.args[0], counter.used)
try:
    door.accept()
except OSError as error:
    print("refused", error.args[0], counter.used)
peer.setblocking(False)
poll.register(peer, select.POLLIN)
poll.poll(2000)
buf = bytearray(8)
print(peer.readinto(buf), bytes(buf[:5]), peer.readinto(buf), peer.write(b"world"))
for one in more:
    one.close()
    one.close()
peer.close()
print("left", counter.used)
"""


def vm_command(name):
    if name == "cpython":
        return [sys.executable, "-B"]
    return needs.micropython(name, "400k")


@pytest.fixture(params=["i386", "x64", "cpython"])
def python(request):
    return vm_command(request.param)


def test_the_eleventh_socket_is_refused(python, tmp_path):
    script = tmp_path / "sockets.py"
    script.write_text(SOCKETS % (PARTS, SHIM))
    port = ports.free_port()
    ran = subprocess.Popen([*python, script, str(port)], stdout=subprocess.PIPE, text=True)
    assert ran.stdout.readline() == "nobody 1 True\n"
    assert ran.stdout.readline() == "started\n"
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"hello")
        client.settimeout(60)
        assert client.recv(10) == b"world"
        rest = ran.communicate(timeout=60)[0].splitlines()
    assert rest == ["ten 10", "refused 23 10", "refused 23 10", "5 b'hello' None 5", "left 1"]


BOARD = """
import sys
sys.path.insert(0, %r)
if sys.implementation.name == "cpython":
    sys.path.insert(0, %r)
    from twin_main_cpython import Board
else:
    from twin_board import Board
import time
board = Board(int(sys.argv[1]), "0200001a2b3c", "power on", ["192.0.2.1"])
buf = bytearray(100)
uart = board.uart(9600, 8, "none", False)
print(uart.readinto(buf), board.root, list(board.unique_id()[3:]))
print("ready")
if sys.implementation.name == "cpython":
    sys.stdout.flush()
def get(many):
    got = b""
    while len(got) < many:
        n = uart.readinto(buf)
        if n:
            got += bytes(buf[:n])
        time.sleep_ms(5)
    return got
print(get(3))
uart = board.uart(9600, 7, "even", False)
print("next")
if sys.implementation.name == "cpython":
    sys.stdout.flush()
print(get(5))
print(len(board.random(8)), board.wlan(), board.memory()["free"] >= board.memory()["low"])
print(board.address(), board.reset_cause(), board.dns_servers())
dog = board.watchdog(30)
dog.feed()
time.sleep_ms(60)
dog.feed()
print("never here")
"""


def test_board_reads_the_line_and_resets(python, tmp_path):
    """A meter of 9600 7E1, first heard as 8N1."""
    script = tmp_path / "board.py"
    script.write_text(BOARD % (PARTS, SHIM))
    port = LinePort(Line(9600, 7, "even"), 4095)
    port.write(b"lost: nobody listens yet")
    ran = subprocess.Popen([*python, script, str(port.slave_fd)], stdout=subprocess.PIPE,
                           pass_fds=[port.slave_fd], text=True)
    assert ran.stdout.readline() == "None . [26, 43, 60]\n"
    assert ran.stdout.readline() == "ready\n"
    until(lambda: port.uart == Line(9600))
    port.write(b"/\r\n")
    assert ran.stdout.readline() == "b'\\xaf\\x8d\\n'\n"
    assert ran.stdout.readline() == "next\n"
    until(lambda: port.uart == Line(9600, 7, "even"))
    port.write(b"\x00/\x03\r\n")  # nothing of it means anything to a raw terminal
    rest = ran.communicate(timeout=60)[0].splitlines()
    assert rest[:3] == ["b'\\x00/\\x03\\r\\n'", "8 None True",
                        "127.0.0.1 power on ['192.0.2.1']"]
    assert "watchdog" in rest[3] and rest[-1] == "twin: reset" and ran.returncode == 76
    assert not port.lost
    port.close()


def until(holds):
    end = time.monotonic() + 60
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    assert holds()


def arrived(port, last):
    """What the reader's end has, once the kernel has moved up all to the `last`, and nothing has
    come for a while after it."""
    got = b""
    end, quiet = time.monotonic() + 60, 0
    while time.monotonic() < end and quiet < 15:
        try:
            got += os.read(port.slave_fd, 99)
            quiet = 0
        except BlockingIOError:
            time.sleep(0.02)
            quiet += got.endswith(last)
    return got


def test_a_line_port_swaps_meters_and_follows_what_is_replayed():
    port = LinePort(Line(2400), 4095)
    os.write(port.slave_fd, b"2400 8 none 0\n")
    until(lambda: port.uart == Line(2400))
    port.write(b"hello")
    assert arrived(port, b"hello") == b"\0uart 2400 8 none 0hello" and port.byte_s == 10 / 2400
    port.swap(Line(2400, inverted=True))
    assert arrived(port, b"\0") == b"\0" and port.meter.inverted  # a break
    port.write(b"hello")
    port.rest()
    assert b"hello" not in arrived(port, b"")
    os.write(port.slave_fd, b"2400 8 none 0\n115200 8 none 0\n2400 8 none 1\n")
    until(lambda: port.uart == Line(2400, inverted=True))
    port.write(b"hello")
    assert arrived(port, b"hello").endswith(b"hello")
    port.close()
    port = LinePort(None, 4095)
    os.write(port.slave_fd, b"9600 7 even 1\n")
    until(lambda: port.uart)
    port.write(b"text")
    assert arrived(port, b"text") == b"\0uart 9600 7 even 1text" and port.byte_s == 10 / 9600
    port.close()


def test_what_the_firmware_writes_is_for_its_owner_alone(tmp_path):
    flash = Flash(tmp_path / "flash")
    writes = [sys.executable, "-c", "open('data/config.json', 'w').write('{}')"]
    wire = PtyPort()
    firmware = Firmware(runtime.Runtime(writes, "test", {}), flash, "02", wire.slave_fd,
                        tmp_path / "log")
    firmware.start()
    firmware._process.wait(60)
    firmware.stop()
    wire.close()
    assert flash.config_path.stat().st_mode & 0o077 == 0
    flash.close()


def test_an_id_is_the_given_one_or_the_folder_s_own(tmp_path):
    flash, other = Flash(tmp_path / "a"), Flash(tmp_path / "b")
    assert twin.device_id("", flash) == twin.device_id("", flash) != twin.device_id("", other)
    assert twin.device_id("1A2B3C", flash) == "0200001a2b3c"
    assert twin.device_id("a1a2a31a2b3c", flash) == "a1a2a31a2b3c"
    for wrong in ("1", "xyzxyz", "1a2b3c4"):
        with pytest.raises(twin.TwinError, match="hex digits"):
            twin.device_id(wrong, flash)
    flash.close()
    other.close()


def greets(port):
    """True if an MQTT broker on that port accepts a connection."""
    with socket.create_connection(("127.0.0.1", port), 5) as client:
        client.sendall(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01t")
        return client.recv(4) == b"\x20\x02\x00\x00"


@pytest.mark.parametrize("name", ["mosquitto", "amqtt"])
def test_broker_starts_and_ends(tmp_path, monkeypatch, name):
    if name == "amqtt":
        monkeypatch.setattr(broker, "mosquitto", lambda: None)
    else:
        needs.program("mosquitto")
    port = ports.free_port()
    one = broker.start(tmp_path, port)
    assert one.name == name and greets(port) and not one.dead()
    one.stop()
    assert ports.is_free(port) and one.dead()


def test_broker_takes_another_port_when_the_usual_one_is_taken(tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(broker, "USUAL", taken.getsockname()[1])
        one = broker.start(tmp_path)
        assert one.port != broker.USUAL
        one.stop()


def test_no_broker_at_all_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(broker, "mosquitto", lambda: None)
    monkeypatch.setattr(broker.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(broker.NoBroker, match="apt install mosquitto"):
        broker.start(tmp_path)


class Stand:
    """Plays a Runtime: runs the given program text instead of the firmware."""

    env = os.environ

    def __init__(self, text):
        self.command = [sys.executable, "-u", "-c", text]


def firmware_of(text, tmp_path):
    flash = Flash(tmp_path)
    port = PtyPort()
    return Firmware(Stand(text), flash, "0200001a2b3c", port.slave_fd, tmp_path / "log")


def wait_for(check, patience=60):
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if found := check():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def test_two_who_see_the_same_reset_start_the_firmware_once(tmp_path):
    text = ("import json, os, sys, time\n_, _, why, *_ = json.loads(os.environ['MICROHAN_TWIN'])\n"
            "print('cause', why)\n"
            "sys.exit(75) if why == 'power on' else time.sleep(60)")
    firmware = firmware_of(text, tmp_path)
    firmware.start()
    firmware._process.wait(60)
    over, barrier = threading.Event(), threading.Barrier(8)

    def ask():
        barrier.wait(60)
        firmware.check()
        over.wait(60)  # a child dies with the thread that made it

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        wait_for(lambda: "cause reset" in firmware.lines)
        time.sleep(0.5)
        assert firmware.resets == 1 and list(firmware.lines).count("cause reset") == 1
    finally:
        over.set()
        for thread in threads:
            thread.join()
        firmware.stop()


def test_firmware_that_resets_is_started_again(tmp_path):
    text = ("import json, os, sys, time\n_, _, why, *_ = json.loads(os.environ['MICROHAN_TWIN'])\n"
            "print('cause', why)\n"
            "sys.exit(75) if why == 'power on' else time.sleep(60)")
    one = firmware_of(text, tmp_path)
    one.start()
    wait_for(lambda: one.check() is None and "cause reset" in one.lines)
    assert one.resets == 1 and one.check() is None
    one.stop()
    assert (tmp_path / "log").read_text() == "cause power on\ncause reset\n"


def test_firmware_that_resets_for_ever_is_given_up(tmp_path):
    one = firmware_of("import sys; sys.exit(75)", tmp_path)
    one.start()
    assert "in a row" in wait_for(one.check)
    one.stop()


def test_firmware_that_is_killed_or_ends_gives_words(tmp_path):
    one = firmware_of("import time; time.sleep(60)", tmp_path)
    one.start()
    os.kill(one.pid, signal.SIGKILL)
    assert "killed (signal 9)" in wait_for(one.check)
    one.stop()
    one = firmware_of("import sys; sys.exit(3)", tmp_path / "b")
    one.start()
    assert "exit status 3" in wait_for(one.check)
    one.stop()


def test_name_servers_are_those_of_the_pc(tmp_path):
    file = tmp_path / "resolv.conf"
    assert name_servers(file) == []
    file.write_text("# nameserver 9.9.9.9\nsearch lan\nnameserver\nnameserver fe80::1\n" + "".join(
        f"nameserver 192.0.2.{n}\n" for n in range(1, 5)))
    assert name_servers(file) == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


def test_a_vm_that_cannot_be_had_falls_back_with_one_line(monkeypatch):
    def choose(name, heap, say):
        say("i386: not today")
        return "cpython", None

    said = []
    monkeypatch.setattr(vm, "choose", choose)
    found = runtime.find(None, said.append)
    assert found.tree is None and "CPython" in found.words
    assert len(said) == 1 and "i386: not today" in said[0]
    with pytest.raises(runtime.NoRuntime, match="not today"):
        runtime.find("i386", said.append)


def test_heap_is_capped_at_what_the_device_has():
    needs.micropython()
    found = runtime.find("i386", lambda line: None)
    assert "heapsize=140k" in found.command and found.command[-2:] == ["-m", runtime.ENTRY]
    assert found.tree == Path(setup_env.BUILD) / "device" / "x86"
