"""What the telegrams of a known line need is loaded at the start: app.py."""

from types import SimpleNamespace

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from microhan import app
from microhan.config.schema import defaults
from microhan.store.files import Folder
from microhan.telegram.decoder import Decoder


@pytest.mark.parametrize("kept,config,text,lists", [
    (None, {}, False, False),  # nobody knows yet
    (b"115200 8 none 1", {}, True, False),
    (b"9600 7 even 0", {}, True, False),
    (b"2400 7 even 0", {}, True, False),  # binary lists have eight bits
    (b"2400 8 even 0", {}, False, True),
    (b"2400 8 none 0", {}, False, True),
    (None, {"baud": 115200}, True, False),
    (None, {"baud": 2400}, False, True)])
def test_what_a_known_line_needs_is_there_before_its_first_telegram(
        kept, config, text, lists, tmp_path, monkeypatch):
    monkeypatch.setattr(app, "Meter", lambda *_: SimpleNamespace(parser=Decoder(print)))
    if kept:
        (tmp_path / "line").write_bytes(kept)
    supervisor = SimpleNamespace(add=lambda name, make: make(None))
    board = SimpleNamespace(uart=lambda *_: None, poll_ms=10)
    log = SimpleNamespace(warn=print)
    meter = app._add_meter(board, defaults()["meter"] | config, None, Folder(str(tmp_path)), None,
                           supervisor, log)
    decoder = meter.parser
    assert (type(decoder._text).__name__ == "P1Parser") is text
    assert (decoder._frames is not None and decoder._frames.messages is not None) is lists
