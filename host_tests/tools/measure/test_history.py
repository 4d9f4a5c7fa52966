"""The bench's figures of history and backlog are taken of the right thing."""

import pytest

from fixtures import needs
from measure import history
from microhan.web import routes


@pytest.fixture(scope="module")
def told():
    needs.micropython()
    return history.figures(1, 90)


def test_answers_have_their_rows(told):
    for state in "a week", "10 years":
        rows = {what: found[1] for what, found in told["asked"][state].items()}
        assert rows["a day of quarters"] == 96 and rows["7 days of hours"] == 168
        assert rows["a month of days"] == 26 and rows["a year of months"] == 11
    assert told["asked"]["none"]["a day of quarters"][1] == 0
    assert not told["said"]  # the ledger found nothing odd in what it was given


def test_a_query_takes_no_more_than_is_asked_for_before_it(told):
    for state, found in told["asked"].items():
        for what, (size, *_) in found.items():
            assert 4000 < size < routes._STREAMED, (state, what)


def test_what_is_written_takes_no_more_than_its_limit(told):
    for state in told["closed"].values():
        assert max(size for size, _ in state.values()) <= history._WRITING


def test_the_backlog_hands_out_all_that_it_kept_to_both_outputs(told):
    found = told["outage"]
    assert found["count"] == 90 and found["replayed"] == 180
    assert 5 < found["file_bytes"] / 90 <= history._A_READING


def test_what_is_always_in_memory_keeps_to_its_limit(told):
    assert told["objects"] > 500 and told["code"] > 1000  # it was there to be counted
    assert told["objects"] + told["code"] <= history._AT_REST


def test_each_row_has_a_name_of_its_own(told, monkeypatch):
    monkeypatch.setattr(history, "figures", lambda rounds, readings: told)
    names = [row.name for row in history.rows(True, lambda text: None)]
    assert len(set(names)) == len(names) > 30
