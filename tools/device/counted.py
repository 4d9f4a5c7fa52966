"""The device's main.py while instructions are counted; counts.py reads what it prints.

    @count MICROSECONDS NAME

No radio, no timer: the other core sleeps, and the emulator's time is the instructions of this one.
"""

import asyncio
import gc
import os
import sys
import time

sys.path.insert(0, "/app/a")

from microhan.hub.hub import Hub  # noqa: E402
from microhan.telegram.decoder import Decoder  # noqa: E402
from microhan.web.auth import allows, digest_of  # noqa: E402
from microhan.web.request_head import Head  # noqa: E402
from microhan.web.routes import Routes  # noqa: E402
from microhan.web.server import Sources  # noqa: E402
from microhan.web.streams import Streams  # noqa: E402

_FOLDER = "/data/telegrams/"
_PIECE = 64  # bytes, as the UART gives them
_REQUEST = b"GET %s HTTP/1.0\r\nHost: microhan\r\nAuthorization: Bearer device-token\r\n\r\n"


class Nobody:
    """A connection that takes everything at once."""

    def write(self, data):
        """Bytes of an answer."""

    async def drain(self, has_room=None):
        """They are gone already."""


def told(name, work, times=3):
    """The least that some runs took, printed."""
    best = None
    for _ in range(times):
        gc.collect()
        began = time.ticks_us()
        work()
        spent = time.ticks_diff(time.ticks_us(), began)
        best = spent if best is None else min(best, spent)
    print("@count", best, name)


def feed(decoder, data):
    """A telegram in the pieces that it comes in."""
    for at in range(0, len(data), _PIECE):
        piece = data[at:at + _PIECE]
        decoder.feed(piece, len(piece))


def telegrams():
    """[(kind, keys, [telegrams of it in order])]; a file's name is KIND.KEY-AUTHKEY.NUMBER."""
    found = {}
    for name in sorted(os.listdir(_FOLDER)):
        kind, keys, _ = name.split(".")
        with open(_FOLDER + name, "rb") as file:
            found.setdefault((kind, keys), []).append(file.read())
    return [(kind, keys, many) for (kind, keys), many in sorted(found.items())]


def count_kind(kind, keys, many):
    """One kind, from bytes to values, and with a Reading made of them. Returns the last Reading
    with its bytes, None if there was none."""
    seen = []
    for words, take in (("values", lambda source: seen.append(None)),
                        ("with a Reading", lambda source: seen.append(source.reading()))):
        rest = iter(many)
        decoder = Decoder(take, key=keys[0], aad=keys[1])

        def one(rest=rest, decoder=decoder):
            feed(decoder, next(rest))

        one()  # what is loaded for the first one is not counted
        told("%s: %s" % (kind, words), one, len(many) - 1)
    if len(seen) < 2 * len(many):
        print("@count -1 %s: telegrams read" % kind)
    return seen[-1] if seen else None


def count_telegrams(hub):
    """All kinds; a text's Reading goes into the hub."""
    for kind, keys, many in telegrams():
        reading = count_kind(kind, [bytes.fromhex(key) for key in keys.split("-")], many)
        if reading and kind.endswith("p1"):
            hub.publish(reading, bytes, True)


def count_requests(hub):
    """Heads, credentials and answers of some requests."""
    sources = Sources(hub, lambda: "{}", bytes, 60, lambda heap: True, 4, 8)
    routes = Routes(sources, Streams(hub))
    digests = digest_of("device-token"), digest_of("device")
    for path in (b"/", b"/reading.json"):
        def ask(path=path):
            head = Head()
            head.feed(_REQUEST % path)
            if not allows(head.authorization, *digests):
                raise OSError("refused")
            asyncio.run(routes.answer(Nobody(), head))

        ask()
        told("GET %s: head, credential and answer" % path.decode(), ask)
    told("login: a password checked", lambda: allows(b"Basic eDpkZXZpY2U=", *digests))


hub = Hub(lambda: 1, iter(range(1, 100)).__next__)
count_telegrams(hub)
count_requests(hub)
print("@count 0 done")
