"""net/tls.py: who has the memory that a connection by TLS needs, and when."""

import asyncio
import errno

import pytest

from microhan.net import link
from microhan.net.names import Names
from microhan.net.tls import TlsSettings, hold

connect = link.connector(Names(lambda: []), lambda heap, output: True, lambda: None)


class Closing:
    """A socket that counts when it was closed; it connects to nobody."""

    closed: list = []

    def close(self):
        self.closed.append(self)

    def setsockopt(self, *args):
        pass

    def connect(self, address):
        raise OSError(errno.ENOMEM)


def test_what_was_held_gives_its_memory_to_the_first_connection():
    place = Closing()
    hold(None)
    hold(place)
    settings = TlsSettings("mqtt", insecure=True)
    assert place not in Closing.closed  # it has no connection yet
    for sock in settings.sockets("localhost"):
        sock.close()
    assert place in Closing.closed


def test_a_connection_that_does_not_begin_has_given_its_memory_back_for_the_next():
    settings = TlsSettings("mqtt", insecure=True, host="localhost")
    raw, encrypted = Closing(), Closing()
    settings._reserved[0].close()
    settings._reserved = raw, encrypted
    known = []
    settings.reserve = lambda: known.append((raw in raw.closed, encrypted in raw.closed))
    with pytest.raises(OSError, match="localhost"):
        asyncio.run(connect("localhost", 1, settings))
    assert known == [(True, True)]
