"""What the checker says of runs that are made up: what is allowed, and what is not."""

import json

import pytest

import meter_model
from chaos import checker, plan
from chaos.record import (
    CLEAN,
    MQTT,
    PUSH,
    Arrival,
    Fault,
    Record,
    Start,
    Telegram,
    content_of,
    key_of,
)

DIALECT = meter_model.find("kamstrup-p1")
NEVER = float("inf")


def body_of(identity, content):
    """The JSON that the firmware would send."""
    told = {"boot": identity[0], "seq": identity[1]}
    for key, value in content:
        if key.endswith(("_kwh", "_kvarh", "_v", "_a")):
            value = value / 1000
        told[key] = value + "+01:00" if key == "time" else value
    return json.dumps(told).encode()


class Played:
    """A run that is made up: a telegram each second, and each Reading arrives at once."""

    def __init__(self):
        self.record = Record(begin=0.0, starts=[Start(0.0)], left={MQTT: 0, PUSH: 0})
        self.meter = meter_model.new_meter(DIALECT, 1, 1_768_500_000_000)
        self.now = 0.0
        self.boot, self.seq = 7, 1
        self.away = set()  # outputs

    def second(self, state=CLEAN, made=True):
        """A telegram; returns (identity, body)."""
        content = content_of(DIALECT, self.meter.advance(self.meter.ms + 1000))
        self.record.telegrams.append(Telegram(self.now, self.now + 1, content, state))
        identity = self.boot, self.seq
        body = body_of(identity, content)
        if made:
            self.seq += 1
            for output in (MQTT, PUSH):
                if output not in self.away:
                    self.arrive(output, body, "reading" if output == MQTT else "", 0.5)
        self.now += 1
        return body

    def arrive(self, output, body, kind="", after=0.0):
        self.record.arrived[output].append(Arrival(self.now + after, body, kind))

    def end(self, cause, seq=None):
        """The device's life ends, and the next one begins."""
        self.record.starts[-1].end = self.now
        self.record.starts[-1].cause = cause
        self.record.starts.append(Start(self.now))
        self.boot += 1
        self.seq = seq or self.seq

    def missed(self):
        """The names of the rows that are not ok."""
        self.record.end = self.record.starts[-1].end = self.now
        return {row.name for row in self.rows() if not row.ok}

    def rows(self):
        self.record.end = self.record.starts[-1].end = self.now
        return checker.report(self.record)[0]

    def value(self, name):
        return next(row.value for row in self.rows() if row.name == name)


@pytest.fixture
def played():
    run = Played()
    for _ in range(20):
        run.second()
    return run


def test_what_arrives_as_it_was_sent_is_well(played):
    assert not played.missed()
    assert played.value("mqtt: delivered") == played.value("push: delivered") == 20


def test_a_reading_is_compared_in_all_that_it_says(played):
    content = played.record.telegrams[0].content
    assert len(content) == 26 + 1  # 26 values and the time
    assert key_of(body_of((7, 1), content)) == ((7, 1), content)
    for key, value in content:
        other = value[:-1] + "x" if key == "time" else value + 1
        changed = tuple(sorted(({**dict(content), key: other}).items()))
        arrived = played.record.arrived[MQTT]
        kept, arrived[0] = arrived[0], Arrival(0.5, body_of((7, 1), changed), "reading")
        assert {"mqtt: altered", "mqtt: lost"} <= played.missed(), key
        arrived[0] = kept


def test_a_gap_is_a_loss_and_what_comes_late_is_none(played):
    played.away = {MQTT}
    bodies = [played.second() for _ in range(30)]
    played.away = set()
    played.second()
    assert played.missed() == {"mqtt: lost"} and played.value("mqtt: lost") == 30
    for body in bodies:
        played.arrive(MQTT, body, "backlog")
    assert not played.missed() and played.value("mqtt: delivered late") == 30


def test_a_reading_that_nobody_has_is_missed_too(played):
    played.away = {MQTT, PUSH}
    played.second()
    played.away = set()
    played.second()
    assert played.missed() == {"mqtt: lost", "push: lost"}


def test_telegrams_that_became_no_reading_are_missed(played):
    played.second(made=False)
    played.second()
    assert played.missed() == {"telegrams without a reading"}


def test_of_telegrams_that_say_the_same_the_whole_one_was_read(played):
    played.second("spoiled", made=False)
    played.second()
    spoiled, whole = played.record.telegrams[-2:]
    spoiled.content = whole.content
    played.second()
    assert not played.missed()


def test_spoiled_telegrams_are_no_readings(played):
    played.second("spoiled", made=False)
    played.second("never", made=False)
    played.second()
    assert not played.missed()


@pytest.mark.parametrize("seconds", [299, 330])
def test_a_power_cut_may_cost_five_minutes(played, seconds):
    played.away = {PUSH}
    for _ in range(seconds):
        played.second()
    played.away = set()
    played.end("cut", seq=1)
    for _ in range(5):
        played.second()
    assert played.value("push: lost to power cuts") == min(seconds, 302)  # with the slack
    assert played.missed() == ({"push: lost"} if seconds > 302 else set())


@pytest.mark.parametrize("seconds", [200, 400])
def test_a_start_of_which_nobody_has_a_reading_may_have_lasted_five_minutes(played, seconds):
    played.end("cut", seq=1)
    played.away = {MQTT, PUSH}
    for _ in range(seconds):
        played.second()
    played.away = set()
    played.end("cut", seq=1)
    played.second()
    assert played.missed() == ({"telegrams without a reading"} if seconds > 300 else set())


def test_what_the_start_after_a_cut_made_must_arrive_from_the_first_on(played):
    played.end("cut", seq=1)
    played.away = {MQTT, PUSH}
    played.second()
    played.away = set()
    played.second()
    assert {"mqtt: lost", "push: lost"} <= played.missed()


def test_an_orderly_restart_costs_nothing(played):
    played.end("restart")
    played.second()
    assert not played.missed()
    played.away = {MQTT, PUSH}
    played.second()
    played.end("restart")
    played.away = set()
    played.second()
    assert {"mqtt: lost", "push: lost"} <= played.missed()


def test_repeats_need_an_interruption_and_are_one_batch_at_most(played):
    body = played.record.arrived[PUSH][-1].body
    played.arrive(PUSH, body)
    assert played.missed() == {"push: repeats without an interruption"}
    played.record.breaks[PUSH].append(played.now)
    assert not played.missed() and played.value("push: repeated") == 1
    for _ in range(checker.BATCH):
        played.arrive(PUSH, body, after=1.0)
    assert played.missed() == {"push: most repeats for one interruption"}


def test_a_repeat_is_byte_equal(played):
    played.record.breaks[MQTT].append(played.now)
    body = played.record.arrived[MQTT][-1].body
    played.arrive(MQTT, body.replace(b"{", b'{"meter_id": "1", ', 1), "backlog")
    assert "mqtt: altered" in played.missed()
    played.record.arrived[MQTT].pop()
    played.arrive(MQTT, body.replace(b'"time"', b'"identification": "x", "time"'), "backlog")
    assert played.missed() == {"mqtt: repeats that differ"}


def test_what_the_target_refuses_for_good_is_not_lost(played):
    played.away = {PUSH}
    played.record.refused.append(played.second())
    played.away = set()
    played.second()
    assert not played.missed() and played.value("push: refused for good by the target") == 1


def fault(played, kind, seconds, of=(MQTT,), recovered=None):
    one = Fault(kind, of, played.now, played.now + seconds, recovered)
    played.record.faults.append(one)
    played.record.breaks[MQTT] += [one.begin, one.end]
    return one


def test_recovery_is_from_the_end_of_the_fault_to_the_next_reading(played):
    fault(played, "broker: absent", 10)
    played.away = {MQTT}
    bodies = [played.second() for _ in range(15)]
    played.away = set()
    for body in bodies:
        played.arrive(MQTT, body, "backlog")
    played.second()
    assert not played.missed()
    assert played.value("recovery, broker: absent: most s") == 5.0


def test_a_fault_that_lasts_longer_than_the_other_is_what_counts(played):
    fault(played, "broker: absent", 10)
    fault(played, "meter: unplugged", 14, ("line",))
    for _ in range(16):
        played.second("never", made=False)
    played.second()
    assert not played.missed()
    assert played.value("recovery, broker: absent with others: most s") == 0.5
    assert played.value("recovery, meter: unplugged with others: most s") == 2.5


def test_an_output_that_does_not_come_back_in_time_is_missed(played):
    fault(played, "broker: absent", 1)
    played.away = {MQTT}
    bodies = [played.second() for _ in range(int(plan.ALL["broker: absent"].limit) + 3)]
    for body in bodies:
        played.arrive(MQTT, body, "backlog")
    assert played.missed() == {"recovery, broker: absent: most s"}


def test_an_output_that_is_held_up_by_http_clients_is_missed(played):
    name = "mqtt: most s to arrive beside bad HTTP clients"
    fault(played, "HTTP clients: flood", 10, ("clients",), recovered=30.0)
    played.second()
    assert not played.missed()
    played.away = {MQTT}
    body = played.second()
    played.away = set()
    for _ in range(8):
        played.second()
    played.arrive(MQTT, body, "reading")
    assert played.missed() == {name}


def test_restarts_deaths_and_tracebacks_are_missed(played):
    record = played.record
    record.unasked, record.deaths, record.tracebacks, record.told_lost = ["a restart"], 1, 1, 1
    assert played.missed() == {
        "restarts that nobody asked for", "deaths of tasks", "tracebacks on the console",
        "readings that the backlog itself counts as lost"}


def test_every_fault_has_a_limit_and_its_turn():
    for name, kinds in plan.LANES.items():
        lane = plan.lane(name, 3, False)  # its meter has no clock: time servers fail, too
        seen = [next(lane)[0].name for _ in range(len(kinds))]
        assert sorted(seen) == sorted(kind.name for kind in kinds)
    assert seen != [next(plan.lane("all", 2, False))[0].name for _ in seen]
    again = plan.lane(MQTT, 5, False), plan.lane(MQTT, 5, False)
    assert [next(again[0]) for _ in range(20)] == [next(again[1]) for _ in range(20)]
    assert {one for rows in plan.QUICK.values() for one, _ in rows} <= set(plan.ALL)
