"""The workflow that makes a release elsewhere: it is `make release`, and holds no secret."""

import re

import yaml

from fixtures.repository import ROOT

TEXT = (ROOT / ".github/workflows/release.yml").read_text()


def test_it_makes_what_make_release_makes_twice_and_compares():
    (job,) = yaml.safe_load(TEXT)["jobs"].values()
    run = "\n".join(step.get("run", "") for step in job["steps"])
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text()))
    made = re.findall(r"(?m)^\s*make (?:-C \S+ )?([a-z]+)", run)
    assert made == ["setup", "setup", "release", "release"] and set(made) <= targets
    assert run.count("ALL=1") == 2  # so that a part that is missing is a failure
    assert run.index("diff -r") < run.index("gh release create") and "--draft" in run


def test_the_key_comes_by_a_secrets_name_after_the_tools_are_there():
    (job,) = yaml.safe_load(TEXT)["jobs"].values()
    with_key = [at for at, step in enumerate(job["steps"]) if "RELEASE_KEY" in str(step)]
    tools = [at for at, step in enumerate(job["steps"]) if "make setup" in step.get("run", "")]
    assert len(with_key) == 1 and tools[0] < with_key[0]
    assert set(re.findall(r"secrets\.(\w+)", TEXT)) == {"RELEASE_KEY"}
    assert "PRIVATE KEY" not in TEXT and "://" not in TEXT
