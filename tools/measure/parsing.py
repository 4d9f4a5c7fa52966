"""Rows of the telegram's way to a Reading: time, instructions, memory, and how cost grows."""

import json
import math
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import build
import meter_model
from meter_model.play import telegrams
from vm import vm

from .report import Row

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MORNING = 1_768_464_000_000  # ms since 1970: the meter's clock on a day of January 2026
HEAP = "400k"  # plenty: memory has rows of its own
VMS = (("i386 native", "i386", "x86"), ("i386 bytecode", "i386", build.BYTECODE),
       ("x64 native", "x64", "x64"))
# How often a count goes by more than once: the difference is free of start and warming up.
_FEW, _MANY = 5, 25


class Files:
    """The telegrams that are fed, as files under build/bench."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.plain = self._write("sagemcom", sagemcom())
        lines = b"".join(b"1-0:%d.7.0(0000.247*kvar)\r\n" % (100 + i % 100) for i in range(108))
        self.lines = self._write("lines-x5", longer(lines))
        self.length = self._write("length-x5", longer(
            b"0-0:96.13.0(" + b"41" * 1420 + b")\r\n"))
        self.frames = self._write("aidon", aidon())

    def _write(self, name, data):
        path = self.folder / f"{name}.bin"
        path.write_bytes(data)
        return str(path)


def telegram_of(meter: str) -> Iterator[bytes]:
    """The telegrams of a simulated meter."""
    dialect = meter_model.find(meter)
    return telegrams(dialect, meter_model.new_meter(dialect, 1, MORNING), 10_000)


def sagemcom() -> bytes:
    """A Swedish telegram of 712 bytes with 27 values."""
    return next(telegram_of("sagemcom-p1"))


def aidon() -> bytes:
    """An Aidon list in an HDLC frame, as the tests make it: the simulator has none yet."""
    sys.path[:0] = [str(ROOT / part) for part in ("host_tests", "firmware", "tools/vm/cpython")]
    from fixtures import binary_frames

    return binary_frames.hdlc(binary_frames.aidon())


def longer(lines: bytes) -> bytes:
    """The same with more lines, and its checksum."""
    body = sagemcom()
    body = body[:body.rindex(b"!")] + lines + b"!"
    return body + b"%04X\r\n" % meter_model.crc16(body)


def inside(command: list[str], script: str, *arguments: object) -> Any:
    """The JSON that a script prints in a VM."""
    told = subprocess.run([*command, str(HERE / script), *map(str, arguments)],
                          capture_output=True, text=True, timeout=600)
    if told.returncode:
        raise RuntimeError(f"{script}: {told.stderr[-500:]}")
    return json.loads(told.stdout.splitlines()[-1])


def runtimes(say: Callable[[str], None]) -> dict[str, tuple[list[str], str]]:
    """{name: (command, folders on sys.path)} of what can run here; CPython always can."""
    found = {}
    for name, machine, arch in VMS:
        command = vm.command(machine, HEAP, say)
        if command:
            tree = build.build(arch, say=lambda text: None, whole=True)
            found[name] = (command, str(tree / build.COPY))
    found["CPython"] = ([sys.executable], f"{ROOT / 'firmware'}:{ROOT / 'tools/vm/cpython'}")
    return found


def dsmr_parser(path: Path, rounds: int) -> float:
    """Microseconds that dsmr_parser takes for the telegram: text in, objects out."""
    from dsmr_parser import telegram_specifications
    from dsmr_parser.parsers import TelegramParser

    text = Path(path).read_bytes().decode("ascii")
    parser = TelegramParser(telegram_specifications.SWEDEN)
    best = math.inf
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(4):
            parser.parse(text)
        spent = (time.perf_counter() - start) / 4 * 1e6
        best = min(best, spent)
    return best


def rows(files: Files, found: dict, rounds: int, say: Callable[[str], None]) -> list[Row]:
    """Time of one telegram on each VM, and beside it that of dsmr_parser."""
    peer = dsmr_parser(files.plain, rounds)
    out = [Row("P1 dsmr_parser 1.11 on CPython", peer, "µs")]
    for name, (command, folders) in found.items():
        say(f"P1 on {name}")
        told = inside(command, "vm_parse.py", folders, files.plain, 0, rounds)
        pieces = inside(command, "vm_parse.py", folders, files.plain, 64, rounds)
        out += [Row(f"P1 {name}: values delivered", told["values_us"], "µs"),
                Row(f"P1 {name}: with a Reading", told["reading_us"], "µs"),
                Row(f"P1 {name}: in pieces of 64 bytes", pieces["values_us"], "µs"),
                Row(f"P1 {name} against dsmr_parser, values", peer / told["values_us"], "times",
                    *_limits(name)),
                Row(f"P1 {name} against dsmr_parser, Reading", peer / told["reading_us"], "times",
                    *_limits(name))]
    return out


def _limits(name):
    """(must, aims) of the ratio: Budgets in docs/performance.md."""
    return {"i386 native": (10, 40), "CPython": (1, 2), "i386 bytecode": (1, None)}.get(name, ())


def binary_rows(files: Files, found: dict, rounds: int, say: Callable[[str], None]) -> list[Row]:
    """HDLC and AES-GCM."""
    out = []
    for name, (command, folders) in found.items():
        say(f"HDLC and GCM on {name}")
        told = inside(command, "vm_binary.py", folders, rounds // 4 + 1)
        frames = inside(command, "vm_parse.py", folders, files.frames, 0, rounds)
        out += [Row(f"HDLC {name}: Aidon's list, values", frames["values_us"], "µs"),
                Row(f"HDLC {name}: X-25 of a kilobyte", told["x25_us"], "µs"),
                Row(f"GCM {name}: check and decrypt a kilobyte", told["gcm_us"] / 1000, "ms")]
    return out


def growth_rows(files: Files, found: dict, rounds: int) -> list[Row]:
    """Five times the length, five times the lines: how many times the cost."""
    out = []
    for name in ("i386 native", "CPython"):
        if name not in found:
            continue
        command, folders = found[name]
        one = inside(command, "vm_parse.py", folders, files.plain, 0, rounds)["values_us"]
        for words, path in (("length", files.length), ("OBIS lines", files.lines)):
            more = inside(command, "vm_parse.py", folders, path, 0, rounds // 4 + 1)["values_us"]
            out.append(Row(f"growth {name}: {words} x 5", more / one, "fold"))
    return out


def memory_rows(files: Files, found: dict) -> list[Row]:
    """Bytes allocated: only on 32 bits do they say anything of the device."""
    if "i386 native" not in found:
        return []
    command, folders = found["i386 native"]
    told = inside(command, "vm_memory.py", folders, files.plain)
    binary = inside(command, "vm_memory.py", folders, files.frames)
    return [Row("heap allocated while feeding a P1 telegram, i386", told["while_feeding"], "bytes",
                0, 0),
            Row("heap allocated per P1 telegram, i386", told["per_telegram"], "bytes", 64, 64),
            Row("heap allocated per HDLC telegram, i386", binary["per_telegram"], "bytes", None,
                64)]


def count_rows(files: Files, say: Callable[[str], None]) -> list[Row]:
    """Instructions of one telegram by valgrind, where it is: the same on every run."""
    command = vm.command("x64", "1m", lambda text: None)
    if not shutil.which("valgrind") or not command:
        say("no valgrind here: instructions are not counted")
        return []
    tree = build.build("x64", say=lambda text: None, whole=True) / build.COPY
    counts = [_instructions([*command, str(HERE / "vm_feed.py"), str(tree), files.plain, str(n)])
              for n in (_FEW, _MANY)]
    return [Row("P1 x64 native: instructions of one telegram", (counts[1] - counts[0])
                / (_MANY - _FEW), "instructions")]


def _instructions(command):
    told = subprocess.run(["valgrind", "--tool=callgrind", "--smc-check=all",
                           "--callgrind-out-file=/dev/null", *command], capture_output=True,
                          text=True, timeout=300)
    (line,) = [line for line in told.stderr.splitlines() if "refs:" in line]
    return int(line.split(":")[1].replace(",", ""))
