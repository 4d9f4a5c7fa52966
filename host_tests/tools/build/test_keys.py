"""The public keys that go into a build: one or two, of the one kind that the device checks."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

import build
from build import keys
from fixtures.update_package import key, modulus
from release import keys as release_keys


def pem(public):
    return public.public_bytes(serialization.Encoding.PEM,
                               serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def given(tmp_path, monkeypatch):
    """given(text): KEYS names a file with it."""
    def put(text):
        (tmp_path / "keys.pem").write_bytes(text)
        monkeypatch.setenv("KEYS", str(tmp_path / "keys.pem"))
    monkeypatch.setattr(keys, "OURS", tmp_path / "none.pem")
    monkeypatch.delenv("KEYS", raising=False)
    return put


def test_two_keys_lie_in_the_archive_as_what_the_device_holds(given):
    given(release_keys.public(key()) + b"\n" + release_keys.public(key("other")))
    wanted = build.sources({})
    path, label = wanted[f"{build.COPY}/microhan/update/{keys.NAME}"]
    assert path.read_bytes() == modulus() + modulus("other") and not label


def test_without_a_file_there_are_none(given):
    assert keys.file() is None
    assert not [name for name in build.sources({}) if name.endswith(keys.NAME)]


def test_those_of_the_repository_are_taken_unless_others_are_named(given, monkeypatch, tmp_path):
    monkeypatch.setattr(keys, "OURS", tmp_path / "ours.pem")
    (tmp_path / "ours.pem").write_bytes(release_keys.public(key()))
    assert keys.file().read_bytes() == modulus()
    given(release_keys.public(key("other")))
    assert keys.file().read_bytes() == modulus("other")


@pytest.mark.parametrize("text, words", [
    (b"", "it has 0 public keys"),
    (b"".join(release_keys.public(key(name)) for name in ("maker", "other", "third")),
     "it has 3 public keys"),
    (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "no public key in PEM"),
    (pem(ec.generate_private_key(ec.SECP256R1()).public_key()), "must be RSA with 3072 bits"),
    (pem(rsa.generate_private_key(65537, 2048).public_key()), "must be RSA with 3072 bits"),
    (pem(key().public_key()).replace(b"PUBLIC", b"PRIVATE"), "it has 0 public keys"),
], ids=["none", "three", "no key", "elliptic", "short", "private"])
def test_another_kind_is_refused_and_the_file_named(given, text, words):
    given(text)
    with pytest.raises(build.BuildError, match=f"keys.pem: .*{words}"):
        build.build("x86", vendored={})


def test_a_file_that_is_not_there_is_named(given, monkeypatch):
    monkeypatch.setenv("KEYS", "/none/keys.pem")
    with pytest.raises(build.BuildError, match="KEYS=/none/keys.pem cannot be read"):
        build.build("x86", vendored={})
