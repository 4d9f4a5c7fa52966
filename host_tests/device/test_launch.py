"""launch.py after a fault that nobody caught: on the 32-bit VM, with next to no memory left."""

import subprocess

import pytest

from fixtures import needs
from fixtures.repository import ROOT

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


@pytest.fixture
def run(tmp_path):
    """run(error) -> (head, what is kept behind the lines)."""
    command = needs.micropython("i386", "64k")
    (tmp_path / "machine.py").write_text(MACHINE)
    (tmp_path / "launch.py").write_text((ROOT / "firmware" / "launch.py").read_text())

    def start(error):
        (tmp_path / "script.py").write_text(SCRIPT.format(error=error))
        done = subprocess.run([*command, tmp_path / "script.py", tmp_path], capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        head, _, rest = done.stdout[done.stdout.rindex("\nTrue "):].lstrip().partition("\n")
        return done.stdout, head, rest
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
