"""The fuzzer's target holds for what it begins with, and is no fuzzer that needs to be there."""

import random

from fuzz import fuzz, target
from fuzz.target import check, step, stream


def test_what_it_begins_with_shows_no_mistake(tmp_path):
    fuzz.plant(tmp_path)
    seeds = sorted(tmp_path.iterdir())
    assert len(seeds) > 200
    rng = random.Random(6)
    for seed in rng.sample(seeds, 60):
        program = bytearray(seed.read_bytes())
        check(bytes(program))
        for _ in range(3):
            program[rng.randrange(len(program))] = rng.randrange(256)
        check(bytes(program))


def test_steps_make_right_frames():
    """The good ones are read: otherwise the fuzzer would only ever see refusals."""
    for program in (step(2, 0x2B, b"\x0f\0\0\0\0\0\x02\0"), step(8, 0x30, b"abc"),
                    step(9, 0, b"x"), step(4, 9, b"0123456789" * 9)):
        assert stream(b"\0\0" + program)
    texts, counters = target._decode(
        stream(b"\0\0" + step(10, 0x30, b"1-0:1.7.0(0001.000*kW)")), 0, 50)
    assert '"active_power_import_w":1000' in texts[0] and counters["ok"] == 1
    check(b"")


def test_without_atheris_it_says_so(monkeypatch, capsys):
    monkeypatch.setattr(fuzz, "have_atheris", lambda: "no such package")
    assert fuzz.main([]) == 3 and "atheris" in capsys.readouterr().err
