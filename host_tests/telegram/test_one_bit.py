"""Every single bit of every binary telegram, turned: no Reading other than the true one, ever.

A sample of the bits runs by default, all of them with `make bits` (EVERY_BIT=1): law 2.
"""

import os
import random

import pytest

import meter_model
from fixtures import binary_frames as bf
from fixtures.binary_frames import decode
from fixtures.damage import turned
from fixtures.repository import telegrams
from fixtures.simulated import SUMMER, snapshot_of
from meter_model import binary

EVERY = bool(os.environ.get("EVERY_BIT"))
SAMPLE = 60  # bits a telegram, others for each telegram

RECORDS = telegrams("dlms-hdlc", "dlms-hdlc-stream", "dlms-mbus", "p1-encrypted")


def modelled():
    """A telegram of each binary or encrypted dialect of the simulator, the longest list."""
    for name, dialect in meter_model.DIALECTS.items():
        secret = getattr(dialect, "secret", None)
        if isinstance(dialect, binary.Binary) or secret:
            yield name, meter_model.write(*snapshot_of(name, SUMMER, step=1_800_000)), {
                "unit": 1, "clock": "local", "key": secret.key if secret else "",
                "aad": secret.auth if secret else ""}


# a telegram in which a bit is turned already would be made whole
CASES = [(r["file"], r["data"], bf.settings(r)) for r in RECORDS if r["crc"] == "valid"]
CASES += [*bf.made(), *modelled()]


def bits_of(name, data):
    """The bits to turn: all, or a sample that is another for each telegram."""
    whole = range(len(data) * 8)
    return whole if EVERY else sorted(random.Random(name).sample(whole, min(SAMPLE, len(whole))))


@pytest.mark.slow
@pytest.mark.parametrize("name,data,options", CASES, ids=[case[0] for case in CASES])
def test_no_turned_bit_gives_another_reading(name, data, options):
    true = {r.json() for r in decode(data, **options)[0]}
    wrong = {}
    for bit in bits_of(name, data):
        for reading in decode(turned(data, bit), **options)[0]:
            if reading.json() not in true:
                wrong[bit] = reading.json()
    assert not wrong
