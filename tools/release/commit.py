"""The commit that a release is made of: clean, and of a version that is not out yet."""

import subprocess
from collections import namedtuple
from pathlib import Path

# id: its hash, as hex; seconds: its committer's time, which stands for the release's
Commit = namedtuple("Commit", "id seconds")


class NotClean(Exception):
    """No release can be made of this folder; the text says why, and what to do."""


def find(root: Path, version: str) -> Commit:
    """The commit that is checked out, if nothing differs from it. Raises NotClean."""
    changed = _git(root, "status", "--porcelain").splitlines()
    if changed:
        raise NotClean("a release is made of a commit, and these files differ from it:\n  "
                       + "\n  ".join(changed[:20]) + "\nCommit or remove them first")
    id_, seconds = _git(root, "show", "-s", "--format=%H %ct").split()
    tag = f"v{version}"
    here = [name for name in _git(root, "tag", "--points-at", "HEAD").split()
            if name.startswith("v")]
    if here and tag not in here:
        raise NotClean(f"this commit is tagged {', '.join(here)}, and firmware/microhan/"
                       f"__init__.py says version {version}")
    if not here and tag in _git(root, "tag").split():
        raise NotClean(f"version {version} is out, from another commit ({tag}): give this one a "
                       "higher number in firmware/microhan/__init__.py")
    return Commit(id_, int(seconds))


def _git(root, *words):
    try:
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True)
    except FileNotFoundError:
        raise NotClean("git is needed, to know what is released") from None
    if done.returncode:
        raise NotClean(f"git says: {done.stderr.strip()}")
    return done.stdout
