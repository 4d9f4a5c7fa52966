"""Every real ASCII telegram gives the values that other people's decoders found in it."""


import pytest

from fixtures.expected import check, how
from fixtures.p1_text import parse
from fixtures.repository import ALONE, telegrams

RECORDS = telegrams("p1-ascii")


def test_the_corpus_is_here(corpus):
    assert len(corpus) >= 100


@pytest.mark.parametrize("size", [0, 1, 7, 64], ids=["whole", "byte", "sevens", "64s"])
@pytest.mark.parametrize("crc", [True, False], ids=["crc-on", "crc-off"])
@pytest.mark.parametrize("record", RECORDS, ids=[r["file"] for r in RECORDS])
def test_a_telegram_gives_the_values_that_others_found(record, crc, size):
    readings, parser = parse(record["data"], size, crc, **how(record))
    if crc and record["crc"] != "valid":
        assert not readings
        assert parser.crc == 1
    else:
        assert len(readings) == 1
        check(record, readings[0])
        # a head that was misheard is put right
        assert parser.raw()[5 if record["file"] in ALONE else 0:] in record["data"]


@pytest.mark.slow
@pytest.mark.parametrize("record", RECORDS, ids=[r["file"] for r in RECORDS])
def test_every_cut_gives_the_same(record):
    data = record["data"]
    crc = record["crc"] == "valid"
    whole, parser = parse(data, crc=crc, **how(record))
    wanted = ([r.json() for r in whole], parser.counters())
    for cut in range(1, len(data)):
        pieces, parser = parse(data, crc=crc, cuts=[cut], **how(record))
        assert ([r.json() for r in pieces], parser.counters()) == wanted, cut


def test_a_bad_telegram_in_a_stream_costs_only_itself(corpus):
    """Law 3: a bad telegram costs itself and never its neighbour."""
    corpus = [r for r in corpus if r["file"] not in ALONE]
    stream = b"".join(r["data"] for r in corpus if r["crc"] != "none")
    good = [r for r in corpus if r["crc"] == "valid"]
    for size in (0, 13):
        readings, parser = parse(stream, size, clock="local")
        assert len(readings) == len(good) == parser.ok
        assert parser.crc == sum(r["crc"] == "invalid" for r in corpus)


@pytest.mark.slow
def test_any_telegram_cut_off_by_any_other(corpus):
    """A telegram that breaks off in mid-line must not take the next one with it."""
    good = [r["data"] for r in corpus if r["crc"] == "valid" and r["file"] not in ALONE]
    lost = []
    for n, data in enumerate(good):
        follower = good[(n + 1) % len(good)].lstrip(b"\r\n")
        for cut in range(5, data.index(b"!"), 3):
            readings, parser = parse(data[:cut] + follower)
            if len(readings) != 1 or parser.restarted + (parser.skipped > 0) < 1:
                lost.append((n, cut))
    assert not lost
