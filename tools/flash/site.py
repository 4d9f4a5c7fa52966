"""Lays out the flasher's page: a static site that writes microhan to a board from a browser.

    .venv/bin/python -m flash.site [--firmware file or folder] [--out folder]

What a person sees is in tools/site/. ESP Web Tools, esptool-js and a QR encoder come from npm and
lie in the site, so that it works from any folder of any static host. For each chip and each layout
of the flash there are two manifests: `install` writes everything, `keep` MicroPython only. Their
parts are the pieces of what `make image` makes. site.json tells the page all of that.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import build
from build import boards, setup_env, vendor

from . import device_config, filesystem, image, micropython_image, partition, presets

if TYPE_CHECKING:
    from build.boards import Board
    from flash.micropython_image import Firmware

SOURCE = Path(setup_env.TOOLS) / "site"
OUT = Path(setup_env.BUILD) / "site"
_NPM = Path(setup_env.NODE_MODULES)
_FIRST_START_S = 20  # until set-up mode answers on the cable, on the slowest chip
# Folder or file of a package: its place in the site's vendor/.
_VENDORED = {
    "esp-web-tools/dist/web": "esp-web-tools",
    "esp-web-tools/LICENSE": "esp-web-tools/LICENSE",
    "esptool-js/bundle.js": "esptool-js/bundle.js",
    "esptool-js/LICENSE": "esptool-js/LICENSE",
    "lean-qr/index.mjs": "lean-qr/index.mjs",
    "lean-qr/LICENSE": "lean-qr/LICENSE",
}


class SiteError(Exception):
    """The site cannot be laid out; the text says why."""


def lay_out(out: Path, firmware: str | None = None, say: Callable[[str], None] = print) -> dict:
    """Lays the site out in a folder, which it empties first. Returns the content of site.json.

    `firmware` as in stock_images(). A chip whose image cannot be had is left out, and `missing` in
    site.json says which file to fetch.
    """
    return lay_out_of(out, stock_images(firmware, say), say)


def lay_out_of(out: Path, stocks: "Iterable[tuple[Board, Firmware | None]]",
               say: Callable[[str], None] = print) -> dict:
    """As lay_out(), of what stock_images() gave."""
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(SOURCE, out)
    for source, place in _VENDORED.items():
        _copy(_NPM / source, out / "vendor" / place)
    told: dict[str, Any] = {"boards": list(map(_board, presets.PRESETS)), "chips": {},
                            "missing": []}
    for board, stock in stocks:
        if stock:
            told["chips"][board.words] = _chip(out, stock, say)
        else:
            told["missing"].append({"chip": board.words, "file": micropython_image.name_of(board),
                                    "page": micropython_image.page_of(board)})
    told["version"], told["build"] = version(), build.id_of(build.build("xtensawin", say))
    (out / "site.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    return told


def stock_images(firmware: str | None, say: Callable[[str], None]
                 ) -> "Iterator[tuple[Board, Firmware | None]]":
    """(Board, its stock image, or None where it cannot be had) of each.

    `firmware`: an image, or a folder with some. Those that are not there are fetched.
    """
    given = _given(firmware)
    for board in boards.BOARDS.values():
        try:
            yield board, micropython_image.load(board, given.get(board.name), say)
        except micropython_image.StockError as error:
            say(f"site: without {board.words}. {error}")
            yield board, None


def packages() -> list[str]:
    """The npm packages that lie in the site."""
    return sorted({source.partition("/")[0] for source in _VENDORED})


def version() -> str:
    """The firmware's version."""
    text = (build.FIRMWARE / "microhan" / "__init__.py").read_text()
    found = re.search(r'^VERSION = "(.+)"$', text, re.M)
    assert found
    return found[1]


def _copy(source, place):
    place.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, place)
    else:
        shutil.copy(source, place)


def _given(firmware: str | None) -> dict[str, str]:
    """{board's name: path} of the stock images in a folder, or of one; raises SiteError."""
    if not firmware:
        return {}
    path = Path(firmware).expanduser()
    found = {}
    for file in sorted(path.glob("*.bin")) if path.is_dir() else [path]:
        for board in boards.BOARDS.values():
            try:
                micropython_image.check(board, file.read_bytes())
            except OSError as error:
                raise SiteError(f"FIRMWARE={firmware} cannot be read: {error.strerror}") from error
            except ValueError:
                continue
            found[board.name] = str(file)  # of several versions, the one that sorts last
    if not found:
        raise SiteError(f"FIRMWARE={firmware}: there is no stock MicroPython image for any of "
                        + ", ".join(boards.BOARDS))
    return found


def _board(preset: presets.Preset) -> dict[str, Any]:
    """A preset as the page shows it."""
    return {
        "name": preset.name, "words": preset.words, "maker": preset.maker, "kind": preset.kind,
        "chip": boards.BOARDS[preset.board].words, "config": presets.configuration(preset),
        "notes": {"en": [note[0] for note in preset.notes],
                  "sv": [note[1] for note in preset.notes]},
        "source": preset.source, "back": preset.back, "reports": preset.reports,
    }


def _chip(out: Path, stock: "Firmware", say: Callable[[str], None]) -> dict[str, Any]:
    """Writes the manifests and parts of one chip. Returns what site.json says of it."""
    board = stock.board
    files = {**image.application(board, lambda text: None), **device_config.rooms({})}
    told: dict[str, Any] = {"micropython": stock.version.text, "layouts": []}
    for layout in partition.LAYOUTS:
        flash = image.merge(stock, files, lambda text: None, layout)
        (boot, head), (at, vfs) = image.parts(flash, board)
        name = f"{board.chip}-{layout.flash >> 20}mb"
        # Erased flash need not be written: the page erases all of it first, and littlefs erases a
        # block before it writes one.
        short = vfs.rstrip(b"\xff")
        short = short.ljust(-(-len(short) // filesystem.BLOCK) * filesystem.BLOCK, b"\xff")
        paths = [_write(out, f"{name}-micropython", head), _write(out, f"{name}-files", short)]
        parts = [{"path": "../" + paths[0], "offset": boot}, {"path": "../" + paths[1],
                                                              "offset": at}]
        told["layouts"].append({
            "flash": layout.flash,
            "install": _manifest(out, board, f"{name}-install", parts),
            "keep": _manifest(out, board, f"{name}-keep", parts[:1]),
            "rooms": dict(_rooms(vfs)),
            "table": [partition.TABLE_AT, partition.SECTOR],
        })
    say(f"site: {board.words}, MicroPython {stock.version.text}")
    return told


def _write(out, name, content):
    """Writes a part; its name changes with its content, so that no cache mixes two builds."""
    path = f"firmware/{name}-{hashlib.sha256(content).hexdigest()[:8]}.bin"
    vendor.write_whole(out / path, content)
    return path


def _manifest(out: Path, board: "Board", name: str, parts: list[dict]) -> str:
    """Writes a manifest of ESP Web Tools; returns its path in the site."""
    path = f"manifests/{name}.json"
    content = {
        "name": "microhan", "version": version(),
        # Without it ESP Web Tools erases the flash before it installs, with it it asks.
        "new_install_prompt_erase": len(parts) == 1,
        "new_install_improv_wait_time": _FIRST_START_S,
        "builds": [{"chipFamily": board.words, "parts": parts}],
    }
    vendor.write_whole(out / path, (json.dumps(content, indent=1) + "\n").encode())
    return path


def _rooms(vfs: bytes) -> Iterator[tuple[str, dict[str, int]]]:
    """(path, offset and size) of the files that the page writes into."""
    for path, content in device_config.rooms({}).items():
        found = [at for at in range(0, len(vfs), filesystem.BLOCK)
                 if vfs[at:at + len(content)] == content]
        assert len(found) == 1, f"{path} is not in a block of its own"
        yield path, {"offset": found[0], "size": len(content)}


def main() -> int:
    """Lays it out and says where; what is missing is no failure of the rest."""
    parser = argparse.ArgumentParser(description="Lay out the flasher's page.")
    parser.add_argument("--firmware", help="a stock image of MicroPython, or a folder with some")
    parser.add_argument("--out", default=str(OUT), help="the folder, which is emptied first")
    options = parser.parse_args()
    try:
        told = lay_out(Path(options.out), options.firmware)
    except (*image.ERRORS, SiteError) as error:
        print(f"site: {error}", file=sys.stderr)
        return 1
    print(f"site: {os.path.relpath(options.out)}: put this folder on any static host (https), or "
          "try it here:\n      python3 -m http.server --directory "
          f"{os.path.relpath(options.out)} 8000, then http://localhost:8000/")
    for one in told["missing"]:
        print(f"site: to have the {one['chip']} in it, too: fetch {one['file']} from "
              f"{one['page']}, and give the folder that it is in: FIRMWARE=folder")
    return 0


if __name__ == "__main__":
    sys.exit(main())
