"""Compiling the firmware: what lies on the device, byte for byte the same each time."""

import json
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

import build
from build import compact, setup_env
from fixtures import needs

# One processor for each of mpy-cross's machine code kinds that we ship.
NATIVE = "import micropython\n\n@micropython.viper\ndef twice(n: int) -> int:\n    return n * 2\n"
VIPER_OVERFLOW = "import native\nprint(native.twice(1_500_000_000))\n"


@pytest.fixture
def house(monkeypatch, tmp_path):
    """A small firmware folder, and a build folder, of their own."""
    firmware = tmp_path / "firmware"
    (firmware / "microhan" / "web").mkdir(parents=True)
    for name, text in (("boot.py", ""), ("main.py", "start()\n"),
                       ("microhan/__init__.py", "VERSION = '1'\nBUILD = 'source'\n"),
                       ("microhan/hub.py", "x = 1\n\ndef f():\n    raise ValueError('no')\n"),
                       ("microhan/web/rows.txt", "a|b"), ("microhan/web/__init__.py", "")):
        (firmware / name).write_text(text)
    monkeypatch.setattr(build, "FIRMWARE", firmware)
    monkeypatch.setattr(build.page, "files", dict)  # this one has none
    monkeypatch.setattr(build, "APP", tmp_path / "app")
    monkeypatch.setattr(build, "COMPACT", tmp_path / "compact")
    monkeypatch.setattr(build, "MAPS", tmp_path / "maps")
    return firmware


def content(tree):
    return {name: (tree / name).read_bytes() for name in build.sizes(tree)}


def test_the_tree_is_what_the_device_needs(house):
    tree = build.build("xtensawin", vendored={"other/simple.py": house / "main.py"})
    assert set(build.sizes(tree)) == {
        "boot.py", "main.py", "app/a/microhan/__init__.mpy", "app/a/microhan/hub.mpy",
        "app/a/rows.txt", "app/a/other/simple.mpy",
    }
    assert (tree / "main.py").read_text() == "start()\n"
    # what a traceback names: the file itself is a text that people can read
    assert b"hub" in (tree / "app/a/microhan/hub.mpy").read_bytes()
    assert "raise ValueError('no')" in (build.COMPACT / "microhan/hub.py").read_text()
    assert "hub:f" in (build.MAPS / f"{build.id_of(tree)}.json").read_text()
    assert str(house).encode() not in b"".join(content(tree).values())


def test_the_same_sources_make_the_same_bytes(house, monkeypatch, tmp_path):
    first = content(build.build("rv32imc", vendored={}))
    monkeypatch.setattr(build, "APP", tmp_path / "elsewhere")
    assert content(build.build("rv32imc", vendored={})) == first


def test_a_build_has_an_id_and_its_names_are_kept(house):
    """The id is that of the content: the same on every processor, another with another text."""
    first = build.build("x86", vendored={})
    id_ = build.id_of(first)
    assert id_ == build.id_of(build.build("xtensawin", vendored={})) and len(id_) == 8
    assert id_.encode() in (first / "app/a/microhan/__init__.mpy").read_bytes()
    assert f"BUILD = '{id_}'" in (build.COMPACT / "microhan/__init__.py").read_text()
    (house / "microhan" / "web" / "rows.txt").write_text("a|c")
    other = build.id_of(build.build("x86", vendored={}))
    assert other != id_
    for one in (id_, other):
        told = json.loads((build.MAPS / f"{one}.json").read_text())
        assert told["build"] == one
        assert ["hub:f"] in [[f[0] for f in found] for found in
                             told["files"]["microhan/hub.py"]["functions"].values()]


def test_only_what_changed_is_compiled_and_what_is_gone_is_removed(house):
    tree = build.build("x86", vendored={})
    before = {name: (tree / name).stat().st_mtime_ns for name in build.sizes(tree)}
    (house / "microhan" / "hub.py").write_text("x = 2\n")
    (house / "microhan" / "new.py").write_text("y = 3\n")
    (house / "microhan" / "web" / "__init__.py").unlink()
    (house / "microhan" / "web" / "rows.txt").unlink()
    (tree / "app/a/microhan/stray.py").write_text("MicroPython would import this one")
    build.build("x86", vendored={})
    after = {name: (tree / name).stat().st_mtime_ns for name in build.sizes(tree)}
    assert set(after) == {"boot.py", "main.py", "twin_main.mpy", "twin_radio.mpy",
                          "memory_probe.mpy", "soak_main.mpy",
                          "app/a/microhan/hub.mpy", "app/a/microhan/__init__.mpy",
                          "app/a/microhan/new.mpy"}
    changed = {name for name in after if before.get(name) != after[name]}
    assert changed == {"app/a/microhan/hub.mpy", "app/a/microhan/new.mpy",
                       "app/a/microhan/__init__.mpy"}  # has the build's id
    (tree / "app/a/microhan/hub.mpy").unlink()
    build.build("x86", vendored={})
    assert (tree / "app/a/microhan/hub.mpy").exists()


def test_what_stands_already_is_not_made_again(house, monkeypatch):
    """Not even read: a second build costs the digest of its sources."""
    tree = build.build("x86", vendored={})
    id_ = build.id_of(tree)
    monkeypatch.setattr(build, "program", lambda *args, **how: pytest.fail("made again"))
    assert build.build("x86", vendored={}) == tree and build.id_of(tree) == id_
    build.build("xtensawin", vendored={})  # of the same program


@pytest.mark.parametrize("gone", [
    "build.COMPACT / 'microhan/hub.py'", "build.COMPACT / '.files'", "build.MAPS / f'{id_}.json'",
    "tree / 'app/a/microhan/hub.mpy'"])
def test_what_somebody_took_away_is_made_again(house, gone):
    tree = build.build("x86", vendored={})
    id_ = build.id_of(tree)
    path = eval(gone, {"build": build, "tree": tree, "id_": id_})
    path.unlink()
    build.build("x86", vendored={})
    assert path.exists()


def test_another_program_in_between_leaves_the_texts_of_the_last_one(house):
    build.build("x86", vendored={})
    (house / "microhan" / "hub.py").write_text("x = 2\n")
    build.build("x64", vendored={})
    (house / "microhan" / "hub.py").write_text("x = 1\n")
    build.build("x86", vendored={})
    assert "= 1" in (build.COMPACT / "microhan/hub.py").read_text()


def test_a_fault_names_module_line_and_processor(house):
    build.build("x86", vendored={})
    (house / "microhan" / "hub.py").write_text("x = 1\nif x\n    y = 2\n")
    with pytest.raises(build.BuildError, match="microhan/hub.py does not compile for x86") as told:
        build.build("x86", vendored={})
    assert "line 2" in str(told.value) and "SyntaxError" in str(told.value)
    with pytest.raises(build.BuildError, match="no architecture arm"):
        build.build("arm", vendored={})


def test_native_code_is_made_for_each_processor(house, tmp_path):
    (house / "microhan" / "native.py").write_text(NATIVE)
    (house / "main.py").write_text("import native\nnative.twice(1)\n")  # so the name stays
    made = {arch: (build.build(arch, vendored={}) / "app/a/microhan/native.mpy").read_bytes()
            for arch in build.ARCHES}
    assert len(set(made.values())) == len(build.ARCHES) == 4
    script = tmp_path / "script.py"
    script.write_text(VIPER_OVERFLOW)
    for name, arch, answer in (("i386", "x86", -1_294_967_296), ("x64", "x64", 3_000_000_000)):
        command = needs.micropython(name)
        folder = build.APP / arch / "app/a/microhan"
        told = subprocess.run([*command, str(script)], capture_output=True, text=True,
                              env={"MICROPYPATH": str(folder)})
        assert told.stdout.strip() == str(answer), told.stderr


@pytest.mark.parametrize("arch", build.ARCHES)
def test_the_real_firmware_compiles_and_fits(arch):
    tree = build.build(arch)
    sizes = build.sizes(tree)
    assert {"main.py", "boot.py", "app/a/microhan/start.mpy", "app/a/app.mpy",
            "app/a/core.mpy",
            "app/a/microhan/__init__.mpy",  # main.py, and who asks for the version
            "app/a/web_connections.mpy", "app/a/outputs_mqtt_output.mpy"} <= set(sizes)
    assert build.id_of(tree).encode() in (tree / "app/a/microhan/__init__.mpy").read_bytes()
    known = json.loads((build.MAPS / f"{build.id_of(tree)}.json").read_text())
    told = " ".join(told for all_ in known["names"].values() for told in all_)
    for path in (build.FIRMWARE / "microhan").rglob("*.py"):
        name = path.relative_to(build.FIRMWARE / "microhan").with_suffix("").as_posix()
        file = f"microhan/{name}.py"
        if "def " in path.read_text() and file not in compact.TABLES:
            assert name + ":" in told, name
    copy = sum(size for name, size in sizes.items()
               if name.startswith("app/a/") and not build.page.has(name.split("/")[-1]))
    assert copy <= build.LIMIT or arch in build.TWINS  # a twin's lies on no flash
    assert (f"one copy of the application: {copy} of {build.LIMIT} bytes, and the page: "
            f"{build.page.size()} of 60000") in build.table({arch: tree})


@pytest.mark.parametrize("arch", build.ARCHES)
def test_a_board_does_without_the_aes_that_its_image_has(arch):
    tree = build.build(arch)
    assert ("app/a/telegram_crypto_aes.mpy" in build.sizes(tree)) == (arch in build.TWINS)


def test_the_command_prints_the_sizes():
    told = subprocess.run([sys.executable, "-m", "build", "x86", "rv32imc"],
                          capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert lines[0].split() == ["x86", "rv32imc"]
    [total] = [line.split()[1:] for line in lines if line.startswith("total")]
    assert len(total) == 2 and all(map(str.isdigit, total))
    assert "without keys, so that it takes no update packages" in told.stdout


def test_setup_says_which_python_it_needs(monkeypatch, capsys):
    monkeypatch.setattr(setup_env.sys, "version_info", (3, 9, 1))
    assert setup_env.main() == setup_env.MISSING_TOOL
    assert "3.11 or newer is needed, and `python3` here is 3.9" in capsys.readouterr().err


def test_setup_says_how_to_get_venv(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(setup_env, "VENV", str(tmp_path / ".venv"))
    failed = SimpleNamespace(returncode=1, stdout="ensurepip is not available", stderr="")
    monkeypatch.setattr(setup_env.subprocess, "run", lambda *command, **how: failed)
    assert setup_env.main() == setup_env.MISSING_TOOL
    assert "sudo apt-get install python3-venv" in capsys.readouterr().err
    assert not (tmp_path / ".venv").exists()


def test_setup_says_what_it_may_not_write_and_what_to_do(monkeypatch, capsys, tmp_path):
    # what `sudo make` left behind, and a disk that is full or read-only
    monkeypatch.setattr(setup_env, "BUILD", str(tmp_path))
    (tmp_path / "app").mkdir()
    monkeypatch.setattr(setup_env.os, "access", lambda path, mode: not path.endswith("app"))
    assert setup_env.main() == 1
    told = capsys.readouterr().err
    assert f"{tmp_path}/app: Permission denied." in told and "sudo chown -R" in told
    monkeypatch.setattr(setup_env, "BUILD", "/dev/null/build")
    assert setup_env.main() == 1
    assert "setup: /dev/null" in capsys.readouterr().err
    with pytest.raises(OSError, match="no file"):
        setup_env.no_access(OSError("no file"))


def test_setup_that_is_done_is_not_done_again(monkeypatch, tmp_path):
    monkeypatch.setattr(setup_env, "VENV", str(tmp_path / ".venv"))
    done = []
    monkeypatch.setattr(setup_env, "_make_venv", lambda clear: (tmp_path / ".venv").mkdir())
    monkeypatch.setattr(setup_env, "_install", done.append)
    monkeypatch.setattr(setup_env, "PYTHON", sys.executable)
    for _ in range(3):
        setup_env.venv(say=lambda text: None)
    assert len(done) == 1


def test_make_names_every_target_and_passes_values_whole():
    """A value with a blank and a quote reaches the tool as one word."""
    make = ["make", "-s", "-C", setup_env.ROOT]
    told = subprocess.run([*make, "help"], capture_output=True, text=True).stdout
    for target in ("setup", "build", "run", "check", "test", "lint", "image", "flash", "clean"):
        assert f"make {target} " in told
    told = subprocess.run([*make, "image", "BOARD=it's a board"], capture_output=True, text=True)
    assert "BOARD=it's a board is not known here" in told.stderr
    told = subprocess.run([*make, "flash", "PORT=/dev/no port", "ERASE=1"], capture_output=True,
                          text=True)
    assert "there is no port /dev/no port" in told.stderr


def test_the_page_lies_on_the_device_as_it_was_built_with_its_rows():
    tree = build.build("x86", say=lambda text: None) / build.COPY
    for name, path in build.page.files().items():
        assert (tree / name).read_bytes() == path.read_bytes()
    answers = (tree / "answers.txt").read_text()
    source = (build.FIRMWARE / "microhan/web/answers.txt").read_text()
    # those of the source, with the digests of what may run in the portal; then the page's own
    policy = re.findall(r"script-src 'sha256-[^']+'; style-src 'sha256-[^']+'", answers)
    assert answers.startswith(source.replace("{portal}", *policy))
