"""The program that the build makes passes the tests that its sources pass: compacted.py.

What runs elsewhere: the decoder and the P1 writer on MicroPython, every vector (test_vms.py), and
the whole program on i386 (test_twin_*.py). The slow ones are left to
`PYTHONPATH=host_tests:tools:tools/vm/cpython python -m pytest -p fixtures.compacted FILE …`.
"""

import os
import subprocess
import sys

from fixtures.repository import ROOT

FILES = """
    config/test_config hub/test_hub meter/test_meter meter/test_diagnosis meter/test_unit_keeper
    meter/test_energy_unit net/test_link net/test_names outputs/mqtt/test_client
    outputs/mqtt/test_output outputs/home_assistant/test_discovery reading/test_reading
    ledger/test_ledger ledger/test_history store/test_store device/test_device
    telegram/dlms/test_blocks telegram/crypto/test_gcm telegram/p1/test_quirks
    telegram/test_structure web/test_request_head web/test_routes
""".split()
# It reads the sources' own texts.
NOT = ["test_the_table_has_a_row_for_each_problem_and_each_path_has_a_function"]


def test_the_program_passes_the_tests_of_its_sources():
    paths = [str(ROOT / part) for part in ("host_tests", "tools", "tools/vm/cpython")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "fixtures.compacted", "-k",
         " and ".join(f"not {name}" for name in NOT),
         *(f"host_tests/{name}.py" for name in FILES)],
        cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "CI": ""})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
