"""The page as it lies on the device: firmware/page/ bundled by esbuild and compressed, and the
rows of answers.txt by which web/ serves it.

It lies in build/page/, from where a build copies it. esbuild is a program of its own: Node.js is
not needed here. The files are compressed by zopfli, whose output is the same on every machine.
"""

import base64
import functools
import hashlib
import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import setup_env, vendor

ROOT = Path(setup_env.ROOT)
SOURCE = ROOT / "firmware" / "page"
ANSWERS = ROOT / "firmware" / "microhan" / "web" / "answers.txt"
OUT = Path(setup_env.BUILD) / "page"
LIMIT = 60_000  # bytes, compressed, of all files together: Budgets in docs/performance.md
# What runs the page: the oldest browsers of phones that people still have. The portal is opened by
# whatever a phone has for captive portals.
_TARGET = "--target=es2020,chrome87,firefox90,safari14.1"
_PORTAL_TARGET = "--target=es2017"
# Of the page's script: what is loaded when it is needed. It shares nothing with the rest.
_LATER = "qr.ts"
_JSX = ("--jsx=automatic", "--jsx-import-source=preact")
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
def _esbuild():
    """The path of the program; esbuild's package for this machine has it."""
    found = sorted((Path(setup_env.NODE_MODULES) / "@esbuild").glob("*/bin/esbuild"))
    if not found:
        raise PageError("esbuild, which builds the page, is not here: run `make setup`")
    return str(found[0])


def _recipe():
    sources = [path for path in sorted(SOURCE.rglob("*")) if path.is_file()]
    lock = ROOT / "package-lock.json"
    return setup_env.digest(*map(str, (*sources, lock, ANSWERS, Path(__file__))))


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
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        # One script at first: each further one is a connection more, of which the device has four.
        later = _named(out, _bundle(_LATER, out, _TARGET, "--format=esm"))
        app = _named(out, _bundle("main.tsx", out, _TARGET, "--format=esm", *_at(later)))
        style = _named(out, _bundle("../page.css", out, _TARGET))
        portal = out / "portal"
        script = _bundle("portal.tsx", portal, _PORTAL_TARGET, "--format=iife",
                         "--entry-names=portal")
        rows = ""
        for path in sorted(out.iterdir()):
            if path.is_file():
                rows += _ASSET.format(name=path.name, type=_TYPES[path.suffix])
                yield path.name, compressed(path.read_bytes())
        yield "index.html", compressed(_text("index.html", js=app, css=style))
        css = (portal / _bundle("../base.css", portal, _PORTAL_TARGET)).read_text()
        page, policy = _alone((portal / script).read_text(), css)
        yield "portal.html", compressed(page)
        yield "schema.json", compressed((SOURCE / "schema.json").read_bytes())
        yield ANSWERS.name, (ANSWERS.read_text().replace("{portal}", policy) + rows).encode()


def _bundle(entry, out, *options):
    """Bundles a source into the folder `out`. Returns the name of what has to be loaded."""
    before = set(out.glob("*"))
    command = [_esbuild(), str(SOURCE / "src" / entry), "--bundle", "--minify", "--charset=utf8",
               "--legal-comments=none", "--log-level=warning", f"--outdir={out}", *_JSX, *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise PageError("the page does not build:\n" + done.stderr.strip())
    (made,) = set(out.glob("*")) - before
    return made.name


def _at(name):
    """The options by which the script knows where _LATER lies."""
    return f'--define:QR="/{name}"', "--external:/app-*"


def _named(out, name):
    """Renames a file by its content, and returns its new name. esbuild's own [hash] is also one of
    where the packages lie on this machine."""
    path = out / name
    digest = base64.b32encode(hashlib.sha256(path.read_bytes()).digest())[:8].decode()
    return path.rename(out / f"app-{digest}{path.suffix}").name


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
        for at, entry in enumerate(("main.tsx", _LATER, "portal.tsx")):
            _bundle(entry, Path(folder) / str(at), _TARGET, "--format=esm", *_at("app-"),
                    f"--metafile={told}")
            for source in json.loads(told.read_text())["inputs"]:
                names.update(re.findall(r"node_modules/((?:@[^/]+/)?[^/]+)/[^@]*$", source))
    return sorted(names)


def has(name: str) -> bool:
    """Whether a file of that name is the page's."""
    return name != ANSWERS.name and name in files()


def size() -> int:
    """Bytes of all its files on the device."""
    return sum(path.stat().st_size for name, path in files().items() if has(name))
