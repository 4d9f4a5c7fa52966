"""launch.py after a fault that nobody caught: on the 32-bit VM, with next to no memory left."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from fixtures import needs
from fixtures.repository import ROOT
from microhan import begin

MACHINE = """
kept = b"MHC\\x01" + bytes(1060) + b"Traceback of the one before"
is_reset = False
class RTC:
    def memory(self, data=None):
        global kept
        if data is None:
            return kept
        kept = bytes(data)
class WDT:
    def __init__(self, timeout):
        pass
def reset():
    global is_reset
    is_reset = True
"""
SCRIPT = """
import asyncio, gc, sys
sys.path.insert(0, sys.argv[1])
import launch, machine

class launch_time:
    def sleep(s):
        pass
launch.time = launch_time

def fill():
    held = []
    size = 4096
    while size:
        try:
            held.append(bytearray(size))
        except MemoryError:
            size //= 2
    return held

async def holds():
    held = fill()  # as an application that has taken all there is
    await asyncio.sleep(60)

async def main():
    asyncio.create_task(holds())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    raise {error}

launch.start = lambda: asyncio.run(main())
launch.run()
gc.collect()
print(machine.is_reset, len(machine.kept), machine.kept[:4])
print(machine.kept[1064:].decode())
"""

CABLE = """
import sys
sys.path.insert(0, sys.argv[1])
import launch

switched = []
launch.kbd_intr = switched.append

class begin:
    def begin(archive):
        print("at work", switched)
        raise KeyboardInterrupt

sys.modules["microhan"] = sys.modules["microhan.begin"] = begin
launch._mounted = lambda: None
launch.run()
print("at the prompt", switched)
"""


@pytest.fixture
def said(tmp_path):
    """said(script) -> what it prints, with launch.py and what that needs beside it."""
    command = needs.micropython("i386", "64k")
    (tmp_path / "machine.py").write_text(MACHINE)
    (tmp_path / "launch.py").write_text((ROOT / "firmware" / "launch.py").read_text())

    def start(script):
        (tmp_path / "script.py").write_text(script)
        done = subprocess.run([*command, tmp_path / "script.py", tmp_path], capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
    return start


@pytest.fixture
def run(said):
    """run(error) -> (what is said, head, what is kept behind the lines)."""
    def start(error):
        text = said(SCRIPT.format(error=error))
        head, _, rest = text[text.rindex("\nTrue "):].lstrip().partition("\n")
        return text, head, rest
    return start


@pytest.mark.parametrize("error", ["ValueError('bad')", "MemoryError('no more')"])
def test_the_traceback_is_kept_behind_the_lines_when_memory_is_full(run, error):
    said, head, kept = run(error)
    assert head.startswith("True ") and head.endswith("b'MHC\\x01'")
    assert kept.startswith("microhan build unknown\nTraceback (most recent call last):\n")
    assert kept.rstrip().endswith(error.replace("('", ": ").rstrip("')"))
    assert "of the one before" not in kept
    assert "microhan: restart in 3 s" in said and "not kept" not in said


def test_ctrl_c_is_no_crash(run, tmp_path):
    (tmp_path / "machine.py").write_text(MACHINE.replace("is_reset = False", "is_reset = True"))
    said, head, kept = run("KeyboardInterrupt()")
    assert "stopped by Ctrl-C" in said and head == "True 0 b''" and not kept.strip()


def test_a_packet_of_the_cables_does_not_stop_a_device_that_starts(said):
    """An Improv packet has the byte 3 in it, and comes each second while tools/provision.py waits
    for a dongle. And who presses Ctrl-C twice does not end what follows the first one."""
    text = said(CABLE)
    assert "at work []\n" in text and "at the prompt [-1]\n" in text
    assert "the watchdog waits two hours" in text


@pytest.mark.parametrize("error", [ValueError, MemoryError, KeyboardInterrupt])
def test_however_the_application_ends_it_feeds_the_port_no_longer(monkeypatch, error):
    async def main():
        raise error

    closed = []
    board = SimpleNamespace(close=lambda: closed.append(True))
    for module, name, does in (("board.esp32", "Board", lambda in_place: board),
                               ("board.in_place", "read_in_place", lambda archive, path: None),
                               ("start", "start", lambda board, slot: main())):
        monkeypatch.setitem(sys.modules, "microhan." + module, SimpleNamespace(**{name: does}))
    monkeypatch.setattr(begin, "clear_stack", lambda: None)
    with pytest.raises(error):
        begin.begin(SimpleNamespace(path="app/a.pack"))
    assert closed == [True]
