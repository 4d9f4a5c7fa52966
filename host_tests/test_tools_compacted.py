"""The program that the build makes passes the tests that its sources pass: compacted.py.

What runs elsewhere: the decoder and the P1 writer on MicroPython, every vector (test_vms.py), and
the whole program on i386 (test_twin_*.py). The slow ones are left to
`PYTHONPATH=host_tests:tools:tools/cpython python -m pytest -p compacted FILE …`.
"""

import os
import subprocess
import sys

from conftest import ROOT

FILES = """
    config hub meter meter_diagnosis meter_unit net_link net_names outputs_client
    outputs_discovery outputs_mqtt reading store system telegram_blocks telegram_energy_unit
    telegram_gcm telegram_quirks telegram_structure web_head web_page web_routes
""".split()
# It reads the sources' own texts.
NOT = ["test_the_table_has_a_row_for_each_problem_and_a_method_for_each_path"]


def test_the_program_passes_the_tests_of_its_sources():
    paths = [str(ROOT / part) for part in ("host_tests", "tools", "tools/cpython")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "compacted", "-k",
         " and ".join(f"not {name}" for name in NOT),
         *(f"host_tests/test_{name}.py" for name in FILES)],
        cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "CI": ""})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
