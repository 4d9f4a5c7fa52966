"""What `make release` refuses to be made of, and what it does without."""

import stat
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from build import keys as trusted
from fixtures import needs
from fixtures.repository import ROOT
from fixtures.update_package import key
from flash import micropython_image
from release import __main__, commit, keys, make, notes

CHANGELOG = """# Changelog

## Unreleased

* soon

## 1.1.0 (2027-01-02)

* a thing
  on two lines

### More

* another

## 1.0.0

* first
"""


@pytest.fixture
def repository(tmp_path):
    """run(git's words …) in a repository with one commit."""
    def git(*words):
        return subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org",
                               *words], cwd=tmp_path, check=True, capture_output=True, text=True)

    git("init", "-q")
    (tmp_path / "file").write_text("one")
    git("add", "-A")
    git("commit", "-qm", "one")
    return tmp_path, git


def test_a_clean_commit_is_found_with_its_time(repository):
    folder, git = repository
    found = commit.find(folder, "1.0.0")
    assert found.id == git("rev-parse", "HEAD").stdout.strip() and found.seconds > 1_700_000_000


@pytest.mark.parametrize("name", ["file", "new"])
def test_files_that_differ_from_the_commit_are_named(repository, name):
    folder, _ = repository
    (folder / name).write_text("two")
    with pytest.raises(commit.NotClean, match=rf"(?s)differ from it:\n.*{name}"):
        commit.find(folder, "1.0.0")


def test_a_version_is_released_once(repository):
    folder, git = repository
    git("tag", "v1.0.0")
    assert commit.find(folder, "1.0.0").id  # the same again
    with pytest.raises(commit.NotClean, match="tagged v1.0.0, and .* says version 1.1.0"):
        commit.find(folder, "1.1.0")
    git("commit", "-qm", "two", "--allow-empty")
    with pytest.raises(commit.NotClean, match="1.0.0 is out, from another commit"):
        commit.find(folder, "1.0.0")
    assert commit.find(folder, "1.1.0").id


def test_a_folder_without_git_is_refused_in_gits_words(tmp_path):
    with pytest.raises(commit.NotClean, match="git says: "):
        commit.find(tmp_path, "1.0.0")


def test_the_notes_are_the_section_of_the_version():
    heading, text = notes.section(CHANGELOG, "1.1.0")
    assert (heading, text) == ("1.1.0", "* a thing\n  on two lines\n\n### More\n\n* another")
    assert notes.section(CHANGELOG, "1.0.0") == ("1.0.0", "* first")
    assert notes.section(CHANGELOG, "1.2.0") == ("Unreleased", "* soon")
    with pytest.raises(notes.NoNotes, match="no text under"):
        notes.section("# Changelog\n\n## Unreleased\n", "1.0.0")
    assert "Not released" not in notes.write(CHANGELOG, "1.1.0", (), ())


def written(path, key):
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM,
                                       serialization.PrivateFormat.PKCS8,
                                       serialization.NoEncryption()))
    return str(path)


def test_only_rsa_with_3072_bits_may_sign(tmp_path):
    for wrong in (rsa.generate_private_key(65537, 2048), rsa.generate_private_key(3, 3072),
                  ec.generate_private_key(ec.SECP256R1())):
        with pytest.raises(keys.KeyFault, match="not RSA with 3072 bits"):
            keys.load(written(tmp_path / "key", wrong))
    (tmp_path / "text").write_text("no key")
    with pytest.raises(keys.KeyFault, match="no private key in PEM"):
        keys.load(str(tmp_path / "text"))
    with pytest.raises(keys.KeyFault, match="cannot be read"):
        keys.load(str(tmp_path / "none"))


def test_a_key_of_openssl_signs_as_one_of_ours(tmp_path, monkeypatch):
    openssl = needs.program("openssl")
    for extra in ((), ("-aes256", "-passout", "pass:four words")):
        path = str(tmp_path / f"key{len(extra)}")
        subprocess.run([openssl, "genrsa", *extra, "-out", path, "3072"], check=True,
                       capture_output=True)
        monkeypatch.setattr(keys.getpass, "getpass", lambda words: "four words")
        theirs = keys.load(path)
        signature = keys.sign(theirs, b"text")
        assert signature == keys.sign(theirs, b"text") and len(signature) == 384
        assert keys.is_signed(theirs.public_key(), b"text", signature)
        assert not keys.is_signed(theirs.public_key(), b"test", signature)
    monkeypatch.setattr(keys.getpass, "getpass", lambda words: "wrong")
    with pytest.raises(keys.KeyFault, match="passphrase is wrong"):
        keys.load(path)


def test_make_key_writes_a_file_for_its_owner_alone_and_never_over_one(tmp_path):
    path = tmp_path / "key.pem"
    made = keys.make(str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.modulus(keys.load(str(path))) == keys.modulus(made)
    with pytest.raises(keys.KeyFault, match="cannot be written: File exists"):
        keys.make(str(path))


def test_make_key_keeps_out_of_repositories(repository):
    folder, _ = repository
    with pytest.raises(keys.KeyFault, match="in a git repository"):
        keys.make(str(folder / "key.pem"))
    told = subprocess.run(["make", "-s", "-C", ROOT, "key"], capture_output=True, text=True)
    assert told.returncode and "make key KEY=file" in told.stderr


@pytest.fixture
def released(tmp_path, key_file, monkeypatch):
    """released(arguments …): the exit status of `make release` with the key, without the work."""
    monkeypatch.setattr(make, "make", lambda *how: [])
    monkeypatch.setattr(trusted, "OURS", tmp_path / "keys.pem")
    monkeypatch.delenv("KEYS", raising=False)

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["release", "--key", str(key_file), *arguments])
        return __main__.main()
    return run


def test_the_key_must_be_one_that_the_release_trusts(released, tmp_path, capsys, monkeypatch):
    ours, other = tmp_path / "keys.pem", tmp_path / "other.pem"
    assert released() == 1  # it trusts nobody
    other.write_bytes(keys.public(key("other")))
    monkeypatch.setenv("KEYS", str(other))
    assert released() == 1
    for line, file in zip(capsys.readouterr().err.splitlines(), (ours, other), strict=True):
        assert "would take no further one that KEY signs" in line and f"not in {file}." in line
        assert "KEYS=file" in line and "LAST=1" in line
    other.write_bytes(keys.public(key("other")) + keys.public(key()))
    assert released() == 0
    monkeypatch.delenv("KEYS")
    ours.write_bytes(keys.public(key()))
    assert released() == 0


def test_a_key_that_signs_for_the_last_time_need_not_be_trusted(released, tmp_path):
    assert released("--last") == 1  # but then another one must be
    (tmp_path / "keys.pem").write_bytes(keys.public(key("other")))
    assert released("--last") == 0


def test_a_damaged_file_of_keys_is_told_in_words(released, monkeypatch, capsys):
    monkeypatch.setenv("KEYS", "/none/keys.pem")
    assert released() == 1
    assert capsys.readouterr().err == (
        "release: KEYS=/none/keys.pem cannot be read: No such file or directory\n")


def test_no_private_key_is_in_the_repository():
    found = subprocess.run(["git", "grep", "-lE", "BEGIN [A-Z ]*PRIVATE" + " KEY"], cwd=ROOT,
                           capture_output=True, text=True)
    assert found.returncode in (0, 1) and not found.stdout


@pytest.mark.slow
def test_without_a_key_and_images_it_says_what_is_missing_and_makes_the_rest(
        tmp_path, monkeypatch):
    def nothing(board, path=None, say=print):
        raise micropython_image.StockError("MicroPython could not be downloaded")

    monkeypatch.setattr(micropython_image, "load", nothing)
    monkeypatch.setattr(commit, "find", lambda root, version: commit.Commit("0" * 40, 10**9))
    said = []
    rows = make.make(tmp_path, say=said.append)
    missing = {row.name.removeprefix("missing: ") for row in rows if not row.ok}
    assert {"microhan-0.1.0-xtensawin.pack", "microhan-0.1.0-esp32-4mb.bin", "SHA256SUMS.sig",
            "microhan-0.1.0-esp32c3-8mb.bin"} <= missing
    assert {row.limit for row in rows if not row.ok} == {0}
    there = {path.name for path in tmp_path.iterdir()}
    assert {"microhan-0.1.0-xtensawin.unsigned", "microhan-0.1.0-rv32imc.unsigned",
            "microhan-0.1.0-site.zip", "SHA256SUMS", "RELEASE.md", "report.json"} <= there
    assert not [name for name in there if name.endswith((".pack", ".sig", ".pem", ".bin"))]
    assert any("FIRMWARE=" in line for line in said) and any("KEY=" in line for line in said)
