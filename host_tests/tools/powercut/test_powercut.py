"""The power-cut rig: a short run of it, and that it sees what it is there to see."""

import shutil

import pytest

import powercut.__main__ as powercut
from fixtures import needs
from fixtures.repository import ROOT


@pytest.fixture(autouse=True)
def machine():
    needs.micropython("i386", "12m")


def missed(rows):
    return [row for row in rows if not row.ok]


@pytest.mark.parametrize("torn", powercut.TORN)
def test_a_cut_at_any_write_costs_what_is_documented_and_no_more(torn):
    rows = powercut.cuts(3, 9, (torn,), 1)
    assert not missed(rows)
    assert next(row.value for row in rows if row.name == "power cuts: cuts") >= 20


@pytest.mark.parametrize("torn", powercut.TORN)
def test_a_cut_at_any_write_of_a_restore_leaves_old_or_new_whole_and_says_which(torn):
    rows = {row.name: row for row in powercut.restores(3, (torn,), 1)}
    assert not missed(rows.values())
    assert rows["a restore: cuts"].value > 100
    assert rows["a restore: ended old"].value and rows["a restore: ended new"].value


@pytest.mark.parametrize("torn", powercut.TORN)
def test_a_cut_at_any_write_of_an_install_costs_no_device(torn):
    rows = {row.name: row for row in powercut.installs(7, (torn,), 1)}
    assert not missed(rows.values())
    assert rows["an install: devices lost"].limit == 0
    assert rows["an install: cuts"].value > 60
    assert rows["an install: ended old"].value and rows["an install: ended new"].value


@pytest.mark.parametrize(("right", "wrong"), [
    ("            problem = _problem_of(name, is_older_allowed(folder))\n",
     "            problem = ()\n"),
    ('                    rename(name, path + "pack")\n',
     '                    __import__("os").remove(folder + "/a.pack")\n'
     '                    rename(name, path + "pack")\n'),
], ids=["unsigned", "the old one first"])
def test_the_rig_sees_an_install_that_can_lose_a_device(tmp_path, monkeypatch, right, wrong):
    shutil.copytree(ROOT / "firmware", tmp_path / "firmware")
    shutil.copytree(ROOT / "host_tests/fixtures/vm", tmp_path / "host_tests/fixtures/vm")
    source = tmp_path / "firmware/microhan/update/install.py"
    text = source.read_text()
    assert right in text
    source.write_text(text.replace(right, wrong))
    monkeypatch.setattr(powercut, "ROOT", tmp_path)
    try:
        assert "devices lost" in str(missed(powercut.installs(3, (2,), 1)))
    except RuntimeError as error:  # it goes wrong without a cut already
        assert "Lost" in str(error) or "AssertionError" in str(error)


def test_flash_wears_and_fills_as_documented():
    rows = powercut.wear(500, 1000)
    assert not missed(rows)


def test_the_rig_sees_a_restore_that_is_half_done(tmp_path, monkeypatch):
    (tmp_path / "tools").mkdir()
    shutil.copytree(ROOT / "firmware" / "microhan", tmp_path / "firmware" / "microhan")
    shutil.copytree(ROOT / "host_tests/fixtures/vm", tmp_path / "host_tests/fixtures/vm")
    source = tmp_path / "firmware/microhan/config/backup.py"
    text = source.read_text()
    right = """    write(folder + _NOTE, b"1%d%s" % (int(on_trial), data))
"""
    assert right in text
    wrong = """    write(folder + "/config.json", data)
"""
    source.write_text(text.replace(right, wrong + right))
    monkeypatch.setattr(powercut, "ROOT", tmp_path)
    assert "neither old nor new" in str(missed(powercut.restores(1, (2,), 1)))


@pytest.mark.parametrize(("file", "right", "wrong", "what"), [
    ("files.py", 'os.rename(path + _TEMPORARY, path)',
     'os.remove(path) if path.endswith("json") and read(path) else None\n'
     '    os.rename(path + _TEMPORARY, path)', "configurations lost"),
    ("ring.py", 'file.write(out)',
     'file.write(out) if time % 6300 else None', "closed records lost"),
    ("drain.py", "            _write_cursors(kept)", "            pass", "out of order"),
    ("kept.py", "_OLDEST_S = const(290)", "_OLDEST_S = const(600)", "more than five minutes lost"),
    ("sequence.py", "self.boot = 1 + (boot or", "self.boot = 7 + 0 * (boot or",
     "identities that came twice"),
], ids=["settings", "records", "cursors", "minutes", "identity"])
def test_the_rig_sees_what_is_wrong(tmp_path, monkeypatch, file, right, wrong, what):
    (tmp_path / "tools").mkdir()
    shutil.copytree(ROOT / "firmware" / "microhan", tmp_path / "firmware" / "microhan")
    shutil.copytree(ROOT / "host_tests/fixtures/vm", tmp_path / "host_tests/fixtures/vm")
    source = tmp_path / "firmware/microhan/store" / file
    text = source.read_text()
    assert right in text
    source.write_text(text.replace(right, wrong))
    monkeypatch.setattr(powercut, "ROOT", tmp_path)
    try:
        seen = str(missed(powercut.cuts(2, 1, (2,), 1)))
    except RuntimeError as error:
        seen = str(error)
    assert what in seen
