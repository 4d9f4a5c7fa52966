"""Where the heap of the running application goes, on the 32-bit VM: a table, build/memory.json.

    .venv/bin/python -m measure.memory_map [--after S] [--blocks]

The twin runs with MQTT and HTTP on, and nobody at its page; the heap is what `gc.mem_alloc()`
says after `gc.collect()`. The twin's own share (the VM's start, the Board, the counted sockets)
is taken before the first module of ours is loaded, and shown apart: the device has
esp32.py instead. asyncio is frozen on the device, yet its dictionaries and functions take the same
there.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import build
from build import setup_env
from twin import client, runtime
from twin.twin import RADIO, Options, Twin
from vm import vm

from . import memory_blocks

OUT = Path(setup_env.BUILD) / "memory.json"
# What application and twin may take together.
MUST, AIMS = 72_000, 60_000
# Set-up mode, all of it without the twin, 2 kB of it if the meter's first bytes look like a frame.
SET_UP_MUST = 68_000
# file: what it is called here; the rest is loaded seldom
FILES = {"hub": "hub", "meter": "meter", "core": "core", "app": "app",
         "outputs_mqtt_output": "outputs/mqtt", "web_server": "web/server",
         "config_settings": "config", "net_dial": "net/dial", "net_resolver": "net/resolver",
         "outputs_home_assistant_entities": "home_assistant/entities",
         "meter_diagnosis_text": "meter/diagnosis_text"}
STAY = "hub", "meter", "core", "outputs/mqtt", "web/server"  # of these


class NoFigures(Exception):
    """The figures could not be had; the text is the firmware's last words."""


def probe(after: float, imports: bool = False, poll: Callable | None = None,
          look: Callable | None = None, config: dict | None = None,
          **options: Any) -> tuple[list, tuple[int, int]]:
    """([[moment or module, bytes]], qstrs) of one run of the twin. `poll(twin)` gives what
    somebody does meanwhile, which has a close(); or None.

    `look(pid)` is called in the end. `config`: what is in the file.
    `imports` notes what each import takes; the collections in between keep nothing else alive.
    """
    saved = runtime.ENTRY, client.Client.get
    runtime.ENTRY = "memory_probe"
    client.Client.get = lambda *_: (200, {})  # type: ignore[method-assign]  # the launcher asks for the page: not here
    os.environ["MICROHAN_PROBE"] = json.dumps([after, imports])
    try:
        with tempfile.TemporaryDirectory() as folder:
            given = {"http_port": 0, "vm": "i386", "interval": 1, **options}
            if config:
                (Path(folder) / "flash" / "data").mkdir(parents=True)
                (Path(folder) / "flash" / "data" / "config.json").write_text(json.dumps(config))
            with Twin(Options(flash=Path(folder) / "flash", **given)) as twin:
                twin.start()
                reader = poll(twin) if poll else None
                told = _wait(twin, after + 30)
                if look:
                    look(twin.firmware.pid)
                if reader:
                    reader.close()
    finally:
        runtime.ENTRY, client.Client.get = saved  # type: ignore[method-assign]
        os.environ.pop("MICROHAN_PROBE")
    found = re.search(r"^probe: (\[\[.*\]\])$", told, re.MULTILINE)
    names = re.findall(r"n_qstr=(\d+), n_str_data_bytes=\d+, n_total_bytes=(\d+)", told)
    if not (found and len(names) == 2):
        raise NoFigures(told)
    own, all_names = [tuple(map(int, pair)) for pair in names]
    return json.loads(found[1]), (all_names[0] - own[0], all_names[1] - own[1])


def bare() -> int:
    """Bytes of heap that a VM takes with nothing loaded."""
    command = vm.command("i386", heap="140k")
    if not command:
        raise NoFigures("no i386 MicroPython here")
    told = subprocess.run([*command, "-c", "import gc; gc.collect(); print(gc.mem_alloc())"],
                          capture_output=True, text=True)
    return int(told.stdout)


def _read_events(twin):
    import socket
    end = time.monotonic() + 20
    while True:
        try:
            reader = socket.create_connection(("127.0.0.1", twin.client.port), 5)
            reader.sendall(b"GET /events HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n"
                           % twin.token().encode())
            return reader
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def _wait(twin, patience):
    end = time.monotonic() + patience
    while time.monotonic() < end and "probe: end" not in twin.firmware.lines:
        if twin.firmware.check():
            break
        time.sleep(0.2)
    return "\n".join(twin.firmware.lines)


def figures(after: int = 30) -> dict[str, int]:
    """{name: bytes}: the shares of the running application, and the totals."""
    moments, (names, names_bytes) = probe(after)
    at = dict(moments)
    own = at["probe"] - bare()
    loads: dict = {}
    called = build.places(build.build("x86", say=lambda text: None))
    for name, size in probe(5, imports=True)[0]:
        name = called.get(name, name)
        loads.setdefault(name, size)  # later imports find the names of the first one there
    files = {title: loads.get(file, 0) for file, title in FILES.items()}
    files["core"] += loads["tables"]  # it holds the arrays, and the rest is gone again
    streaming, (most, _) = probe(28, poll=_read_events)  # 20 s after the request: it still streams
    page = dict(streaming)["running"]
    stay = sum(files[name] for name in STAY) + loads["asyncio"] - loads["twin"]
    return {
        "asyncio": loads["asyncio"] - loads["twin"],
        **files,
        "objects": at["running"] - at["twin"] - stay,
        "names": names_bytes,
        "names, count": names,
        "names, page open, count": most,
        "most at start": max(size for name, size in moments if name != "running") - at["twin"],
        "twin's own": at["twin"] - own,
        "application": at["running"] - at["twin"],
        "application, page open": page - at["twin"],
        "total": at["running"] - own,
    }


def set_up(after: int = 25) -> int:
    """Bytes of the application in set-up mode, without the radio that the twin plays."""
    given: dict[str, Any] = {"fresh": True, "radio": RADIO, "mqtt": None}
    radio = dict(probe(5, imports=True, **given)[0])["twin_radio"]
    at = dict(probe(after, **given)[0])
    return at["running"] - at["twin"] - radio


def main() -> int:
    """Measure, print, write build/memory.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--after", type=float, default=60, help="seconds from the start (60)")
    parser.add_argument("--blocks", action="store_true", help="what lies there, by kind, instead")
    options = parser.parse_args()
    if options.blocks:
        probe(options.after, look=lambda pid: print("\n".join(memory_blocks.lines(pid))))
        return 0
    found = figures(options.after)
    for name, size in found.items():
        print(f"{name:<28}{size:>8}")
    table: list[dict] = [{"name": f"heap: {name}", "value": size,
              "unit": "names" if name.endswith("count") else "bytes"}
             for name, size in found.items()]
    for row in table:
        if row["name"] == "heap: total":
            row.update(must=MUST, aims=AIMS, met=row["value"] <= MUST)
    OUT.write_text(json.dumps(table, indent=1))
    print(f"memory: in {os.path.relpath(OUT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
