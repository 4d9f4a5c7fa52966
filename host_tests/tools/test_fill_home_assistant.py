"""tools/fill_home_assistant.py: which hours of a gap are written, and as what."""

import json
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

import fill_home_assistant
from fill_home_assistant import closed

HOUR = 3600


def known(*hours):
    """{start: (state, sum)} of (hour, state); the sum began at 100."""
    return {n * HOUR: (Decimal(state), Decimal(state) - 100) for n, state in hours}


def taken(**hours):
    """{start: what it took} of h3="1.5"."""
    return {int(name[1:]) * HOUR: took if took is None else Decimal(took)
            for name, took in hours.items()}


def test_a_gap_of_three_hours_is_closed_from_the_hour_before_it():
    before = known((0, "100"), (1, "101"), (5, "108.5"))
    got = closed(before, taken(h1="1", h2="1.5", h3="2", h4="3.001", h5="0.999"))
    assert got == known((2, "102.5"), (3, "104.5"), (4, "107.501"))


def test_what_is_there_is_never_written():
    assert closed(known((0, "100"), (1, "101")), taken(h0="1", h1="7")) == {}
    assert closed({}, taken(h0="1")) == {}


def test_an_hour_of_which_nothing_is_known_is_in_the_next_one():
    got = closed(known((0, "100"), (4, "110")), taken(h1=None, h2="4", h3="1"))
    assert got == known((2, "104"), (3, "105"))


@pytest.mark.parametrize("hours", [
    taken(h1="1", h3="1"),  # the ledger has no second hour
    taken(h1="1", h2="5", h3="9")])  # more than was counted over the gap: another meter
def test_a_gap_that_cannot_be_right_stays(hours):
    assert closed(known((0, "100"), (4, "110")), hours) == {}


def test_each_gap_is_judged_alone():
    got = closed(known((0, "100"), (2, "103"), (5, "106")), taken(h1="2", h3="1"))
    assert got == known((1, "102"))


def test_a_year_is_asked_in_parts_that_the_dongle_answers(monkeypatch):
    parts = []

    def get(url, params, headers, timeout):
        begin, end = (int(datetime.fromisoformat(params[one] + "T00:00+01:00").timestamp())
                      for one in ("from", "to"))
        parts.append((begin, end))
        columns = ["time", *fill_home_assistant.KEYS]
        rows = [[start, 0.25, None, None, None] for start in range(begin, end, HOUR)]
        return SimpleNamespace(text=json.dumps({"columns": columns, "rows": rows}),
                               raise_for_status=lambda: None)

    monkeypatch.setattr(fill_home_assistant.requests, "get", get)
    first, last = 1_768_431_600, 1_768_431_600 + 365 * 24 * HOUR
    told = fill_home_assistant.history("http://dongle", "token", first, last)
    assert max(end - begin for begin, end in parts) <= 400 * HOUR
    hours = told["active_energy_import_kwh"]
    assert [hours[start] for start in range(first, last + 1, HOUR)] == [Decimal("0.25")] * 8761
