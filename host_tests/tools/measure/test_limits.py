"""Rows with limits: what is ok, the file, the lines, the exit status."""

import json

from measure import limits


def test_a_row_is_ok_within_its_limit_only():
    assert limits.at_most("a", 5, 5).ok and not limits.at_most("a", 6, 5).ok
    assert limits.at_least("a", 5, 5).ok and not limits.at_least("a", 4, 5).ok
    assert not limits.at_most("a", None, 5).ok
    assert limits.told("a", 7) == ("a", 7, None, True)


def test_the_file_has_the_four_keys_and_a_limit_that_is_missed_ends_with_1(tmp_path, capsys):
    path = tmp_path / "build" / "a.json"
    assert limits.conclude(path, [limits.told("b", 1), limits.at_most("a", 6, 5)]) == 1
    assert json.loads(path.read_text()) == [
        {"name": "b", "value": 1, "limit": None, "ok": True},
        {"name": "a", "value": 6, "limit": 5, "ok": False}]
    assert capsys.readouterr().out.endswith("NOT OK\n")
    assert limits.conclude(path, [limits.told("b", 1)]) == 0


def test_the_table_says_what_is_not_ok():
    lines = limits.table([limits.at_most("a", 6, 5), limits.at_least("long name", None, 1)])
    assert "NOT OK" in lines[0] and "–" in lines[1]
