"""The file that says which copy runs: its states, and what is left between two steps."""

import pytest

from microhan.update import choice


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "app").mkdir()
    return str(tmp_path / "app")


def put(folder, line):
    with open(folder + "/choice", "wb") as file:
        file.write(line)


def line(folder):
    with open(folder + "/choice", "rb") as file:
        return file.read()


@pytest.mark.parametrize("said, means", [
    (b"1 a", ("a", "")), (b"1 b", ("b", "")),
    (b"1 a bv", ("a", "wanted")), (b"1 a bo silent", ("a", "wanted")),
    (b"1 b av", ("b", "wanted")), (b"1 a bx", ("a", "wanted")), (b"1 a bq", ("a", "wanted")),
    (b"1 a b0", ("a", "trial")), (b"1 a b3 silent", ("a", "trial")),
    (b"1 b a2", ("b", "trial")),
    (b"1 a !", ("a", "back")), (b"1 b !", ("b", "back")),
])
def test_each_line_has_its_meaning(folder, said, means):
    put(folder, said)
    assert choice.read(folder) == means


@pytest.mark.parametrize("said", [
    b"", b"1", b"1 c", b"2 b", b"\xff\xfe\xfd", b"\x00" * 8, b"a", b"1a", b"b b av"])
def test_a_damaged_one_is_as_none(folder, said):
    assert choice.read(folder) == ("a", "")
    put(folder, said)
    assert choice.read(folder) == ("a", "")


@pytest.mark.parametrize("said", [b"1 a av", b"1 a b4", b"1 a b", b"1 a bz", b"1 a ?", b"1 b b0"])
def test_what_the_other_slot_cannot_be_is_nothing(folder, said):
    put(folder, said)
    assert choice.read(folder) == (said[2:3].decode(), "")


def test_an_update_that_is_kept(folder):
    choice.want(folder, False)
    assert line(folder) == b"1 a bv" and not choice.is_older_allowed(folder)
    choice.begin(folder)
    assert line(folder) == b"1 a b0" and choice.read(folder) == ("a", "trial")
    choice.keep(folder)
    assert line(folder) == b"1 b" and choice.read(folder) == ("b", "")
    choice.want(folder, True)
    assert line(folder) == b"1 b ao" and choice.is_older_allowed(folder)


@pytest.mark.parametrize("older", [False, True])
def test_a_check_that_never_ends_is_begun_twice_at_most(folder, older):
    choice.want(folder, older, "silent")
    assert [choice.attempt(folder) for _ in range(4)] == [True, True, False, False]
    assert choice.read(folder) == ("a", "wanted") and choice.is_older_allowed(folder) is older
    choice.begin(folder)
    assert line(folder) == b"1 a b0 silent"


def test_the_diagnosis_is_handed_over(folder):
    choice.want(folder, True, "silent")
    assert line(folder) == b"1 a bo silent" and choice.diagnosis(folder) == "silent"
    choice.begin(folder)
    assert line(folder) == b"1 a b0 silent" and choice.diagnosis(folder) == "silent"
    choice.keep(folder)
    assert choice.diagnosis(folder) == ""


def test_why_one_came_back_is_told_until_the_next(folder):
    assert choice.told(folder) == ""
    choice.want(folder, False)
    choice.back(folder, "signature", "nobody signed it")
    assert line(folder) == b"1 a !" and choice.read(folder) == ("a", "back")
    assert choice.told(folder) == "signature nobody signed it"
    choice.want(folder, False)
    assert choice.told(folder) == ""


def test_a_reason_noted_on_trial_is_told_once_it_is_back(folder):
    put(folder, b"1 a b1")
    choice.note(folder, "wifi", "it had no Wi-Fi for ten minutes")
    assert choice.told(folder) == ""
    put(folder, b"1 a !")  # by launch.py
    assert choice.told(folder) == "wifi it had no Wi-Fi for ten minutes"


def test_launch_gives_up_without_a_reason(folder):
    put(folder, b"1 a !")
    assert choice.told(folder).partition(" ")[0] == "starts"


def test_one_that_is_kept_has_no_reason_left(folder, tmp_path):
    put(folder, b"1 a b1")
    choice.note(folder, "wifi", "it had no Wi-Fi for ten minutes")
    choice.keep(folder)
    assert choice.told(folder) == "" and not (tmp_path / "data" / "update").exists()


def test_a_full_flash_does_not_keep_a_reason_but_goes_back(folder, monkeypatch):
    put(folder, b"1 a b1")
    write = choice._write

    def full(path, data):
        if path.endswith("/update"):
            raise OSError(28)
        write(path, data)
    monkeypatch.setattr(choice, "_write", full)
    choice.back(folder, "memory", "too little")
    assert choice.read(folder) == ("a", "back")
