"""The archive of a copy: tools/build/archive.py writes it, firmware/archive.py mounts it."""

import shutil
import subprocess

import pytest

import build
from build import archive, boards, bytecode
from fixtures import needs
from flash import image, rooms

SCRIPT = """\
import os, sys
sys.path[:] = "", ".frozen"
from choose import find
find()
sys.path.remove("")
print(os.stat("/m/answers.txt")[6])
import microhan
with open("/m/answers.txt", "rb") as file:
    print(microhan.BUILD, file.read(6))
try:
    import no_such_module
except ImportError:
    print("missing")
"""


@pytest.fixture(params=["i386", "x64"])
def device(request, tmp_path):
    """(Run SCRIPT in a folder that is a device's flash, that folder)."""
    command = needs.micropython(request.param, "400k")
    tree = build.packed({"i386": "x86"}.get(request.param, request.param), lambda text: None)
    shutil.copytree(tree, tmp_path, dirs_exist_ok=True)

    def run():
        return subprocess.run([*command, "-c", SCRIPT], cwd=tmp_path, capture_output=True,
                              text=True)

    return run, tmp_path


def damaged(name, content):
    if name == "truncated":
        return content[:-1]
    if name == "empty":
        return b""
    if name == "index":
        return content[:40] + bytes([content[40] ^ 1]) + content[41:]
    return content[:3] + b"\x02" + content[4:]  # a format of the future


@pytest.mark.parametrize("arch", build.ARCHES)
def test_read_back_an_archive_has_every_file_of_the_build_byte_by_byte(arch):
    tree = build.build(arch, lambda text: None)
    built = {path.relative_to(tree / build.COPY).as_posix(): path.read_bytes()
             for path in (tree / build.COPY).rglob("*") if path.is_file()}
    if arch in build.IN_PLACE:
        built = {name: bytecode.with_table(content) if name.endswith(".mpy") else content
                 for name, content in built.items()}
    found = archive.unpack((build.packed(arch, lambda text: None) / build.ARCHIVE).read_bytes())
    assert found.pop(archive.MANIFEST).startswith(b'{"version":')
    assert found == built


def test_modules_and_texts_come_from_the_archive(device):
    run, folder = device
    told = run()
    content = archive.unpack((folder / build.ARCHIVE).read_bytes())
    size = len(content["answers.txt"])
    assert told.stdout.split()[0] == str(size), told.stderr
    assert told.stdout.split()[2:] == [repr(content["answers.txt"][:6]), "missing"]


@pytest.mark.parametrize("how", ["truncated", "empty", "index", "format"])
def test_a_damaged_copy_is_named_and_the_other_one_runs(device, how):
    run, folder = device
    whole = (folder / build.ARCHIVE).read_bytes()
    (folder / "app/b.pack").write_bytes(whole)
    (folder / build.ARCHIVE).write_bytes(damaged(how, whole))
    told = run()
    assert told.stdout.startswith("microhan: app/a.pack cannot be used"), told.stderr
    assert told.stdout.endswith("missing\n") and not told.stderr


def test_without_a_whole_copy_the_console_says_so(device):
    run, folder = device
    (folder / build.ARCHIVE).unlink()
    told = run()
    assert "app/a.pack cannot be used" in told.stdout
    assert "app/b.pack cannot be used" in told.stdout
    assert told.returncode


@pytest.mark.parametrize("how", ["truncated", "empty", "index", "format"])
def test_the_tools_refuse_a_damaged_archive(how):
    whole = archive.pack({"a.mpy": b"one", "microhan/b.mpy": b"two"}, {})
    with pytest.raises(archive.ArchiveError):
        archive.unpack(damaged(how, whole))


@pytest.mark.parametrize("name", ["plain", "folder.d/a.mpy"])
def test_names_tell_files_from_folders(name):
    with pytest.raises(archive.ArchiveError):
        archive.pack({name: b""}, {})


def test_both_copies_leave_room_in_a_formatted_littlefs():
    copies = rooms.kilobytes(rooms.two_copies(image.application(boards.named(""),
                                                                lambda text: None)))
    assert copies <= rooms.ROOMS["app"]
    assert rooms.SIZE - copies - rooms.ROOMS["ledger"] - rooms.ROOMS["backlog"] >= rooms.FREE
