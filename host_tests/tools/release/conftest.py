"""Two clones of what is here, one commit, and the release that each of them makes."""

import os
import subprocess
import sys
import time

import pytest
from cryptography.hazmat.primitives import serialization as how

from fixtures import stock_images
from fixtures.repository import ROOT
from fixtures.update_package import key
from release import keys

WHO = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in
       (("NAME", "a"), ("EMAIL", "a@example.org"), ("DATE", "2026-11-27T12:00:00Z"))}
# What differs between two people's machines.
MACHINES = (
    {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "1", "umask": "022", "tmp": "t"},
    {"TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "77", "umask": "077",
     "tmp": "another place/for what is temporary"},
)


def commit_of_all(folder):
    """A repository with one commit: what git would take of this folder, as it is now."""
    names = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT,
                           capture_output=True, text=True, check=True).stdout.split("\0")
    there = [name for name in names if name and (ROOT / name).exists()]
    folder.mkdir(parents=True)
    subprocess.run(["cp", "-r", "--parents", *there, folder], cwd=ROOT, check=True)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    for command in (["init", "-q"], ["config", "core.excludesFile", "/dev/null"], ["add", "-A"],
                    ["commit", "-qm", "all"]):
        subprocess.run(["git", *command], cwd=folder, check=True, env={**os.environ, **WHO})
    return folder


def clone(origin, folder):
    """A clone of it, with what pip fetched here, so that nothing is fetched twice."""
    subprocess.run(["git", "clone", "-q", origin, folder], check=True)
    archives = ROOT / "build/vendor/archives"
    if archives.exists():
        (folder / "build/vendor").mkdir(parents=True)
        subprocess.run(["cp", "-r", archives, folder / "build/vendor"], check=True)
    return folder


def run(folder, key, *arguments, machine=MACHINES[0]):
    """`make release` in a clone, which trusts the key; (exit status, what it said)."""
    temporary = folder.parent / machine["tmp"]
    temporary.mkdir(parents=True, exist_ok=True)
    changed = {name: value for name, value in machine.items() if name.isupper()}
    done = subprocess.run(
        ["sh", "-c", f'umask {machine["umask"]}; exec "$@"', "sh", sys.executable, "-m",
         "release", "--key", str(key), *map(str, arguments)],
        cwd=folder, capture_output=True, text=True,
        env={**os.environ, **changed, "PYTHONPATH": str(folder / "tools"),
             "TMPDIR": str(temporary), "KEYS": str(key.with_suffix(".pub"))})
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stock")
    stock_images.into(folder)
    return folder


@pytest.fixture(scope="module")
def key_file(tmp_path_factory):
    """A private key of the tests' own, and its public half beside it."""
    file = tmp_path_factory.mktemp("key") / "key.pem"
    file.write_bytes(key().private_bytes(how.Encoding.PEM, how.PrivateFormat.PKCS8,
                                         how.NoEncryption()))
    file.with_suffix(".pub").write_bytes(keys.public(key()))
    assert keys.load(str(file)).key_size == 3072
    return file


@pytest.fixture(scope="module")
def releases(tmp_path_factory, stock, key_file):
    """Two folders, made of one commit at two places and times."""
    made = []
    origin = commit_of_all(tmp_path_factory.mktemp("origin") / "all")
    for at, machine in enumerate(MACHINES):
        folder = clone(origin, tmp_path_factory.mktemp(f"clone{at}") / ("a" + at * "/longer path"))
        began = time.time()
        status, told = run(folder, key_file, "--firmware", stock, "--all",
                           machine=machine)
        assert status == 0, told
        assert time.time() - began > 2  # a zip's times are even seconds
        made.append(folder / "build/release")
    return made
