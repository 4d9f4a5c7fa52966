"""Of the numbers of a ring's files none becomes a name, which MicroPython keeps for ever."""

import os
import subprocess

import build
from fixtures import needs

SCRIPT = """
import micropython
from microhan.store.ring import Ring
ring = Ring("r", "d", 22, 2, 8)
for n in range(18):
    ring.append((900 * n).to_bytes(4, "little") + bytes(18))
    assert ring.last()
micropython.qstr_info(1)
"""


def test_the_numbers_of_files_do_not_become_names(tmp_path):
    command = needs.micropython("i386")
    path = f"{build.build('x86', whole=True)}/app/a:.frozen"
    told = subprocess.run([*command, "-c", SCRIPT], cwd=tmp_path, capture_output=True, text=True,
                          env={**os.environ, "MICROPYPATH": path})
    assert not told.stderr, told.stderr
    assert {f"d{n}" for n in range(8)} <= {file.name for file in (tmp_path / "r").iterdir()}
    assert not {f"Q({n})" for n in range(8)} & set(told.stdout.splitlines())
