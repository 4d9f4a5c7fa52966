"""An update on the twin: from one version to the next and back, with the program as it is built.
"""

import contextlib
import json

import pytest

import build
from fixtures import next_version as next_version_of
from fixtures.fakes_outputs import make_certificates
from fixtures.next_version import NEXT, hurry, install, next_version
from fixtures.package_server import Server, part
from fixtures.twin_options import options_of
from fixtures.twin_owner import TwinOwner
from fixtures.web_server import wait_until
from microhan import VERSION
from twin.twin import Twin


@pytest.fixture(scope="module")
def files():
    return next_version_of.files()


class House:
    def __init__(self, twin, files):
        self.twin = twin
        twin.start()
        self.app = twin.flash.root / "app"
        install(twin, files)

    def restart(self, cause="power on"):
        self.twin.firmware.restart(cause)

    def version(self):
        """Of what answers; None while nothing does."""
        self.twin.firmware.check()
        with contextlib.suppress(OSError, TypeError):
            return self.status()["version"]
        return None

    def status(self):
        return self.twin.client.get("/status.json")[1]

    def choice(self):
        self.twin.firmware.check()  # which starts it again where it asked for that
        choice = self.app / "choice"
        return choice.read_bytes() if choice.exists() else b""

    def want(self, content):
        wait_until(lambda: self.version() == VERSION)
        (self.app / "b.part").write_bytes(content)
        (self.app / "choice").write_bytes(b"1 a bv")
        self.restart()


@pytest.fixture
def house(files, tmp_path):
    with Twin(options_of(tmp_path, "i386", mqtt=None)) as twin:
        yield House(twin, files)


def test_the_next_version_is_verified_runs_and_comes_to_stay(house, files):
    content = next_version(files, hurry)
    assert content != next_version(files)
    house.want(content)
    wait_until(lambda: house.version() == NEXT)
    assert house.choice() == b"1 a b1" and (house.app / "b.pack").read_bytes() == content
    house.twin.wait_for_reading(60)
    wait_until(lambda: house.choice() == b"1 b")
    assert not (house.app / "b.part").exists()
    house.restart()
    wait_until(lambda: house.version() == NEXT)
    assert house.status()["warnings"] == []


def test_one_is_fetched_by_tls_while_the_meter_is_read_and_installed_by_the_owner(
        files, tmp_path):
    certificates = make_certificates(tmp_path)
    content = next_version(files)
    shop = Server(certificates, content, lambda server, one, first, last, n: part(
        server, one, first, last, stop=100_000 if n == 1 else None))
    with Twin(options_of(tmp_path, "i386", mqtt=None)) as twin:
        (tmp_path / "flash/data").mkdir(parents=True)
        (tmp_path / "flash/data/config.json").write_text(json.dumps({"update": {
            "url": f"https://localhost:{shop.port}/new.pack",
            "ca": (certificates / "ca.pem").read_text()}}))
        house = House(twin, files)
        twin.wait_for_reading(60)
        owner = TwinOwner(twin)
        owner.ask("POST", "/update/fetch", {})
        wait_until(lambda: not owner.ask("GET", "/update.json")["fetch"]["busy"])
        told = owner.ask("GET", "/update.json")
        assert told["fetch"]["error"] == ""
        assert (told["state"], told["version"]) == ("ready", NEXT)
        assert shop.asked == [0, 100_000]
        assert (house.app / "b.part").read_bytes() == content
        assert house.choice() == b"" and house.version() == VERSION
        owner.ask("POST", "/install", {})
        wait_until(lambda: house.version() == NEXT)
    shop.close()


def test_after_three_starts_that_prove_nothing_the_old_one_is_back_and_says_so(house, files):
    house.want(next_version(files))
    for starts in (b"1", b"2", b"3"):
        wait_until(lambda: house.version() == NEXT)
        assert house.choice() == b"1 a b" + starts
        house.restart()
    wait_until(lambda: house.version() == VERSION)
    assert house.choice() == b"1 a !"
    assert "it did not start, or was restarted three times" in str(house.status()["warnings"])
    house.restart()
    wait_until(lambda: house.version() == VERSION)


def with_app(files, code):
    """The next version, with this in the place of app.py."""
    called = {there: here for here, there in build.places(build.APP / "x86").items()}
    compiled = build.compile_one(code, "app.py", "x86")
    return next_version(
        files, lambda name, one: compiled if name == called["app"] + ".mpy" else one)


def test_one_module_that_does_not_load_brings_the_old_one_back(house, files):
    house.want(with_app(files, b"raise SyntaxError('wrong')"))
    wait_until(lambda: house.choice() == b"1 a b1")
    for _ in range(3):
        wait_until(lambda: house.twin.firmware.check() is not None)
        house.restart("reset")
    wait_until(lambda: house.version() == VERSION)
    assert house.choice() == b"1 a !"


# While it is loaded; and once the loop runs, which it does not let go of
@pytest.mark.parametrize("code", [b"while True:\n    pass\n", b"""
import asyncio
async def hang():
    await asyncio.sleep_ms(300)
    print("it hangs now")
    while True:
        pass
def __getattr__(name):
    return lambda *about: hang()
"""], ids=["import", "loop"])
def test_one_that_hangs_is_restarted_three_times_and_the_old_one_says_why(house, files, code):
    house.want(with_app(files, code))
    wait_until(lambda: house.choice() == b"1 a b1")
    assert not house.version()
    house.twin.firmware.hung_s = 6  # instead of a minute
    seen = [house.choice()]

    def is_back():
        if house.choice() != seen[-1]:
            seen.append(house.choice())
        return house.version() == VERSION

    wait_until(is_back, 90)
    assert seen == [b"1 a b1", b"1 a b2", b"1 a b3", b"1 a !"]
    house.twin.firmware.hung_s = 60
    told = house.status()
    assert "it did not start, or was restarted three times" in str(told["warnings"])
    assert told["crash"]["error"] == "watchdog"
    log = house.twin.log.read_text()
    assert log.count("twin: watchdog: it hangs") == 3
    assert log.count("it hangs now") == (3 if b"it hangs now" in code else 0)


def test_one_that_nobody_signed_never_runs(house, files):
    content = bytearray(next_version(files))
    content[5000] ^= 1
    house.want(bytes(content))
    wait_until(lambda: house.choice() == b"1 a !")
    wait_until(lambda: house.version() == VERSION)
    assert house.status()["warnings"] == [
        "update: it was not installed: a byte of it is wrong: load it again"]
    # the word is the reader's own: as it is built its file is loaded anew by each import
    assert (house.twin.flash.root / "data" / "update").read_bytes().startswith(b"damaged ")
    assert not list(house.app.glob("b.*"))
