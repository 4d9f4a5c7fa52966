"""The ledger behind the decoder, on simulated meters: live registers, and those of each hour."""

import datetime

import pytest

import meter_model
from fixtures.ledger import UNIX, Rings, told, utc
from fixtures.simulated import unit
from microhan.hub.hub import Hub
from microhan.ledger.ledger import Ledger
from microhan.telegram.clock import ClockRule
from microhan.telegram.decoder import Decoder

BEGIN = utc(2026, 1, 15, 16)


@pytest.mark.slow
@pytest.mark.parametrize("name, quality", [
    ("landisgyr-p1", "measured"), ("kaifa-hdlc", "measured"), ("aidon-p1", "shaped"),
    ("kamstrup-hdlc", "shaped"), ("no-aidon-hdlc", "shaped")])
def test_hours_and_quarters_are_those_of_the_simulated_house(name, quality):
    dialect = meter_model.find(name)
    start = datetime.datetime(2026, 1, 15, 16, 40)  # normal time
    meter = meter_model.new_meter(dialect, 3, meter_model.to_ms(start))
    rings, said, now = Rings(), [], [0]
    ledger = Ledger(rings, 60, 35, lambda: hub.state.utc(), lambda: None, said.append)
    hub = Hub(lambda: now[0], lambda: 1)

    def publish(source):
        reading = source.reading(unit(name))
        hub.publish(reading, bytes, True)
        ledger.take(reading)
    parser = Decoder(publish, dialect.crc != "none", ClockRule("normal", 60))
    first = meter.ms
    counted = {}
    for n in range(1, 5 * 360 + 20):
        snapshot = meter.advance(first + 10_000 * n)
        now[0] = 10 * n
        counted[snapshot.ms // 1000 - UNIX - 3600] = meter.registers()["counts"]["1.8.0"]
        data = meter_model.write(dialect, snapshot)
        parser.feed(data, len(data))
        parser.idle()
        parser.idle()
    # Norway's Aidon sends the time once an hour only.
    assert len(said) == (name == "no-aidon-hdlc")
    hours = told(rings, "hour", BEGIN + 3600, BEGIN + 4 * 3600)
    quarters = told(rings, "quarter", BEGIN + 3600, BEGIN + 4 * 3600)
    assert {row[1] for row in hours} == {"measured"} and len(hours) == 3
    assert {row[1] for row in quarters} == {quality} and len(quarters) == 12
    for hour in hours:
        wanted = counted[hour[0] + 3600] - counted[hour[0]]
        assert abs(hour[2] - wanted) < unit(name) and wanted  # registers in 10 Wh are cut
    for n, row in enumerate(quarters):
        wanted = counted[row[0] + 900] - counted[row[0]]
        assert row[2] == wanted or quality == "shaped" and abs(row[2] - wanted) <= 2 + unit(name)
        if n % 4 == 3:
            assert sum(one[2] for one in quarters[n - 3:n + 1]) == hours[n // 4][2]
