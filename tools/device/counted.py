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
from microhan.store.files import Folder  # noqa: E402
from microhan.telegram.decoder import Decoder  # noqa: E402
from microhan.web.access import refusal, who  # noqa: E402
from microhan.web.answers import route_of  # noqa: E402
from microhan.web.granting import put_token  # noqa: E402
from microhan.web.owner import Owner  # noqa: E402
from microhan.web.password import _slices  # noqa: E402
from microhan.web.request_head import Head  # noqa: E402
from microhan.web.routes import Routes  # noqa: E402
from microhan.web.server import Sources  # noqa: E402
from microhan.web.streams import Streams  # noqa: E402

_FOLDER = "/data/telegrams/"
_ROUNDS = 1000  # of PBKDF2
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
    """Heads, credentials and answers of some requests; and what a login costs."""
    owner = Owner(Folder("/data"))
    put_token(owner.grants(), "config", "config", "nhr", "device-token", 0)
    owner.rest()
    sources = Sources(hub, dict, bytes, 60, lambda heap: True, 4, 8, owner, "abcdef",
                      lambda: ["microhan"])
    routes = Routes(sources, Streams(hub, owner))
    for path in (b"/", b"/reading.json"):
        def ask(path=path):
            head = Head()
            head.feed(_REQUEST % path)
            key, scope, _ = route_of(head.method, head.path, {})
            if (refusal(head, ["microhan"]) or not key
                    or scope[0] not in who(head, owner, hub, "").scope + "a"):
                raise OSError("refused")
            asyncio.run(routes.answer(Nobody(), head, key))

        ask()
        told("GET %s: head, credential and answer" % path.decode(), ask)
    told("login: a thousand rounds of PBKDF2",
         lambda: [None for _ in _slices(b"device-password", b"s" * 16, _ROUNDS)], 1)
    told("a collection of garbage", gc.collect)


hub = Hub(lambda: 1, iter(range(1, 100)).__next__)
count_telegrams(hub)
count_requests(hub)
print("@count 0 done")
