"""docs/meters.md says what the table and the telegrams say, and leaves none of them out."""

import json

import meter_model
from docs import meter_table, meters
from fixtures.repository import REAL

ROWS = (*meter_table.SWEDEN, *meter_table.ABROAD)


def test_the_page_is_made_from_the_table(corpus):
    index = json.loads((REAL / "index.json").read_text())
    assert meters.PAGE.read_text() == meters.page(index), "run: make docs"
    assert meters.page(None) == meters.page(index)  # where the telegrams are not there


def test_every_telegram_is_evidence_of_a_meter(corpus):
    index = json.loads((REAL / "index.json").read_text())
    known = {name for row in ROWS for name in row.corpus}
    assert known == {f"{record['country']}/{record['meter']}" for record in index}
    assert {record["provenance"] for record in index} <= set(meters.KINDS)


def test_every_meter_can_be_run_on_the_twin():
    for row in ROWS:
        dialect = meter_model.find(row.model)
        assert ("meter.crc = off" in row.owner) == (dialect.crc == "none") or "as above" in (
            row.owner), row.meter
        assert not dialect.secret or "meter.key" in row.owner, row.meter
        assert (dialect.habits.letter != "local" or "local" in row.owner
                or row.model in ("fi-nocrc", "nl-warmtelink")), row.meter


def test_every_source_is_there():
    numbers = {int(word) for row in ROWS for part in (row.companies + row.quirks).split("[")[1:]
               for word in part.split("]")[0].split(",")}
    assert numbers <= set(range(1, len(meter_table.SOURCES) + 1))
