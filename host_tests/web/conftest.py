"""A web server for the tests of this room: fixtures/web_server.py, with the tests' patience."""

import sys

import pytest

from fixtures.web_server import RunningServer
from microhan.web import connection, connections, requests, server, strangers


@pytest.fixture(autouse=True)
def as_tests_want_it(monkeypatch):
    """What is loaded stays, since tests change its patience: it is what they imported, though
    tests of another room may have unloaded it. And all clients come from one address, which is
    refused often."""
    monkeypatch.setitem(sys.modules, connections.__name__, connections)
    monkeypatch.setattr(strangers, "_MOST", 1_000_000)
    monkeypatch.setattr(server, "_unload_connections", lambda: None)


@pytest.fixture
def web():
    """A running web server."""
    built = RunningServer()
    yield built
    built.close()


@pytest.fixture
def crowded():
    """One with a long queue in front. With a short one Linux drops who comes too many, and these
    try again after 1, 3, 7, … seconds: then luck would decide who is heard at all."""
    built = RunningServer(waiting=256)
    yield built
    built.close()


@pytest.fixture
def hasty(monkeypatch):
    """The same limits, ten times sooner."""
    monkeypatch.setattr(connection, "HEAD_MS", 600)
    for module in (connection, requests):  # each has the number under its own name
        monkeypatch.setattr(module, "IDLE_MS", 600)
    monkeypatch.setattr(server, "_SWEEP_MS", 25)
    built = RunningServer()
    yield built
    built.close()
