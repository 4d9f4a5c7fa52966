#!/usr/bin/env python3
"""A coverage-guided search for inputs that the decoder takes badly, with atheris (libFuzzer).

    make fuzz                          15 minutes
    make fuzz ARGS="--seconds 60"
    make fuzz ARGS="build/fuzz/crash-…"     one input again

Not part of CI, and the only thing that needs atheris: it is put into .venv when this is run. What
it has learnt stays in build/fuzz/corpus. Exit status: 0 nothing found, 1 a finding (its input is
kept in build/fuzz, its words are above), 3 atheris cannot be had.
"""

import argparse
import datetime
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from build import setup_env

ATHERIS = "atheris==3.0.0"
_HOME = Path(setup_env.BUILD) / "fuzz"
_MOST = 1500  # bytes of an input: longer ones only take longer


def main(argv: list[str] | None = None) -> int:
    """Entry; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=900, help="how long (default %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="0: another one each time")
    parser.add_argument("input", nargs="?", type=Path, help="one input to try again")
    options = parser.parse_args(argv)
    reason = have_atheris()
    if reason:
        print(f"fuzz: atheris is missing, and pip could not install it: {reason}", file=sys.stderr)
        return setup_env.MISSING_TOOL
    corpus = _HOME / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, __file__, "--target"]
    if options.input:
        words += [str(options.input)]
    else:
        plant(corpus)
        words += [str(corpus), f"-max_total_time={options.seconds}", f"-max_len={_MOST}",
                  f"-seed={options.seed}", "-timeout=20", "-print_final_stats=1",
                  f"-artifact_prefix={_HOME}/"]
    return 1 if subprocess.run(words).returncode else 0


def have_atheris() -> str:
    """"" once atheris can be imported, else why not."""
    if importlib.util.find_spec("atheris"):
        return ""
    print(f"fuzz: installing {ATHERIS} into .venv", flush=True)
    done = subprocess.run([sys.executable, "-m", "pip", "install", "-q",
                           "--disable-pip-version-check", ATHERIS],
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return (done.stderr.strip().splitlines() or ["no reason given"])[-1] if done.returncode else ""


def plant(corpus: Path) -> None:
    """Telegrams of every dialect to begin with, whole and as what is inside their frames."""
    reach()
    import meter_model
    from fuzz.target import step
    from meter_model.binary import Binary

    ms = meter_model.to_ms(datetime.datetime(2026, 1, 15, 16, 30))
    for name, dialect in meter_model.DIALECTS.items():
        for number, after in enumerate((10_000, 1_800_000)):
            snapshot = meter_model.new_meter(dialect, 1, ms).advance(ms + after)
            steps = {"raw": step(0, 0, dialect.write(snapshot))}
            if isinstance(dialect, Binary):
                apdu = dialect.apdu(snapshot)
                for operation in (2, 4, 5, 6):
                    steps[f"in{operation}"] = step(operation, 100, apdu)
                steps["push"] = step(3, 0x2B, apdu[5:])
                steps["sealed"] = step(8, 0x30, apdu)
            elif not dialect.secret:
                body = dialect.write(snapshot)
                lines = body[body.index(b"\r\n1") + 2:body.rindex(b"\r\n!")]
                steps["text"] = step(9, 0, lines)
                steps["sealed"] = step(10, 0x30, lines[:250])
            for kind, program in steps.items():
                (corpus / f"{name}-{number}-{kind}").write_bytes(b"\x04\x11" + program)


def reach() -> None:
    """Put the firmware and its stand-ins on the path."""
    tools = Path(__file__).resolve().parents[1]
    sys.path[:0] = [str(tools), str(tools.parent / "firmware"), str(tools / "vm" / "cpython")]


def target() -> None:
    """The fuzzing process itself."""
    import atheris

    reach()
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    with atheris.instrument_imports(include=["microhan"]):
        from fuzz.target import check
    sys.argv.remove("--target")
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    if "--target" in sys.argv:
        target()
    sys.exit(main())
