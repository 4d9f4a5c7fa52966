"""The chip's instructions for one piece of work each: counted.py on the emulator without a radio.

With -icount each instruction takes the guest as long as any other, so its clock counts them.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import build
import meter_model
from flash import image
from measure.limits import Row

from . import images
from .bench import Bench, Setting

if TYPE_CHECKING:
    from .report import Outcome
    from .scenarios import Other

_COUNT = re.compile(r"@count (-?\d+) (.+)")
_KINDS = ("sagemcom-p1", "nl-dsmr5", "kamstrup-hdlc", "aidon-hdlc", "landisgyr-hdlc",
          "kaifa-mbus", "lu-smarty-encrypted", "dk-kamstrup-hdlc")
_EACH = 4  # telegrams of each kind, which come once: an encrypted one is refused the second time
_PATIENCE_S = 300
_MS = 1_768_474_800_000  # 2026-01-15 11:00, normal time


def telegrams() -> dict[str, bytes]:
    """{path on the device: bytes}: what counted.py is fed with."""
    found = {}
    for kind in _KINDS:
        dialect = meter_model.find(kind)
        meter = meter_model.new_meter(dialect, 1, _MS)
        key = f"{dialect.secret.key}-{dialect.secret.auth}" if dialect.secret else "-"
        for number in range(_EACH):
            data = dialect.write(meter.advance(meter.ms + int(dialect.interval * 1000)))
            found[f"data/telegrams/{kind}.{key}.{number}"] = data
    return found


def files() -> dict[str, bytes]:
    """All files of the device that counts: the modules one by one, under their own names."""
    tree = build.build(images.BOARD.arch, lambda text: None, whole=True)
    found = {path.relative_to(tree).as_posix(): path.read_bytes()
             for path in sorted(tree.rglob("*")) if path.is_file()
             and not path.name.startswith(".")}
    return found | telegrams() | {
        "boot.py": b"", "main.py": Path(__file__).with_name("counted.py").read_bytes()}


def run_counts(setting: Setting, scenario: "Other") -> "Outcome":
    """A row for each piece of work; no samples."""
    flash = image.merge(setting.stocked, files(), lambda text: None)
    with Bench(setting, scenario.name, flash=flash) as bench:
        bench.switch_on()
        done = bench.until(lambda: bench.console.says("@count 0 done"), _PATIENCE_S)
        rows = [Row("came to the end", done, True, done)]
        for _, text in bench.console.lines:
            found = _COUNT.match(text)
            if found and found[2] != "done":
                count = int(found[1]) * 1000 >> setting.shift
                rows.append(Row(found[2], count if count >= 0 else None, None, count >= 0))
        return rows, []
