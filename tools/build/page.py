"""The page as it lies on the device: firmware/page/ bundled by esbuild and compressed, and the
rows of answers.txt by which web/ serves it.

It lies in build/page/, from where a build copies it. esbuild is a program of its own: Node.js is
not needed here. The files are compressed by zopfli, whose output is the same on every machine.
"""

import base64
import functools
import gzip
import hashlib
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import page_texts, setup_env, vendor

ROOT = Path(setup_env.ROOT)
SOURCE = ROOT / "firmware" / "page"
ANSWERS = ROOT / "firmware" / "microhan" / "web" / "answers.txt"
OUT = Path(setup_env.BUILD) / "page"
LIMIT = 60_000  # bytes, compressed, of all files together: Budgets in docs/performance.md
# What runs the page: the oldest browsers of phones that people still have. The portal is opened by
# whatever a phone has for captive portals.
# `a?.b` would be written out for Chromes before 91, in which only `a?.b(...c)` is wrong: there is
# none.
_PAGE = ("--target=es2020,chrome87,firefox90,safari14.1", "--supported:optional-chain=true",
         "--format=esm")
# Browsers without es2019 have no AbortController either, which it needs.
_PORTAL = "--target=es2019", "--format=iife"
# h() takes less than jsx(), which tsconfig.json names: for tsc, h would have to be imported
# everywhere.
_JSX = ("--jsx=transform", "--jsx-factory=h", "--jsx-fragment=Fragment",
        f"--inject:{SOURCE / 'src' / 'jsx.ts'}",
        '--tsconfig-raw={"compilerOptions":{"strict":true,"target":"es2020"}}')
# What is loaded first, what is loaded when it is needed, and the portal.
_ENTRIES = ("main.tsx", "later.tsx", "portal.tsx")
_SHARED = "./shared.js"  # what the first two both need
_ASSET = ("/{name}|any|{type}||Content-Encoding: gzip"
          "|Cache-Control: public, max-age=31536000, immutable\n")
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_STAMP = ".recipe"


class PageError(Exception):
    """The page cannot be built; the text says why."""


def build() -> Path:
    """Builds the page where its sources have changed. Returns the folder: all its files, and
    answers.txt with their rows. Raises PageError."""
    with setup_env.lock("page"):
        recipe = _recipe()
        if not setup_env.is_stamped(str(OUT / _STAMP), recipe):
            _make(recipe)
    return OUT


def files() -> dict[str, Path]:
    """{name on the device: Path} of the built page and its answers.txt."""
    return {path.name: path for path in sorted(build().iterdir()) if path.name[0] != "."}


@functools.cache
def _program():
    """The path of esbuild; esbuild's package for this machine has it."""
    found = sorted((Path(setup_env.NODE_MODULES) / "@esbuild").glob("*/bin/esbuild"))
    if not found:
        raise PageError("esbuild, which builds the page, is not here: run `make setup`")
    return str(found[0])


def _recipe():
    sources = [path for path in sorted(SOURCE.rglob("*")) if path.is_file()]
    own = Path(__file__), Path(page_texts.__file__)
    lock = ROOT / "package-lock.json"
    return setup_env.digest(*map(str, (*sources, lock, ANSWERS, *own)))


def _make(recipe):
    made = dict(_files())
    OUT.mkdir(parents=True, exist_ok=True)
    for path in OUT.iterdir():
        path.unlink()
    for name, content in made.items():
        vendor.write_whole(OUT / name, content)
    setup_env.stamp(str(OUT / _STAMP), recipe)


def _files() -> Iterator[tuple[str, bytes]]:
    """(name, content as it lies on the device) of each file."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        first, later, alone = _scripts(folder)
        out = folder / "out"
        # One script at first: each further one is a connection more, of which the device has four.
        app = _named(out, ".js", first)
        rest = _named(out, ".js", later.replace(_SHARED, f"/{app}"))
        style = _named(out, ".css", _bundle(SOURCE / "page.css", folder / "css", *_PAGE))
        rows = ""
        for path in sorted(out.iterdir()):
            rows += _ASSET.format(name=path.name, type=_TYPES[path.suffix])
            yield path.name, compressed(path.read_bytes())
        yield "index.html", compressed(_text("index.html", js=app, later=rest, css=style))
        css = _bundle(SOURCE / "base.css", folder / "base", *_PORTAL)
        page, policy = _alone(alone, css)
        yield "portal.html", compressed(page)
        yield "schema.json", compressed((SOURCE / "schema.json").read_bytes())
        yield ANSWERS.name, (ANSWERS.read_text().replace("{portal}", policy) + rows).encode()


def _scripts(folder: Path) -> tuple[str, str, str]:
    """The scripts of the page, what is loaded first and later, and the portal's. They are built
    twice: the first time to know which texts each of them has."""
    texts = page_texts.Texts(SOURCE / "src")
    marked = texts.copy(folder / "marked")
    uses = [page_texts.used(_bundle(marked / name, folder / f"of-{name}", *_PAGE, *_JSX))
            for name in _ENTRIES]
    first, later, portal = map(sorted, (uses[0], uses[1] - uses[0], uses[2]))
    source = texts.copy(folder / "page", [*first, *later], main=first, later=later)
    app, rest = _split(source, folder / "split")
    source = texts.copy(folder / "portal", portal, portal=portal)
    return app, rest, _bundle(source / _ENTRIES[2], folder / "alone", *_PORTAL, *_JSX)


def _split(source, out):
    """(The first script and what it shares with the later one, all in one; the later one)."""
    _esbuild(*(source / name for name in _ENTRIES[:2]), f"--outdir={out}", "--splitting",
             "--chunk-names=shared", *_PAGE, *_JSX)
    whole = out / "whole.js"
    whole.write_text('export * from "./shared.js"; import "./main.js";')
    return _bundle(whole, out / "whole", *_PAGE), (out / "later.js").read_text()


def _bundle(entry, out, *options):
    """What a source and all that it imports are in one file, made in the folder `out`."""
    _esbuild(entry, f"--outdir={out}", *options)
    (made,) = out.iterdir()
    return made.read_text()


def _esbuild(*arguments):
    """Runs it. Raises PageError where it refuses the sources."""
    done = subprocess.run(
        [_program(), *map(str, arguments), "--bundle", "--minify", "--charset=utf8",
         "--legal-comments=none", "--log-level=warning"],
        cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "NODE_PATH": setup_env.NODE_MODULES})  # for copies of the sources
    if done.returncode:
        raise PageError("the page does not build:\n" + done.stderr.strip())


def _named(out, suffix, content):
    """Writes a file that is named by its content, and returns the name. esbuild's own [hash] is
    also one of where the packages lie on this machine."""
    digest = base64.b32encode(hashlib.sha256(content.encode()).digest())[:8].decode()
    vendor.write_whole(out / f"app-{digest}{suffix}", content.encode())
    return f"app-{digest}{suffix}"


def _text(template, **values):
    """A template with each {name} replaced; lines are joined, which browsers do not need."""
    text = "".join(line.strip() + "\n" for line in (SOURCE / template).read_text().splitlines())
    for name, value in values.items():
        text = text.replace("{%s}" % name, value)
    return text.encode()


def _alone(script, style):
    """(the portal, all in one file; the policy that names what may run in it by its digest)."""
    script, style = script.strip().replace("</script", "<\\/script"), style.strip()
    policy = f"script-src '{_hash(script)}'; style-src '{_hash(style)}'"
    return _text("portal.html", css=style, js=script), policy


def _hash(text):
    """'sha256-…' of what stands in a tag: Content-Security-Policy 3, 6.7.3."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def compressed(data: bytes) -> bytes:
    """gzip of the data, without a time."""
    import zopfli.gzip

    return zopfli.gzip.compress(data)


def packages() -> list[str]:
    """The npm packages whose code is in the page or the portal, as esbuild bundles them."""
    names = set()
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told"
        _esbuild(*(SOURCE / "src" / name for name in _ENTRIES), f"--outdir={folder}",
                 f"--metafile={told}")
        for source in json.loads(told.read_text())["inputs"]:
            names.update(re.findall(r"node_modules/((?:@[^/]+/)?[^/]+)/[^@]*$", source))
    return sorted(names)


def first() -> list[str]:
    """The files that a browser loads before it shows anything."""
    index = gzip.decompress(files()["index.html"].read_bytes()).decode()
    return ["index.html", *re.findall(r'(?:src|href)="/(app-[^"]+)"', index)]


def has(name: str) -> bool:
    """Whether a file of that name is the page's."""
    return name != ANSWERS.name and name in files()


def size() -> int:
    """Bytes of all its files on the device."""
    return sum(path.stat().st_size for name, path in files().items() if has(name))
