"""The counters: one array, and its names on `/status.json`."""

from fixtures import binary_frames as bf
from microhan.telegram import counters


def test_the_names_are_those_of_the_indices():
    names = counters.NAMES.split()
    assert [getattr(counters, "C_" + name.upper()) for name in names] == list(range(len(names)))
    others = {value for name, value in vars(counters).items()
              if name.startswith("C_")} - set(range(len(names)))
    assert others == set(range(len(names), counters.COUNTERS)), "and none is there twice"


def test_the_array_is_made_once_and_says_what_the_status_says():
    decoder = bf.Decoder(lambda source: None)
    counts = decoder.counts()
    frame = bf.hdlc(bf.kamstrup())
    stream = b"noise" + frame[:60] + frame + bf.p1() + bf.seal(bf.p1())
    decoder.feed(stream, len(stream))
    decoder.idle()
    decoder.idle()
    shown = decoder.counters()
    assert decoder.counts() is counts
    assert shown == dict(zip(counters.NAMES.split(), counts), odd_lines=0)
    assert shown["ok"] == 2 and shown["no_key"] == 1 and counts[counters.C_IDENTIFIED] == 1


def test_a_meter_of_text_shows_the_counters_of_text_only():
    decoder = bf.Decoder(lambda source: None)
    decoder.feed(bf.p1(), len(bf.p1()))
    assert list(decoder.counters()) == counters.NAMES.split()[:counters.C_CUT_SHORT]
