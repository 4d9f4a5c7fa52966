"""Readings by HTTP POST to a server of the owner's choice, as JSON or InfluxDB line protocol.

One socket, kept open between readings where the server agrees, because a TLS handshake costs
the ESP32 a second. What cannot be delivered after some tries is dropped and counted: a queue
that grows would only move the loss to another place.
"""

import asyncio
import random
import time
from binascii import b2a_base64

from micropython import const

from ...net.wait import Bell
from .influx import line

_BEAT_MS = const(5000)  # the supervisor wants a sign of life every 10 s
_WAIT_MS = const(8000)  # connecting, writing, and the answer: each below that
_RETRY_STATUS = (408, 429)  # "try again", among the 4xx; every other 4xx will stay as it is

_REASONS = {
    400: "it does not understand the data: is push.format right?",
    401: "wrong token, user or password",
    403: "this token or user may not write there",
    404: "nothing there: is push.url right?",
    405: "it takes no POST there: is push.url right?",
    408: "too slow",
    413: "too much data",
    422: "it does not like the data: is push.format right?",
    429: "too many requests",
}


def split_url(url):
    """Return (tls, host, port, path) of an http or https URL; ValueError with words."""
    scheme, mark, rest = url.partition("://")
    tls = scheme.lower() == "https"
    if not mark or (not tls and scheme.lower() != "http"):
        raise ValueError("push.url must begin with http:// or https://")
    rest = rest.partition("#")[0]
    cut = min([i for i in (rest.find("/"), rest.find("?")) if i >= 0] or [len(rest)])
    authority, path = rest[:cut], rest[cut:]
    if "@" in authority:
        raise ValueError("push.url must not hold a password: use push.user and push.password")
    host, colon, port = authority.partition(":")
    if not host or "[" in host:
        raise ValueError("push.url needs a host name or an IPv4 address")
    if colon and not (port.isdigit() and 0 < int(port) < 65536):
        raise ValueError("push.url: the port must be 1 to 65535")
    for ch in url:
        if not " " < ch < "\x7f":
            raise ValueError("push.url must not hold spaces or special characters: use %xx")
    if not path.startswith("/"):
        path = "/" + path
    return tls, host, int(port) if colon else (443 if tls else 80), path


class Response:
    """Reads an answer's head from any split of its bytes, within limits; the body is skipped."""

    MAX_HEAD = 2048  # status line and headers
    MAX_BODY = 4096  # a longer one is not worth keeping the connection for
    MAX_LINE = 128  # of a header line so much is kept; we look at three short ones

    def __init__(self):
        self.status = 0
        self.done = False  # the head is read, and the body as far as `keep` needs it
        self.keep = False  # the connection can be used again
        self._line = b""
        self._head = 0
        self._body = -1  # bytes of body still to come, -1 while unknown

    def feed(self, buf, n):
        """Take `n` bytes; raise OSError if this is not HTTP/1.x, or too long."""
        i = 0
        while i < n and not self.done:
            if self._head < 0:
                used = min(self._body, n - i)
                self._body -= used
                i += used
                self.done = self._body == 0
                continue
            end = buf.find(b"\n", i, n)
            stop = n if end < 0 else end
            self._line += bytes(buf[i : min(stop, i + self.MAX_LINE - len(self._line))])
            self._head += stop - i + (end >= 0)
            if self._head > self.MAX_HEAD:
                raise OSError("the server's answer has too long a head")
            i = stop + 1
            if end >= 0:
                text, self._line = self._line.strip(), b""
                self._take_line(text)

    def _take_line(self, text):
        if not self.status:
            parts = text.split(None, 2)
            if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not parts[1].isdigit():
                raise OSError("the server's answer is not HTTP")
            self.status = int(parts[1])
            self.keep = parts[0] != b"HTTP/1.0"
        elif text:
            name, _, value = text.partition(b":")
            name = name.strip().lower()
            value = value.strip().lower()
            if name == b"connection" and value == b"close":
                self.keep = False
            elif name == b"content-length" and value.isdigit() and len(value) < 9:
                self._body = int(value)
        elif 100 <= self.status < 200:  # interim (RFC 9110 15.2): the true one follows
            self.status = 0
        else:
            self._end_head()

    def _end_head(self):
        if self.status in (204, 304):
            self._body = 0
        if not 0 <= self._body <= self.MAX_BODY:  # chunked, until the end, or long
            self.keep = False
        self._head = -1
        self.done = not self.keep or self._body == 0


class PushOutput:
    """The HTTP push way out. config: the section "push". See MqttOutput for the rest."""

    QUEUE = 8  # readings kept while the server is slow; the oldest goes, and is counted
    RETRIES = 3  # after the first try, with 2, 4 and 8 s between

    def __init__(self, config, device_id, hub, connect, log, beat=None):
        self._config = config
        self._id = device_id
        self._hub = hub
        self._connect = connect
        self._log = log
        self._beat = beat or (lambda: None)
        self._bell = Bell()
        self._follower = None
        self._link = None
        self._tls = None
        self._seq = -1  # of the newest Reading taken, with every_s
        self._state = "connecting" if config["url"] else "off"
        self._error = ""
        self._sent = 0
        self._dropped = 0

    def status(self):
        """For /status.json. `error` says in words why `state` is "error"."""
        follower = self._follower
        out = {
            "state": self._state,
            "error": self._error,
            "queued": follower.queued if follower else 0,
            "dropped": self._dropped + (follower.dropped if follower else 0),
            "sent": self._sent,
        }
        if self._tls and self._tls.insecure:
            out["warning"] = "push.tls_insecure is on: the server's certificate is not checked"
        return out

    async def run(self):
        """Push for ever; every failure is an entry in `status`, no exception."""
        config = self._config
        try:
            tls, host, port, path = split_url(config["url"]) if config["url"] else (0, "", 0, "")
        except ValueError as error:
            self._trouble(str(error))
            host = ""
        while not host:
            await self._rest(_BEAT_MS)
        if tls:
            from ...net.tls import TlsSettings

            self._tls = TlsSettings("push", config["ca"], config["tls_insecure"])
        if config["format"] == "influx" and "precision=" not in path:
            path += ("&" if "?" in path else "?") + "precision=s"
        self._head = self._make_head(tls, host, port, path)
        self._where = (host, port, self._tls)
        if not config["every_s"] and self._follower is None:
            self._follower = self._hub.follow(self.QUEUE, self._bell.ring)
        try:
            while True:
                await self._deliver(await self._next())
        finally:
            self._close()

    def _make_head(self, tls, host, port, path):
        """Return the request's head up to the number of Content-Length."""
        config = self._config
        name = host if port == (443 if tls else 80) else "%s:%d" % (host, port)
        kind = "text/plain; charset=utf-8" if config["format"] == "influx" else "application/json"
        head = "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: microhan\r\nContent-Type: %s\r\n" % (
            path,
            name,
            kind,
        )
        if config["auth"] == "bearer":
            head += "Authorization: Bearer " + config["token"] + "\r\n"
        elif config["auth"] == "basic":
            secret = (config["user"] + ":" + config["password"]).encode()
            head += "Authorization: Basic " + b2a_base64(secret).decode().strip() + "\r\n"
        return head + "Content-Length: "

    # ---- what to send -----------------------------------------------------------------------

    async def _next(self):
        """Wait for the Reading that is to be sent next."""
        every_ms = 1000 * self._config["every_s"]
        while every_ms:
            await self._rest(every_ms)
            reading = self._hub.reading
            if reading and reading.seq != self._seq:
                self._seq = reading.seq
                return reading
        while True:
            self._beat()
            reading = self._follower.get()
            if reading:
                return reading
            await self._bell.wait(_BEAT_MS)

    def _body(self, reading):
        if self._config["format"] == "influx":
            return line(reading, self._id)
        return reading.json('"seq":%d,' % reading.seq)

    # ---- sending ----------------------------------------------------------------------------

    async def _deliver(self, reading):
        """Send one Reading; after the last try it is dropped, and `status` says why."""
        text = self._body(reading)
        if text is None:  # line protocol has no way to say "only a clock"
            return
        body = text.encode()
        pause_ms = 2000
        for left in range(self.RETRIES, -1, -1):
            try:
                status = await self._post(body)
                if 200 <= status < 300:
                    self._state = "ok"
                    self._error = ""
                    self._sent += 1
                    return
                self._trouble(self._meaning(status))
                if 300 <= status < 500 and status not in _RETRY_STATUS:
                    break
            except OSError as error:
                self._trouble("%s" % (error.args[0] if error.args else error))
            self._close()
            if left:
                await self._rest(pause_ms + (pause_ms * random.getrandbits(8) >> 10))
                pause_ms *= 2
        self._dropped += 1

    def _meaning(self, status):
        if 300 <= status < 400:
            reason = "the address has moved: set push.url to the new one"
        else:
            other = "the server has a problem" if status >= 500 else "refused"
            reason = _REASONS.get(status, other)
        return "the server answers %d: %s" % (status, reason)

    async def _post(self, body):
        """Send the request, return the answer's status code."""
        request = (self._head + "%d\r\n\r\n" % len(body)).encode() + body
        if self._link:
            # The server may have closed it meanwhile, which shows only now: that is no failure.
            try:
                return await self._exchange(request)
            except OSError:
                self._close()
        self._beat()
        self._link = await self._connect(self._where[0], self._where[1], self._where[2], _WAIT_MS)
        return await self._exchange(request)

    async def _exchange(self, request):
        self._beat()
        await self._link.write(request, _WAIT_MS)
        self._beat()
        response = Response()
        buf = bytearray(256)
        begun = time.ticks_ms()
        while not response.done:
            left = _WAIT_MS - time.ticks_diff(time.ticks_ms(), begun)
            if left <= 0:
                raise OSError("%s does not answer the request" % self._link.peer)
            response.feed(buf, await self._link.readinto(buf, left))
        if not response.keep:
            self._close()
        return response.status

    def _close(self):
        if self._link:
            self._link.close()
            self._link = None

    def _trouble(self, text):
        if text != self._error:
            self._log("push: " + text)
        self._error = text
        self._state = "error"

    async def _rest(self, ms):
        """Sleep `ms` milliseconds with signs of life."""
        while ms > 0:
            self._beat()
            await asyncio.sleep_ms(min(ms, _BEAT_MS))
            ms -= _BEAT_MS
