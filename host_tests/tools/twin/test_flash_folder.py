"""The folder that plays the flash, and what opens the twin."""

import json
import os

import pytest

from fixtures.web_server import kept
from twin.flash import Flash, FlashError


def test_flash_keeps_what_is_there(tmp_path):
    flash = Flash(tmp_path / "flash")
    flash.configure({"http": {"token": "abc", "port": 1}, "wifi": {"ssid": "x"}})
    flash.configure({"http": {"port": 2}, "mqtt": {"host": "h"}})
    assert flash.config() == {"http": {"token": "abc", "port": 2}, "wifi": {"ssid": "x"},
                              "mqtt": {"host": "h"}}
    assert os.stat(flash.config_path).st_mode & 0o077 == 0  # it holds secrets
    tree = tmp_path / "tree"
    (tree / "app" / "a").mkdir(parents=True)
    (tree / "app" / "a" / "new.mpy").write_text("new")
    (flash.root / "app" / "a").mkdir(parents=True)
    (flash.root / "app" / "a" / "old.mpy").write_text("old")
    flash.install(tree)
    assert [p.name for p in (flash.root / "app" / "a").iterdir()] == ["new.mpy"]
    assert flash.config()["wifi"] == {"ssid": "x"}
    with pytest.raises(FlashError, match="--flash"):
        Flash(tmp_path / "flash")
    flash.close()
    Flash(tmp_path / "flash").close()


def test_what_opens_the_twin_is_made_once_and_is_the_owners_password_or_none(tmp_path):
    flash = Flash(tmp_path / "flash")
    made = flash.access()
    assert flash.access() == made and len(made["token"]) == 32 and len(made["password"]) >= 10
    assert flash.access("another-token") == {**made, "token": "another-token"}
    grants = flash.config_path.with_name("grants.json")
    grants.write_text(json.dumps({"owner": kept(made["password"])}))
    assert flash.access() == {**made, "token": "another-token"}
    grants.write_text(json.dumps({"owner": kept("chosen on the page")}))
    assert flash.access()["password"] == ""
    flash.configure({"http": {"password": "set by hand"}})  # the firmware will take it over
    assert flash.access()["password"] == "set by hand"
    assert os.stat(flash.root / "access.json").st_mode & 0o077 == 0
    flash.clear()
    assert flash.config() == {} and flash.owner() is None
    assert flash.access()["token"] not in (made["token"], "another-token")
    flash.close()


def test_secrets_in_the_flash_folder_are_for_its_owner_alone(tmp_path):
    folder = tmp_path / "new" / "flash"
    Flash(folder).close()
    (folder / "data" / "config.json").write_text('{"http": {"token": "abc"}}')
    (folder / "data").chmod(0o755)  # as older versions left it
    (folder / "data" / "config.json").chmod(0o644)
    Flash(folder).close()
    for path in (folder, folder / "data", folder / "data" / "config.json"):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("text", ["{", "[]", '{"http": 1}'])
def test_flash_does_not_overwrite_a_broken_configuration(tmp_path, text):
    flash = Flash(tmp_path)
    flash.config_path.write_text(text)
    with pytest.raises(FlashError, match="Mend or remove"):
        flash.configure({"http": {"port": 1}})
    assert flash.config_path.read_text() == text
    flash.close()
