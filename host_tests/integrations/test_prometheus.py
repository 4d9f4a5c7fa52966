"""A real Prometheus scrapes the twin, and its query API says what the Reading said."""

import pytest

import meter_model
from fits.databases import ask, prometheus
from fits.ways.metric_names import as_metrics, numbers
from fixtures import needs
from fixtures.twin_options import options_of
from fixtures.web_server import wait_until
from twin.twin import Twin


def samples(port):
    """{(name, labels): value} of what Prometheus has now."""
    found = {}
    for one in ask(port, "/api/v1/query", query='{job="microhan"}')["data"]["result"]:
        labels = one["metric"]
        name = labels.pop("__name__")
        assert labels.pop("job") == "microhan" and labels.pop("instance")
        found[name, tuple(sorted(labels.items()))] = float(one["value"][1])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("meter", ["kaifa-p1", "be-fluvius"])
def test_what_prometheus_has_is_what_the_meter_said(tmp_path, meter):
    needs.program("prometheus")
    dialect = meter_model.find(meter)
    snapshot = meter_model.new_meter(dialect, 9, 1_768_500_000_000).advance(1_768_500_010_000)
    telegram = tmp_path / "telegram.bin"
    telegram.write_bytes(dialect.write(snapshot))
    with Twin(options_of(tmp_path, "i386", mqtt=None, replay=str(telegram))) as twin:
        twin.start()
        reading = twin.wait_for_reading(60)
        with prometheus(tmp_path, [twin.client.port], twin.token()) as (port, _):
            wait_until(lambda: samples(port).get(("microhan_meter_up", ())) == 1)
            found = samples(port)
            del reading["derived"], reading["as_of"]
            assert numbers(found) == as_metrics(reading)
            assert found["up", ()] == 1 and found["microhan_reading_age_seconds", ()] <= 3
            assert found["microhan_output_up", (("output", "http"),)] == 1
            taken = found["microhan_telegrams_total", ()]
            wait_until(lambda: samples(port)["microhan_telegrams_total", ()] > taken)
            # By its own parser, of which kind and in which words.
            told = ask(port, "/api/v1/targets/metadata", match_target='{job="microhan"}')["data"]
            kinds = {one["metric"]: one["type"] for one in told}
            assert kinds["microhan_active_energy_joules"] == "counter"  # it asked for OpenMetrics
            assert all(one["help"] for one in told if one["metric"].startswith("microhan_"))
