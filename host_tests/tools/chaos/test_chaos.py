"""The chaos run's short form, and that the checker sees what is wrong with what was recorded."""

import copy

import pytest

import chaos.__main__ as chaos
from chaos import checker
from chaos.record import MQTT, PUSH, Arrival, key_of
from fixtures import needs

OUTPUTS = (MQTT, PUSH)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    needs.program("mosquitto")
    needs.micropython("i386", "140k")
    return chaos.play(tmp_path_factory.mktemp("chaos"), 1, 2, True)


@pytest.fixture
def record(played):
    return copy.deepcopy(played)


def missed(record):
    return {row.name for row in checker.report(record)[0] if not row.ok}


def test_nothing_is_lost_altered_or_repeated_beyond_what_is_allowed(played):
    rows, problems = checker.report(played)
    assert not [row for row in rows if not row.ok] and not problems
    told = {row.name: row.value for row in rows}
    assert told["power cuts"] == told["orderly restarts"] == 1
    for name in OUTPUTS:
        assert told[f"{name}: delivered"] > 60
    assert told["mqtt: delivered late"] > 0


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_message_that_is_dropped_is_seen(record, name):
    arrived = record.arrived[name]
    # Of the last start: a power cut explains nothing there.
    gone = key_of(arrived[-5].body)[0]
    record.arrived[name] = [one for one in arrived if key_of(one.body)[0] != gone]
    assert f"{name}: lost" in missed(record)


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_value_that_is_altered_is_seen(record, name):
    one = record.arrived[name][10]
    at = one.body.index(b'"active_energy_import_kwh":') + 30
    digit = b"0" if one.body[at:at + 1] != b"0" else b"1"
    one.body = one.body[:at] + digit + one.body[at + 1:]
    assert f"{name}: altered" in missed(record)


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_repeat_without_an_interruption_is_seen(record, name):
    last = record.arrived[name][-1]
    record.breaks[name] = [at for at in record.breaks[name] if at < last.at - 5]
    record.arrived[name].append(Arrival(last.at + 0.1, last.body, last.kind))
    assert missed(record) == {f"{name}: repeats without an interruption"}


@pytest.mark.parametrize("name", OUTPUTS)
def test_more_than_a_batch_of_repeats_is_seen(record, name):
    last = record.arrived[name][-1]
    record.breaks[name] = [at for at in record.breaks[name] if at < last.at] + [last.at + 0.1]
    record.arrived[name] += [Arrival(last.at + 0.2, last.body, last.kind)] * (checker.BATCH + 1)
    assert missed(record) == {f"{name}: most repeats for one interruption"}


def test_a_loss_of_what_was_made_right_before_a_restart_is_seen(record):
    start = next(one for one in record.starts if one.cause == "restart")
    boots = sorted({key_of(one.body)[0][0] for one in record.arrived[MQTT]})
    boot = boots[record.starts.index(start)]
    gone = max(key_of(one.body)[0] for name in OUTPUTS for one in record.arrived[name]
               if key_of(one.body)[0][0] == boot)
    for name in OUTPUTS:
        record.arrived[name] = [one for one in record.arrived[name]
                                if key_of(one.body)[0] != gone]
    assert {"mqtt: lost", "push: lost"} <= missed(record)
