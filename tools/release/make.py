"""Writes the files of a release into a folder, and what is missing of them."""

import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import build
from build import boards, setup_env, vendor
from flash import device_config, image, partition, rooms, site
from measure.limits import Row, as_json, at_most, told

from . import commit, keys, notes, package, sbom

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from build.boards import Board
    from flash.micropython_image import Firmware

ROOT = Path(setup_env.ROOT)
OUT = Path(setup_env.BUILD) / "release"
SUMS, REPORT = "SHA256SUMS", "report.json"
# Two packages, the one that runs and the next, share this room on a chip with 4 MB.
PACKAGE_LIMIT = rooms.ROOMS["app"] * 1000 // 2
_NO_KEY = "no KEY=file was given (docs/releasing.md says how to make one)"
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # a zip knows none before


class Release:
    """The files of a release as they are made: rows for the report, and for the notes."""

    def __init__(self, out: Path, version: str, say: Callable[[str], None]) -> None:
        self.out = out
        self.version = version
        self.say = say
        self.files: list[tuple[str, str, int]] = []
        self.rows: list[Row] = []

    def put(self, name: str, content: bytes, words: str, limit: int | None = None) -> None:
        """A file. `words`: what it is for. `limit`: bytes that it may have."""
        vendor.write_whole(self.out / name, content)
        self.files.append((name, words, len(content)))
        self.rows.append(told(name, len(content)) if limit is None else
                         at_most(name, len(content), limit))

    def lacks(self, name: str, why: str) -> None:
        """A part that cannot be made of what was given."""
        self.say(f"release: without {name}: {why}")
        self.rows.append(at_most(f"missing: {name}", 1, 0))

    def named(self, rest: str) -> str:
        """A file's name."""
        return f"microhan-{self.version}-{rest}"


def make(out: Path = OUT, firmware: str | None = None, key: "rsa.RSAPrivateKey | None" = None,
         say: Callable[[str], None] = print) -> list[Row]:
    """Makes a release in a folder, which it empties first. Returns the rows of its report."""
    version = site.version()
    made_of = commit.find(ROOT, version)
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    _, news = notes.section(changelog, version)  # before the work
    shutil.rmtree(out, ignore_errors=True)
    release = Release(out, version, say)
    id_ = _packages(release, key, news)
    stocks = list(site.stock_images(firmware, say))
    _images(release, stocks)
    _site(release, stocks)
    release.put(release.named(f"{id_}.names.json"), (build.MAPS / f"{id_}.json").read_bytes(),
                "what the names in a traceback mean")
    there = [stock for _, stock in stocks if stock]
    release.put(release.named("sbom.cdx.json"), sbom.runtime(version, made_of, there).encode(),
                "what it is made of (CycloneDX)")
    release.put(release.named("sbom-tools.cdx.json"), sbom.tools(version, made_of).encode(),
                "what it was built and tested with (CycloneDX)")
    facts = [f"build `{id_}`, of commit `{made_of.id}`"]
    facts += [f"MicroPython {stock.version.text} of {stock.version.date} for {stock.board.words}"
              for stock in there]
    release.put("RELEASE.md", notes.write(changelog, version, facts, release.files).encode(),
                "this text")
    _seal(release, key)
    vendor.write_whole(out / REPORT, as_json(release.rows).encode())
    return release.rows


def _packages(release, key, news):
    """One for each processor; returns the build's id. news: of CHANGELOG.md."""
    chips: dict[str, list[str]] = {}
    for board in boards.BOARDS.values():
        chips.setdefault(board.arch, []).append(board.words)
    for arch, names in chips.items():
        tree = build.packed(arch, release.say)
        body = package.unsigned((tree / build.ARCHIVE).read_bytes(), news)
        words = f"update of {', '.join(names)}"
        if key:
            whole = package.sign(body, key)
            package.read(whole, key.public_key())  # by the format, before anybody gets it
            release.put(release.named(f"{arch}.pack"), whole, words, PACKAGE_LIMIT)
        else:
            release.put(release.named(f"{arch}.unsigned"), body, f"{words}: not signed, so that "
                        "no device takes it", PACKAGE_LIMIT - keys.SIGNATURE)
            release.lacks(release.named(f"{arch}.pack"), _NO_KEY)
    return build.id_of(build.APP / arch)


def _images(release: Release, stocks: "list[tuple[Board, Firmware | None]]") -> None:
    """The whole flash of each chip, in both layouts, without secrets."""
    for board, stock in stocks:
        for layout in partition.LAYOUTS:
            name = release.named(f"{board.chip}-{layout.flash >> 20}mb.bin")
            if not stock:
                release.lacks(name, f"no MicroPython image for {board.words}: FIRMWARE=file or "
                              "folder")
                continue
            files = {**image.application(board, lambda text: None), **device_config.rooms({})}
            release.put(name, image.merge(stock, files, lambda text: None, layout),
                        f"{board.words}, {layout.flash >> 20} MB: write it at address 0",
                        layout.flash)


def _site(release, stocks):
    name = release.named("site.zip")
    with tempfile.TemporaryDirectory() as folder:
        told = site.lay_out_of(Path(folder) / "site", stocks, lambda text: None)
        release.put(name, zipped(Path(folder) / "site"), "the page that flashes from a browser")
    if told["missing"]:
        release.lacks(f"{', '.join(one['chip'] for one in told['missing'])} in {name}",
                      "as said of its image")


def zipped(folder: Path) -> bytes:
    """A folder as a zip without times, compression or this machine's ways: deflate has no one
    result, stored bytes have."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*"), key=lambda path: path.as_posix()):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EARLIEST)
                entry.create_system, entry.external_attr = 3, 0o100644 << 16
                archive.writestr(entry, path.read_bytes())
    return out.getvalue()


def _seal(release, key):
    """The checksums of all files so far, as `sha256sum -c` reads them, and their signature."""
    lines = [f"{hashlib.sha256((release.out / name).read_bytes()).hexdigest()}  {name}\n"
             for name in sorted(name for name, *_ in release.files)]
    sums = "".join(lines).encode()
    release.put(SUMS, sums, "checksums of all files")
    if key:
        release.put(f"{SUMS}.sig", keys.sign(key, sums), "their signature")
        release.put("release-key.pub.pem", keys.public(key), "the key that signed: compare it "
                    "with the one you know")
    else:
        release.lacks(f"{SUMS}.sig", _NO_KEY)
