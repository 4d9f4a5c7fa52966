"""Fetches Debian packages without root into a folder: Debian 13's MicroPython and its libraries,
or others by name.

Through the mirror that apt uses on this machine, by an apt root of its own: the archive's
signature is checked with Debian's keys, as for any package. Where the mirror's lists do not fit
their signature (it happens while a mirror is being updated, and can last), the very files that
such a signed list named once are taken by their SHA-256, which is written here.
"""

import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

SUITE = "trixie"
CONTENTS = "microhan-packages.txt"  # in the folder: the files it was made of
KEYRINGS = tuple(f"/usr/share/keyrings/debian-archive-keyring.{end}" for end in ("pgp", "gpg"))
APT_HELPER = "/usr/lib/apt/apt-helper"
# package, its place in the mirror's pool, {architecture: SHA-256}
PACKAGES = (
    ("micropython", "m/micropython/micropython_1.25.0+ds-1", {
        "i386": "a72799821cb45442150f8a7f0757bc8e4f9a4b64abccbd837d694a20d6900bb5",
        "amd64": "a2c8327c1005cbf0f15c83d1d3b94c20585135c29a97ab1483ada93b82d94a88"}),
    ("libc6", "g/glibc/libc6_2.41-12+deb13u4", {
        "i386": "67bb4b54cf4bb6a380449dfa1852cd9135659f85360caa0e41d312f4b30e573a",
        "amd64": "967aa62605721081c3eb2a17650611a792aa802d76a6511d1840242623d204c9"}),
    ("libgcc-s1", "g/gcc-14/libgcc-s1_14.2.0-19", {
        "i386": "a4c71fd856d2a48a7505a087b4186e3cca23f94603c05e3fb7c799b27e72f761",
        "amd64": "3c71917b490d1a17aed43196a2787a256ecf060526cdb20216a74bedc061b150"}),
    ("libffi8", "libf/libffi/libffi8_3.4.8-2", {
        "i386": "8bafefb38c320ca27796070c881595ce04d900c3b534ac142a494daf1fe1db13",
        "amd64": "0ebdc340de33333639c3c63874cd4b15ac2e83dfa1ef3053b7eefaf4919f4f68"}),
    ("libmbedcrypto16", "m/mbedtls/libmbedcrypto16_3.6.6-0.1~deb13u1", {
        "i386": "aa4698ed436eebf77e3dc9f5c514073bd554109d857d887db5a367dde9a5c377",
        "amd64": "b38baf2ecaca7b28b3005d34b8108ee9b17681426b20662813995e939aea6dfa"}),
    ("libmbedtls21", "m/mbedtls/libmbedtls21_3.6.6-0.1~deb13u1", {
        "i386": "eb1b20154ce9008aca1d036698ffc12019020a54985d2c5ae3dc1c1c39c9e995",
        "amd64": "9e280505afa5f5aa7034e494e7466c82d8e9af2eb3bf2edf46bab0bd7b62e1ac"}),
    ("libmbedx509-7", "m/mbedtls/libmbedx509-7_3.6.6-0.1~deb13u1", {
        "i386": "fe6ba192c9227d30a4cd05a3bdeccdf9ff30d55b27d8ff488126c16dcf727cce",
        "amd64": "e0b6630efcf9eae2e05172496576bc3235be134a6bbf8da4cf3570fba65f65b8"}),
)


class DebianError(Exception):
    """The packages cannot be had; the text says why, on one line."""


def fetch(architecture: str, tree: Path, suite: str = SUITE, names: Sequence[str] = ()) -> None:
    """Makes the folder `tree` from the packages, whole or not at all; raises DebianError.

    `names`: of those that are unpacked, as `suite` has them today; none: PACKAGES.
    """
    for tool in ("apt-get", "dpkg"):
        if not shutil.which(tool):
            raise DebianError(f"needs {tool}, on Debian or a system derived from it")
    reasons = []
    mirrors = sites()
    if not mirrors:
        raise DebianError("apt knows no mirror here")
    for site in mirrors:
        by_apt = functools.partial(_by_apt, suite=suite,
                                   names=names or [row[0] for row in PACKAGES])
        for download in (by_apt,) if names else (by_apt, _by_digest):
            tree.parent.mkdir(parents=True, exist_ok=True)
            work = Path(tempfile.mkdtemp(prefix=f".{tree.name}-", dir=tree.parent))
            # apt gives up root for a user of its own while it downloads: let that one in
            work.chmod(0o755)
            try:
                (work / "debs").mkdir()
                download(work, site, architecture)
                _unpack(work)
                shutil.rmtree(tree, ignore_errors=True)
                os.rename(work / "tree", tree)
                return
            except subprocess.CalledProcessError as error:
                reasons.append(_reason(error))
            except DebianError as error:
                reasons.append(str(error))
            finally:
                shutil.rmtree(work, ignore_errors=True)
    raise DebianError(f"could not be fetched from this machine's mirror: {reasons[0]}")


def _reason(error):
    lines = (error.stderr or error.stdout or "").strip().splitlines()
    return next((row for row in lines if row.startswith("E:")), (lines or ["no reason given"])[-1])


def sites() -> list[str]:
    """Returns the addresses of the mirrors that apt uses here, Debian's own archive first."""
    # Before the first `apt-get update` apt does not know a list's origin yet: its address alone.
    told = subprocess.run(["apt-get", "indextargets", "--format", "$(SITE)"],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)
    found = dict.fromkeys(told.stdout.split())
    ordered = sorted(found, key=lambda site: (not site.rstrip("/").endswith("/debian"), site))
    return [site for site in ordered if "security" not in site][:3]


def _run(command, folder):
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder,
                          stdin=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"})


def _by_apt(work, site, architecture, suite, names):
    """Downloads the packages of today; apt checks the archive's signature."""
    keyring = next((path for path in KEYRINGS if os.path.exists(path)), None)
    if not keyring:
        raise DebianError("Debian's keys are not here (install debian-archive-keyring)")
    for folder in ("lists/partial", "cache/archives/partial", "empty"):
        (work / folder).mkdir(parents=True)
    (work / "status").write_text("")
    sources = work / "sources.list"
    sources.write_text(f"deb [signed-by={keyring}] {site} {suite} main\n")
    settings = {
        "Dir::State": work, "Dir::State::Lists": work / "lists",
        "Dir::State::status": work / "status", "Dir::Cache": work / "cache",
        "Dir::Etc::sourcelist": sources, "Dir::Etc::sourceparts": work / "empty",
        "Dir::Etc::preferences": work / "empty/none", "Dir::Etc::preferencesparts": work / "empty",
        "APT::Architecture": architecture, "APT::Architectures": architecture,
        "Acquire::Languages": "none", "Acquire::Retries": "2", "Acquire::http::Timeout": "30",
        # A list that is not verified, or not all there, must be an error here and no warning.
        "APT::Update::Error-Mode": "any", "APT::Get::AllowUnauthenticated": "false",
        "Acquire::AllowInsecureRepositories": "false",
    }
    options = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
    if os.geteuid() == 0:
        shutil.chown(work, "_apt")
        for path in work.rglob("*"):
            shutil.chown(path, "_apt")
    run = functools.partial(_run, folder=work / "debs")
    run(["apt-get", *options, "-qq", "update"])
    run(["apt-get", *options, "-qq", "download", *names])


def _by_digest(work, site, architecture):
    """Downloads the files whose SHA-256 are above; apt's helper compares them."""
    if not os.path.exists(APT_HELPER):
        raise DebianError("apt's helper is not here")
    for _, place, digests in PACKAGES:
        name = f"{place.rpartition('/')[2]}_{architecture}.deb"
        _run([APT_HELPER, "-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=30",
              "download-file", f"{site.rstrip('/')}/pool/main/{place}_{architecture}.deb",
              str(work / "debs" / name), "SHA256:" + digests[architecture]], work)


def _unpack(work):
    """Unpacks work/debs into work/tree, and writes down there what they were."""
    tree = work / "tree"
    tree.mkdir()
    debs = sorted((work / "debs").glob("*.deb"))
    for deb in debs:
        _run(["dpkg", "-x", str(deb), str(tree)], work)
    for unused in ("usr/share", "etc", "var"):
        shutil.rmtree(tree / unused, ignore_errors=True)
    (tree / CONTENTS).write_text("".join(f"{deb.name}\n" for deb in debs))
