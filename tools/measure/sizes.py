"""Rows of what lies on flash, and of what modules take of the heap."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import build
from build import boards, page, vendor
from flash import image, rooms
from vm import vm

from .parsing import HERE
from .report import Row

_MICRODOT = "microdot==2.6.2"
_MEMBER = "microdot/microdot.py"
NATIVE = "xtensawin"  # what most dongles are


def flash_rows() -> list[Row]:
    """Bytes of one copy, the largest of all processors; and of its parts."""
    out = []
    copies, totals = {}, {}
    for arch in build.ARCHES:
        sizes = build.sizes(build.build(arch, say=lambda text: None))
        copies[arch] = {name.removeprefix(build.COPY + "/"): size for name, size in sizes.items()
                        if name.startswith(build.COPY + "/")}
        totals[arch] = build.copy_size(sizes)
    device = [arch for arch in build.ARCHES if arch not in ("x86", "x64")]
    out.append(Row("flash: one copy, all compiled files", max(
        totals[arch] for arch in device), "bytes", build.LIMIT, 150_000))
    out.append(Row("flash: the page, compressed, altogether", page.size(), "bytes", page.LIMIT,
                   45_000))
    rooms: dict = {}
    for name, size in copies[NATIVE].items():
        room = name.removeprefix("microhan/")
        room = room.split("/")[0] if "/" in room else room.removesuffix(".mpy")
        rooms[room] = rooms.get(room, 0) + size
    out += [Row(f"flash: {room}", size, "bytes") for room, size in sorted(rooms.items())]
    return out


def room_rows() -> list[Row]:
    """kB that littlefs takes on a chip with 4 MB, by the rooms of flash/rooms.py, and what is left
    with ledger and backlog at their limits (docs/store.md says what they take)."""
    files = image.application(boards.named(""), lambda text: None)
    copies = rooms.kilobytes(rooms.two_copies(files))
    full = copies + sum(limit for name, limit in rooms.ROOMS.items() if name != "app")
    return [Row("4 MB flash: both copies of the application", copies, "kB", rooms.ROOMS["app"]),
            Row("4 MB flash: all of it, ledger and backlog full", full, "kB",
                rooms.SIZE - rooms.FREE, note=f"leaves {rooms.SIZE - full:.0f} kB free")]


def module_lines() -> list[str]:
    """Lines of text: bytes of each file on flash."""
    trees = {arch: build.build(arch, say=lambda text: None) for arch in build.ARCHES}
    return build.table(trees)


def heap_rows(folder: Path, say: Callable[[str], None]) -> list[Row]:
    """Heap after import, of what others would have used, and of ours."""
    command = vm.command("i386", "400k", lambda text: None)
    if not command:
        return []
    ours = build.build("x86", say=lambda text: None, whole=True) / build.COPY
    wanted: list[tuple[str, Path, str, tuple]] = [
        ("umqtt.simple alone", ours, "umqtt.simple", ("socket", "struct", "binascii"))]
    peer = microdot(folder, say)
    if peer:
        wanted.append(("microdot 2.6.2, for a plain page", peer, "microdot", ("asyncio",)))
    wanted += [("our web server", ours, "microhan.web.server", ("asyncio", "microhan.hub.hub")),
               ("our MQTT way out", ours, "microhan.outputs.mqtt.output",
                ("asyncio", "microhan.hub.hub")),
               ("our telegram reader", ours, "microhan.telegram.decoder", ())]
    out = []
    for words, path, module, before in wanted:
        told = subprocess.run([*command, str(HERE / "vm_import.py"), str(path), module, *before],
                              capture_output=True, text=True)
        if told.returncode:
            say(f"{module} does not import: {told.stderr.strip().splitlines()[-1:]}")
            continue
        out.append(Row(f"heap of {words}, i386", int(told.stdout), "bytes"))
    return out


def microdot(folder: Path, say: Callable[[str], None]) -> Path | None:
    """A folder with microdot compiled, fetched once; None where it cannot be had."""
    out = folder / "microdot"
    target = out / "microdot.mpy"
    if not target.exists():
        out.mkdir(parents=True, exist_ok=True)
        got = subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                              "--dest", str(out), _MICRODOT], capture_output=True, text=True)
        wheels = list(out.glob("microdot-*.whl"))
        if got.returncode or not wheels:
            say("microdot cannot be had: it is left out")
            return None
        source = out / "source.py"
        with zipfile.ZipFile(wheels[0]) as wheel:
            vendor.write_whole(source, wheel.read(_MEMBER))
        subprocess.run([build.compiler()[0], "-march=x86", "-o", str(target), str(source)],
                       check=True)
    return out


