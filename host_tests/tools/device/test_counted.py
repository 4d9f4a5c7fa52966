"""The program whose instructions are counted on the emulated chip, on a PC's MicroPython."""

import os
import re
import subprocess

import build
from fixtures import needs
from fixtures.p1_text import telegram
from fixtures.repository import ROOT

POWERS = ("1.234", "1.235")


def test_it_counts_every_piece_of_work_and_comes_to_its_end(tmp_path):
    telegrams = tmp_path / "telegrams"
    telegrams.mkdir()
    for number, power in enumerate(POWERS):
        (telegrams / f"some-p1.-.{number}").write_bytes(telegram(f"1-0:1.7.0({power}*kW)"))
    text = (ROOT / "tools/device/counted.py").read_text()
    assert '"/data/telegrams/"' in text
    program = tmp_path / "counted.py"
    program.write_text(text.replace('"/data/telegrams/"', repr(f"{telegrams}/")))
    command = needs.micropython("i386", "2m")
    path = f"{build.build('x86', whole=True)}/app/a:.frozen"
    done = subprocess.run([*command, str(program)], capture_output=True, text=True,
                          env={**os.environ, "MICROPYPATH": path})
    assert re.findall(r"^@count -?\d+ (.*)$", done.stdout, re.MULTILINE) == [
        "some-p1: values",
        "some-p1: with a Reading",
        "GET /: head, credential and answer",
        "GET /reading.json: head, credential and answer",
        "login: a thousand rounds of PBKDF2",
        "a collection of garbage",
        "done",
    ], done.stdout + done.stderr
