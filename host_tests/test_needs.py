"""Where a program is missing, its tests are skipped, and the run says what to install."""

import os
import re
import subprocess
import sys

import pytest

from fixtures import needs, packages
from fixtures.repository import ROOT


def test_what_is_missing_is_named_by_its_packages_each_once():
    lines = needs.told([needs.reason("mosquitto_sub"), needs.reason("mosquitto_sub"),
                        needs.reason("kicad-cli", "KiCad 9 is not here"), "no Tuesday"])
    assert lines == ["    2 skipped: needs mosquitto_sub",
                     "    1 skipped: needs kicad-cli: KiCad 9 is not here",
                     "    1 skipped: no Tuesday",
                     "To run them, too: sudo apt-get install kicad kicad-footprints kicad-symbols "
                     "mosquitto-clients"]
    assert needs.told([]) == []


@pytest.mark.slow
def test_a_run_without_a_program_says_so_at_its_end_and_fails_in_ci(tmp_path):
    """Here none is found at all."""
    command = [sys.executable, "-m", "pytest", "-q", "host_tests/outputs/mqtt/test_output.py",
               "-k", "password"]
    for ci, code in (("", 0), ("true", 1)):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True,
                              env={**os.environ, "PATH": str(tmp_path), "CI": ci})
        assert done.returncode == code, done.stdout
        if not ci:
            assert "1 skipped: needs mosquitto_passwd" in done.stdout
            assert "sudo apt-get install mosquitto" in done.stdout


def test_ci_installs_what_the_table_names():
    text = (ROOT / ".ci" / "run").read_text()
    assert text.count("host_tests/fixtures/packages.py") == 2
    told = subprocess.run([sys.executable, "-I", packages.__file__], capture_output=True,
                          text=True).stdout.split()
    assert {"mosquitto", "mosquitto-clients", "openssl", "chromium"} <= set(told)
    assert not re.search(r"\b(mosquitto-clients|ngspice|chromium)\b", text)
