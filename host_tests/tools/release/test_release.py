"""`make release`: one commit gives the same bytes anywhere, and all that a release should have."""

import hashlib
import io
import json
import re
import subprocess
import zipfile

import pytest
from cryptography.hazmat.primitives import serialization

import build
from build import archive, boards, page
from fixtures import needs
from fixtures.repository import ROOT
from fixtures.update_package import key, modulus, read
from flash import image, partition
from release import package

pytestmark = pytest.mark.slow
VERSION = "0.1.0"
MPY = {"xtensawin": 6 | 3 << 8 | 10 << 10, "rv32imc": 6 | 3 << 8 | 11 << 10}


@pytest.fixture(scope="module")
def made(releases):
    """{name: bytes} of the first."""
    return {path.name: path.read_bytes() for path in releases[0].iterdir()}


def named(rest):
    return f"microhan-{VERSION}-{rest}"


def test_two_builds_of_one_commit_are_the_same_bytes(releases, made):
    again = {path.name: path.read_bytes() for path in releases[1].iterdir()}
    assert sorted(again) == sorted(made)
    assert not [name for name in made if made[name] != again[name]]


def test_it_has_every_part_and_no_other(made):
    chips = [board.chip for board in boards.BOARDS.values()]
    id_, = re.findall(r"build `([0-9a-f]{8})`", made["RELEASE.md"].decode())
    assert set(made) == {
        "RELEASE.md", "SHA256SUMS", "SHA256SUMS.sig", "release-key.pub.pem", "report.json",
        *[named(f"{chip}-{size}mb.bin") for chip in chips for size in (4, 8)],
        *map(named, ("xtensawin.pack", "rv32imc.pack", "site.zip", f"{id_}.names.json",
                     "sbom.cdx.json", "sbom-tools.cdx.json"))}
    assert json.loads(made[named(f"{id_}.names.json")])["build"] == id_


def test_the_report_has_a_row_for_each_part(made):
    rows = {row["name"]: row for row in json.loads(made["report.json"])}
    assert set(rows) == set(made) - {"report.json"}
    for name, row in rows.items():
        assert set(row) == {"name", "value", "limit", "ok"} and row["ok"] is True
        assert row["value"] == len(made[name])
        assert row["limit"] is None or row["value"] <= row["limit"]
    assert rows[named("xtensawin.pack")]["limit"] == 370_000


@pytest.mark.parametrize("arch", MPY)
def test_a_device_takes_the_package_and_mounts_it_as_it_is(arch, made):
    content = made[named(f"{arch}.pack")]
    told, files = package.read(content, key().public_key())
    assert read(content, [modulus()], ("0.0.9", MPY[arch], (1, 29, 0))) == told
    assert (told["version"], told["arch"], told["micropython"]) == (VERSION, arch, "1.25")
    assert archive.unpack(content) == files  # what follows the archive is not looked at
    assert f"build `{told['build']}`" in made["RELEASE.md"].decode()


@pytest.mark.parametrize("board", boards.BOARDS.values(), ids=lambda board: board.chip)
def test_an_image_has_the_archive_of_the_package(board, made):
    packed = made[named(f"{board.arch}.pack")]
    for layout in partition.LAYOUTS:
        flash = made[named(f"{board.chip}-{layout.flash >> 20}mb.bin")]
        files = image.split(flash, board)[1]
        assert len(flash) == layout.flash and packed.startswith(files[build.ARCHIVE])


def test_the_site_is_whole(made):
    with zipfile.ZipFile(io.BytesIO(made[named("site.zip")])) as site:
        told = json.loads(site.read("site.json"))
        assert set(told["chips"]) == {board.words for board in boards.BOARDS.values()}
        assert not told["missing"] and told["version"] == VERSION
        assert "index.html" in site.namelist()
        assert {one.date_time[0] for one in site.infolist()} == {1980}


def test_the_checksums_are_those_of_all_files_and_openssl_knows_who_signed(releases, made):
    lines = dict(reversed(line.split("  ")) for line in
                 made["SHA256SUMS"].decode().splitlines())
    assert set(lines) == set(made) - {"SHA256SUMS", "SHA256SUMS.sig", "release-key.pub.pem",
                                      "report.json"}
    for name, digest in lines.items():
        assert hashlib.sha256(made[name]).hexdigest() == digest
    told = subprocess.run(
        [needs.program("openssl"), "dgst", "-sha256", "-verify", "release-key.pub.pem",
         "-signature", "SHA256SUMS.sig", "SHA256SUMS"], cwd=releases[0], capture_output=True)
    assert told.returncode == 0, told
    public = serialization.load_pem_public_key(made["release-key.pub.pem"])
    assert public.public_numbers() == key().public_key().public_numbers()


def parts(content):
    return {(f"{part['group']}/" if "group" in part else "") + part["name"]: part
            for part in json.loads(content)["components"]}


def test_the_parts_that_run_are_listed_with_versions_and_licences(made):
    told = json.loads(made[named("sbom.cdx.json")])
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    assert told["metadata"]["component"]["version"] == VERSION
    found = parts(made[named("sbom.cdx.json")])
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert {"micropython", "micropython-umqtt.simple", "esp-web-tools", "esptool-js", "lit",
            *page.packages()} <= set(found)
    assert {"preact", "lean-qr", "d3-array", "internmap"} == set(page.packages())
    for name, part in found.items():
        assert part["version"] and part["licenses"] and part["hashes"], name
        if part.get("purl", "").startswith("pkg:npm"):
            assert part["version"] == lock[f"node_modules/{name}"]["version"]
    assert found["micropython-umqtt.simple"]["version"] == "1.3.4"
    assert found["micropython"]["version"] == "1.29.0"
    assert "esbuild" not in found and "pytest" not in found


def test_what_it_was_built_with_is_listed_apart(made):
    found = parts(made[named("sbom-tools.cdx.json")])
    pins = re.findall(r"(?m)^([\w.-]+)==(\S+)$", (ROOT / "requirements.txt").read_text())
    assert len(pins) > 60 and all(found[name]["version"] == number for name, number in pins)
    assert {"python", "esbuild", "typescript", "axe-core"} <= set(found)
    assert not set(found) & set(parts(made[named("sbom.cdx.json")]))
    without = [name for name, part in found.items() if not part.get("licenses")]
    assert not without


def test_the_notes_have_what_the_changelog_says(made):
    text = made["RELEASE.md"].decode()
    assert "**Not released**" in text  # as long as CHANGELOG.md has no section of this version
    assert "### Reading" in text and f"| `{named('xtensawin.pack')}` | update of ESP32, " in text
    assert "## Unreleased" not in text
