"""MicroPython's next table of names is made early (board/names_table.py)."""

import json
import subprocess

from fixtures import needs
from fixtures.repository import ROOT

SCRIPT = """
import gc, json, sys
sys.path.append(%r)
from names_table import make
def taken(work):
    gc.collect()
    before = gc.mem_alloc()
    work()
    gc.collect()
    return gc.mem_alloc() - before
def remember():
    for n in range(200):
        hasattr(gc, "name%%d" %% n)
print(json.dumps([taken(make), taken(remember)]))
"""


def test_the_names_to_come_need_no_further_table():
    command = needs.micropython("i386", "200k")
    script = SCRIPT % str(ROOT / "firmware/microhan/board")
    told = subprocess.run([*command, "-c", script], capture_output=True, text=True)
    made, names = json.loads(told.stdout)
    assert 2240 <= made < 6000  # the table, and those before it that were not there yet
    assert names < 200 * 9  # the texts only
