"""Fetches an update package from the owner's address, by TLS: docs/updating.md.

Loaded when the owner asks for it, on boards with memory. Each try asks for the package's end,
which says what it is, and then for what has not come yet. From there on it is as an upload is:
nothing of it is believed, and nothing installed, before all of it has been checked.
"""

import asyncio
import json
import sys
import time
from struct import unpack
from typing import TYPE_CHECKING

from micropython import const

from ..net.sockets import ms_left
from ..update.incoming import NEWS
from ..update.package import END, LINE, PACKAGE

if TYPE_CHECKING:
    from typing import Any

    from .server import Sources

_REACH_MS = const(15_000)  # for the handshake, and for the head of the answer
_STALL_MS = const(20_000)  # without a byte
_MOST_MS = const(3_600_000)  # for all of it
_TRIES = const(5)  # in a row, without a byte
_PAUSE_MS = const(2_000)  # and twice as long each time
_PIECE = const(1_024)
_HEAD = const(8_192)  # bytes of an answer's head
_ROW = const(36)
_REQUEST = ("GET %s HTTP/1.1\r\nHost: %s:%d\r\nUser-Agent: microhan\r\nRange: bytes=%s\r\n"
            "Connection: close\r\n\r\n")
_NONE = "what lies there is no package of microhan"
_OTHER = "the server sends another part of the file than it was asked for"


class Fetch:
    """What is fetched, or was last. `busy`: it goes on; `error`: a sentence for why it ended."""

    def __init__(self, sources: "Sources", folder: str, runs: tuple, url: str, ca: str):
        from ..net.tls import TlsSettings
        from ..net.url import split_url

        self.busy = True
        self.error = ""
        self._is_stopped = False
        self._sources = sources
        self._folder = folder
        self._runs = runs
        _, self._host, self._port, self._path = split_url("update.url", url)
        self._tls: Any = TlsSettings("update", ca)
        self._tls.context()  # raises what is wrong with the certificate
        self._end = time.ticks_add(time.ticks_ms(), _MOST_MS)
        self._has_begun = False  # the server has sent a package's end
        self.task: Any = None

    def stop(self) -> None:
        """Somebody sends a package, or gives up."""
        self._is_stopped = True

    async def run(self) -> None:
        """Fetch all that is missing; every failure is `error`."""
        try:
            await self._fetch()
        except ValueError as error:
            self.error = "%s" % (error.args or ("",))[-1]
        except OSError as error:  # a number is flash's, a sentence the connection's
            self.error = "%s" % (
                "flash is full" if error.args[0] == 28 else error.args[0])
        except Exception as error:
            sys.print_exception(error)
            self.error = "%r" % error
        if self._is_stopped:
            self.error = ""
        self.busy = False
        self._tls = self.task = None

    async def _fetch(self):
        """Try until it is whole; the last try's error."""
        tries = 0
        while not self._is_stopped:
            before = self._sources.update.get("received", 0)
            try:
                await self._try()
                return
            except OSError as error:
                if self._sources.update.get("received", 0) != before:
                    tries = 0
                tries += 1
                if (tries == _TRIES or not self._has_begun or isinstance(error.args[0], int)
                        or self._is_over()):
                    raise
            await asyncio.sleep_ms(_PAUSE_MS << tries - 1)

    def _is_over(self):
        return self._is_stopped or ms_left(self._end) <= 0

    async def _try(self):
        from ..update.incoming import announce, look

        sources = self._sources
        size, given = await self._read_end()
        if self._is_stopped:
            return
        self._has_begun = True
        announce(self._folder, given, self._runs)
        look(self._folder, sources.update)
        if sources.update.get("state") == "stopped":
            await self._take(size)

    async def _read_end(self):
        """(The package's bytes, what announce() wants to know)."""
        _, size, end = await self._piece("-%d" % END, END)
        if len(end) == END:
            start, at, length = unpack("<3I", end[:12])
            if start == PACKAGE and length == size:
                manifest, news = await self._manifest(at, size - END)
                return size, {"size": size, "manifest": manifest, "news": news}
        raise ValueError(_NONE)

    async def _manifest(self, at, end):
        """(What the manifest says, what is new) of a package whose manifest is between these."""
        line = (await self._piece("%d-" % at, LINE))[2].partition(b"\n")[0]
        try:
            manifest = json.loads(line)
            at += len(line) + 1 + _ROW * manifest["files"]
        except (KeyError, TypeError, ValueError):
            raise ValueError(_NONE) from None
        news = b""
        if at < end:
            news = (await self._piece("%d-" % at, min(NEWS, end - at)))[2]
        while news:
            try:
                return manifest, news.decode()
            except ValueError:  # a letter that is cut
                news = news[:-1]
        return manifest, ""

    async def _piece(self, span, most):
        """(Where it begins, the file's bytes, bytes): the first `most` bytes of this part of the
        file."""
        link, first, size, data = await self._ask(span)
        try:
            while len(data) < min(most, size - first):
                data += await self._more(link)
        finally:
            link.close()
        return first, size, data[:most]

    async def _take(self, size):
        """Take what is missing."""
        from ..update.incoming import Part, look
        from .body import between_telegrams

        sources = self._sources
        told = sources.update
        link, first, now, data = await self._ask("%d-" % told["received"])
        part = None
        try:
            if self._is_stopped:
                return
            if now != size or first != told["received"]:
                raise OSError(_OTHER)
            part = sources.incoming = Part(self._folder, told)
            while told["received"] < size:
                data = (data or await self._more(link))[:size - told["received"]]
                for _ in part.take(data):
                    await between_telegrams(sources.hub.state)
                data = b""
        finally:
            link.close()
            if part:
                part.close()
                if sources.incoming is part:
                    sources.incoming = None
                    look(self._folder, told)

    async def _more(self, link):
        """The next bytes."""
        piece = bytearray(_PIECE)
        count = await link.readinto(piece, _STALL_MS)
        if self._is_over():
            raise ValueError("it took longer than an hour")
        return bytes(piece[:count])

    async def _ask(self, span):
        """Ask for some of the file. Returns (the connection, where it begins, the file's bytes,
        what has come)."""
        link = await self._sources.connect(self._host, self._port, self._tls)
        try:
            await link.write((_REQUEST % (self._path, self._host, self._port, span)).encode(),
                             _REACH_MS)
            end = time.ticks_add(time.ticks_ms(), _REACH_MS)
            head, mark, data = b"", b"", b""
            while not mark:
                if len(data) > _HEAD or ms_left(end) <= 0:
                    raise OSError("%s does not answer the request" % link.peer)
                data += await self._more(link)
                head, mark, data = data.partition(b"\r\n\r\n")
                if not mark:
                    data = head
            return (link,) + _span_of(head) + (data,)
        except BaseException:
            link.close()
            raise


def _span_of(head):
    """(Where the part begins that an answer has, the file's bytes) of its head: what goes to the
    file's end."""
    lines = head.split(b"\r\n")
    words = lines[0].split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise ValueError("the server's answer is not HTTP")
    status = int(words[1])
    if status != 206:
        raise _refusal(status)
    for line in lines:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-range":
            span, _, size = value.strip().partition(b" ")[2].partition(b"/")
            first, _, last = span.partition(b"-")
            if first.isdigit() and last.isdigit() and size.isdigit() and len(size) < 9 and (
                    int(first) <= int(last) == int(size) - 1):
                return int(first), int(size)
    raise OSError(_OTHER)


def _refusal(status):
    """The error of any other answer than a part of a file. OSError: it is tried again."""
    if status == 200:
        why = "it sends the file as a whole only (Range)"
    elif 300 <= status < 400:
        why = "redirects are not followed: set update.url to where it leads"
    elif status >= 500 or status in (408, 429):
        return OSError("the server answers %d" % status)
    else:
        why = "is update.url right?"
    return ValueError("the server answers %d: %s" % (status, why))


def begin(sources: "Sources", folder: str, runs: tuple) -> None:
    """Begin to fetch. folder: as for update/choice.py; runs: as for Package.check(). ValueError
    says why not."""
    from ..config.fit import NO_FETCH
    from ..config.settings import Settings

    if sources.is_plain:
        raise ValueError("no_memory", NO_FETCH)
    config = Settings(sources.config_path).load()[0]["update"]
    if not config["url"] or not sources.connect:
        raise ValueError("no_address", "update.url is empty: set it in the settings")
    if not config["ca"]:
        raise ValueError("no_certificate", "update.ca is empty: TLS needs the certificate (PEM) "
                         "of the authority that signed the server's")
    try:
        fetch = Fetch(sources, folder, runs, config["url"], config["ca"])
    except (OSError, ValueError) as error:
        raise ValueError("no_address", "%s" % error.args[0]) from None
    sources.fetch = fetch
    fetch.task = asyncio.create_task(fetch.run())
