"""make lint: the firmware's types are those of MicroPython, the tools' those of CPython."""

import os
import subprocess

import pytest

from fixtures.repository import ROOT
from lint.__main__ import on_cpython, on_micropython

DEVICE = '''
import asyncio
import time
import machine
import micropython

@micropython.viper
def first(data: ptr8) -> int:
    return data[0]

async def feed(pin: int) -> int:
    await asyncio.sleep_ms(first(bytearray(1)))
    machine.Pin(pin).on()
    return time.ticks_diff(time.ticks_ms(), 0)
'''
TOOL = '''
import time

def wait(seconds: float) -> None:
    time.sleep(seconds)
'''


@pytest.mark.parametrize("run, text, wrong", [
    (on_micropython, DEVICE, "time.ticks_mss()"), (on_cpython, TOOL, "time.ticks_ms()")])
def test_a_wrong_type_is_found_and_a_right_one_is_let_through(tmp_path, run, text, wrong):
    def said(more):
        file = tmp_path / "module.py"
        file.write_text(text + more)
        command, environment = run(str(file))
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True,
                              env={**os.environ, **environment}).stdout

    assert said("") == ""
    found = said(f"\ndef again() -> int:\n    return {wrong}\n"
                 "\ndef word() -> str:\n    return 1\n"
                 "\ndef half(a: int, b) -> None:\n    pass\n")
    assert [code in found for code in ("attr-defined", "return-value", "no-untyped-def")] == [
        True] * 3, found
