"""/history.json, .csv and /peaks.json: what is asked for, what is refused, how it comes."""

import csv
import io
import json
import struct
import tracemalloc
from datetime import datetime, timedelta, timezone

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures.ledger import House, utc
from fixtures.visits import at, said
from fixtures.web_server import BEARER, chunks, parse, read_all, request
from microhan.ledger import reader
from microhan.web import chunks as chunked
from microhan.web import history, routes

ENERGIES = ["active_energy_import_kwh", "active_energy_export_kwh",
            "reactive_energy_import_kvarh", "reactive_energy_export_kvarh"]
MOST = ["active_power_import_max_w", "active_power_export_max_w", "current_l1_max_a",
        "current_l2_max_a", "current_l3_max_a"]
NOW = datetime(2026, 11, 27, 20, 20, tzinfo=timezone(timedelta(hours=1)))


@pytest.fixture(scope="module")
def house():
    """Three days of a house, until ten past eight in the evening of 27 November 2026."""
    made = House(utc(2026, 11, 24, 18, 59), fuse=0)
    made.run(3 * 86400 + 660, lambda t: (400 + t // 900 % 7 * 300, 0, 50, 0), step=60)
    return made


@pytest.fixture
def kept(web, house, monkeypatch):
    """A server with that history, on that evening."""
    web.call(setattr, web.sources, "rings", house.rings)
    at(monkeypatch, NOW.astimezone(timezone.utc))
    return web


def told(web, address):
    """The JSON of an answer."""
    status, headers, body = web.ask(address, BEARER)
    assert status == 200, body
    assert headers["content-type"] == "application/json"
    return json.loads(body)


def test_a_day_of_quarters(kept):
    found = told(kept, "/history.json?step=quarter&from=2026-11-26&to=2026-11-27")
    assert found["columns"] == ["time", "quality", *ENERGIES, *MOST]
    assert (found["from"], found["to"]) == (1795647600, 1795734000)
    assert [row[0] for row in found["rows"]] == list(range(1795647600, 1795734000, 900))
    assert {row[1] for row in found["rows"]} == {"measured"}
    assert len({row[2] for row in found["rows"]}) == 7  # the house's powers
    hours = told(kept, "/history.json?step=hour&from=2026-11-26&to=2026-11-27")
    assert hours["columns"] == ["time", "quality", *ENERGIES]
    assert round(sum(row[2] for row in hours["rows"]), 3) == round(
        sum(row[2] for row in found["rows"]), 3)


@pytest.mark.parametrize("step, begin, end", [
    ("quarter", "2026-11-27", "2026-11-28"), ("hour", "2026-11-21", "2026-11-28"),
    ("day", "2026-11-01", "2026-12-01"), ("month", "2026-01-01", "2027-01-01")])
def test_what_is_given_unless_asked_for_otherwise(kept, step, begin, end):
    usual = told(kept, "/history.json?step=" + step)
    assert usual == told(kept, f"/history.json?step={step}&from={begin}&to={end}")
    if step == "quarter":
        assert usual == told(kept, "/history.json")


def test_a_time_within_a_day_and_one_that_is_no_boundary(kept):
    whole = told(kept, "/history.json?from=2026-11-27T10:15&to=2026-11-27T11:00")
    assert len(whole["rows"]) == 3
    assert whole == told(kept, "/history.json?from=2026-11-27T10%3A22&to=2026-11-27T11%3a14")
    day = told(kept, "/history.json?step=day&from=2026-11-25T13:00&to=2026-11-26T07:00")
    assert day["from"] == utc(2026, 11, 24, 23) + 946684800 and len(day["rows"]) == 1


def test_the_csv_says_the_same(kept):
    query = "?step=quarter&from=2026-11-26&to=2026-11-27"
    status, headers, body = kept.ask("/history.csv" + query, BEARER)
    assert status == 200 and headers["content-type"].startswith("text/csv")
    assert headers["content-disposition"] == 'attachment; filename="history.csv"'
    first, *lines = csv.reader(io.StringIO(body.decode()))
    found = told(kept, "/history.json" + query)
    assert first == found["columns"] and len(lines) == len(found["rows"])
    for line, row in zip(lines, found["rows"], strict=True):
        assert datetime.fromisoformat(line[0]).timestamp() == row[0]
        assert line[1] == row[1] and line[0].endswith("+01:00")
        assert [float(one) if one else None for one in line[2:]] == row[2:]


def test_the_days_of_a_channel(kept):
    def row(day, channel, value, unit=1, meter=77):
        return struct.pack("<IBBIBB", utc(2026, 11, day, 4, 50), channel, 3, value, unit, meter)
    ring = kept.sources.rings.channels
    before = list(ring.list)
    ring.list += [row(25, 1, 12_785_123), row(25, 2, 872_234), row(26, 1, 0xFFFFFFFF),
                  row(27, 1, 7, 2, 5)]
    query = "?step=day&channel=1&from=2026-11-25&to=2026-11-28"
    found = told(kept, "/history.json" + query)
    assert found == {"step": "day", "channel": 1,
                     "columns": ["time", "type", "value", "unit", "meter"],
                     "rows": [[utc(2026, 11, 25, 4, 50) + 946684800, 3, 12785.123, "m3", 77],
                              [utc(2026, 11, 26, 4, 50) + 946684800, 3, None, "m3", 77],
                              [utc(2026, 11, 27, 4, 50) + 946684800, 3, 0.007, "GJ", 5]]}
    status, _, body = kept.ask("/history.csv" + query, BEARER)
    assert status == 200 and body.decode().split("\r\n") == [
        "time,type,value,unit,meter", "2026-11-25T05:50:00+01:00,3,12785.123,m3,77",
        "2026-11-26T05:50:00+01:00,3,,m3,77", "2026-11-27T05:50:00+01:00,3,0.007,GJ,5", ""]
    assert told(kept, "/history.json?step=day&channel=4")["rows"] == []
    assert len(told(kept, "/history.json?step=day&channel=2&from=2026-11-01&to=2026-12-01")
               ["rows"]) == 1
    ring.list[:] = before


def test_the_peaks_of_a_month(kept):
    found = told(kept, "/peaks.json?month=2026-11")
    assert found == told(kept, "/peaks.json") and found["month"] == "2026-11"
    hours = told(kept, "/history.json?step=hour&from=2026-11-23&to=2026-11-28")["rows"]
    highest = sorted(((-row[2], row[0]) for row in hours if row[1] == "measured"))[:10]
    assert found["hours"] == [[when, -kwh] for kwh, when in highest]
    assert len(found["quarters"]) == 10 and len(found["days"]) == 4
    assert told(kept, "/peaks.json?month=2026-10")["hours"] == []


@pytest.mark.parametrize("address, status, code", [
    ("/history.json?step=week", 400, "bad_query"),
    ("/history.json?step=", 400, "bad_query"),
    ("/history.json?form=2026-11-27", 400, "bad_query"),
    ("/history.json?from=2026-11-26&from=2026-11-27", 400, "bad_query"),
    ("/history.json?month=2026-11", 400, "bad_query"),
    ("/history.json?nonsense", 400, "bad_query"),
    ("/history.json?channel=1", 400, "bad_query"),
    ("/history.json?step=hour&channel=1", 400, "bad_query"),
    ("/history.json?step=day&channel=5", 400, "bad_query"),
    ("/history.json?step=day&channel=", 400, "bad_query"),
    ("/peaks.json?channel=1", 400, "bad_query"),
    ("/peaks.json?step=day", 400, "bad_query"),
    ("/history.json?from=yesterday&to=2026-11-28", 400, "bad_date"),
    ("/history.json?from=2026-11-31&to=2026-12-02", 400, "bad_date"),
    ("/history.json?from=2026-11-27T25:00&to=2026-11-28", 400, "bad_date"),
    ("/history.json?from=2026-11-27T10&to=2026-11-28", 400, "bad_date"),
    ("/history.json?from=1999-01-01&to=1999-01-02", 400, "bad_date"),
    ("/history.json?from=&to=", 400, "bad_date"),
    ("/history.json?from=-1&to=%00", 400, "bad_date"),
    ("/history.json?from=99999999999999999999-01-01&to=2026-11-28", 400, "bad_date"),
    ("/peaks.json?month=2026-13", 400, "bad_date"),
    ("/peaks.json?month=2026", 400, "bad_date"),
    ("/peaks.json?month=2026-11-27", 400, "bad_date"),
    ("/history.json?from=2026-11-28&to=2026-11-27", 422, "bad_span"),
    ("/history.json?from=2026-11-27&to=2026-11-27", 422, "bad_span"),
    ("/history.json?from=2026-11-01&to=2026-11-06", 422, "bad_span"),
    ("/history.csv?step=hour&from=2026-01-01&to=2026-02-01", 422, "bad_span"),
    ("/history.json?step=day&from=2025-01-01&to=2026-03-01", 422, "bad_span"),
])
def test_what_cannot_be_answered_is_refused_in_words(kept, address, status, code):
    answer = kept.ask(address, BEARER)
    assert said(answer) == (status, code), answer


@pytest.mark.parametrize("query", [
    "step=quarter&from=2026-11-01&to=2026-11-05", "step=hour&from=2026-11-01&to=2026-11-17",
    "step=day&from=2025-01-01&to=2026-02-01", "step=month&from=2017-01-01&to=2027-01-01"])
def test_as_much_as_anybody_needs_is_given_at_once(kept, query):
    assert len(told(kept, "/history.json?" + query)["rows"]) <= 400


def test_without_a_clock_only_what_is_named_is_given(kept, monkeypatch):
    at(monkeypatch, None)
    for address in ("/history.json", "/history.json?step=day&from=2026-11-01", "/peaks.json"):
        status, headers, body = kept.ask(address, BEARER)
        assert (status, json.loads(body)["code"]) == (503, "no_clock")
        assert headers["retry-after"] == "10"
    assert told(kept, "/history.json?from=2026-11-26&to=2026-11-27")["rows"]
    assert told(kept, "/peaks.json?month=2026-11")["hours"]


def test_without_rings_there_is_no_history(web):
    web.call(setattr, web.sources, "rings", None)
    for path in ("/history.json", "/history.csv", "/peaks.json"):
        assert said(web.ask(path, BEARER)) == (404, "no_history")


ADDRESS = "/history.json?from=2026-11-26&to=2026-11-27"


def test_it_comes_in_chunks_and_head_says_the_same(kept):
    _, headers, body = kept.ask(ADDRESS, BEARER)
    assert headers["transfer-encoding"] == "chunked" and headers["connection"] == "close"
    assert "content-length" not in headers and body.endswith(b"]}\n")
    with kept.connect() as client:
        client.sendall(request(ADDRESS, BEARER, method="HEAD"))
        head, _, nothing = read_all(client).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK") and nothing == b""
    assert set(headers) == {line.partition(b":")[0].decode().lower()
                            for line in head.split(b"\r\n")[1:]}


def test_who_speaks_http_1_0_gets_it_without_chunks(kept):
    with kept.connect() as client:
        client.sendall(request(ADDRESS, BEARER).replace(b"HTTP/1.1", b"HTTP/1.0"))
        data = read_all(client)
    status, headers, body = parse(data)
    assert data.startswith(b"HTTP/1.0 200 OK") and "transfer-encoding" not in headers
    assert (status, body) == (200, kept.ask(ADDRESS, BEARER)[2])


def test_it_is_written_in_pieces_and_others_are_served_between_them(kept, monkeypatch):
    sizes = []
    gathered = chunked._larger

    def counted(*args):
        for piece in gathered(*args):
            sizes.append(len(piece))
            yield piece
    monkeypatch.setattr(chunked, "_larger", counted)
    address = "/history.json?step=quarter&from=2026-11-24&to=2026-11-28"
    with kept.connect() as slow:
        slow.sendall(request(address, BEARER).replace(b"HTTP/1.1", b"HTTP/1.0"))
        kept.publish()
        assert kept.ask("/reading.json", BEARER)[0] == 200
        status, _, body = parse(read_all(slow))
    assert status == 200 and len(json.loads(body)["rows"]) > 300
    assert max(sizes) <= 1024 and sum(sizes) == len(body)
    assert min(sizes[:-1]) > 512  # few packets, and few pauses


def test_an_answer_holds_two_kilobytes_however_long_it_is(kept):
    sources = kept.sources

    def peak(query):
        wanted = history.wanted(sources, "/history.json", query, None)
        pieces = chunked.gathered(
            chunked.written("/history.json", sources.rings, wanted), True)
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        for _ in pieces:
            pass
        grown = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
        return grown
    peak("from=2026-11-26&to=2026-11-27")  # what is loaded once
    short, long = (peak(f"from=2026-11-{day}&to=2026-11-28") for day in (27, 24))
    # The fixture's rings are lists, which rows() copies: 8 bytes a row.
    assert long < short + 3000, (short, long)


def test_an_empty_piece_lets_others_run_and_sends_nothing():
    pieces = [b"a" * 600, b"", b"a" * 100, b"", b"b" * 500, b"c" * 500, b"d" * 500]
    assert [len(one) for one in chunked._larger(iter(pieces), False)] == [0, 0, 700, 1000, 500]
    for piece in chunked._larger(iter([b""] * 3), False):
        assert not piece


@pytest.mark.parametrize("sizes", [[512], [512] * 9, [1, 2, 3], [500, 512, 0, 4], [1012],
                                   [1000, 12], [1000, 13], [1]])
def test_chunks_hold_what_was_written_whatever_its_size(sizes):
    pieces = [bytes([65 + n]) * size for n, size in enumerate(sizes)]
    sent = [bytes(one) for one in chunked._larger(iter(pieces), True)]
    assert max(map(len, sent)) <= 1024
    assert b"".join(chunks(b"".join(sent))) == b"".join(pieces)


class Failing:
    """A ring whose flash cannot be read behind `good` rows."""

    def __init__(self, ring, good):
        self.ring, self.good = ring, good

    def last(self):
        return self.ring.last()

    def rows(self, begin, end):
        if not self.good:
            raise OSError(5)
        for n, row in enumerate(self.ring.rows(begin, end)):
            if n >= self.good:
                raise OSError(5)
            yield row


def failing(kept, good):
    rings = kept.sources.rings
    kept.call(setattr, kept.sources, "rings", type("Rings", (), {
        "quarters": Failing(rings.quarters, good), "hours": Failing(rings.hours, good)})())


@pytest.mark.parametrize("path", ["/history.json", "/history.csv", "/peaks.json?month=2026-11"])
def test_a_flash_that_cannot_be_read_is_told(kept, capsys, path):
    failing(kept, 0)
    assert said(kept.ask(path, BEARER)) == (500, "fault")
    assert "OSError" in "".join(capsys.readouterr())


@pytest.mark.parametrize("path", ["/history.json", "/history.csv"])
def test_a_client_sees_that_an_answer_broke_off(kept, monkeypatch, path):
    monkeypatch.setattr(reader, "scan", lambda ring, begin, end: ([], 0))
    failing(kept, 60)
    with kept.connect() as client:
        client.sendall(request(path + "?from=2026-11-26&to=2026-11-27", BEARER))
        head, _, body = read_all(client).partition(b"\r\n\r\n")
    assert b" 200 OK" in head and body.count(b"measured") > 10
    with pytest.raises(ValueError, match="broken off"):
        list(chunks(body))
    assert kept.ask("/status.json", BEARER)[0] == 200


def test_memory_is_asked_for_before_it_begins(kept):
    asked = []
    kept.call(setattr, kept.sources, "has_room", lambda heap: not asked.append(heap))
    told(kept, "/history.json")
    assert routes._STREAMED in asked
