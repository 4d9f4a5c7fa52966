"""Raw P1 over WebSocket: each telegram is one message."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import websockets
from websockets.sync.client import connect

from .raw_p1 import RESOLUTION as RESOLUTION
from .raw_p1 import pairs_of

PEER = "websockets " + websockets.__version__


@contextlib.contextmanager
def client(folder: Path) -> Iterator[tuple]:
    """See walk.py."""
    with contextlib.ExitStack() as open_:
        def read(dongle):
            socket = open_.enter_context(connect(f"ws://127.0.0.1:{dongle.port}/ws",
                                                 ping_interval=None, close_timeout=1))
            dongle.until(lambda: dongle.outputs()["p1"]["clients"] == 1)

            def pairs(case):
                told = socket.recv(60)
                return pairs_of(told.encode() if isinstance(told, str) else told, case)

            return pairs

        yield {"open": {"ws": True}}, read
