"""The request that a webhook makes."""

from typing import TYPE_CHECKING

from ...reading.json_text import letters
from ...reading.template import filled, problem_of, value_of

if TYPE_CHECKING:
    from typing import Any

_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


def _escaped(text):
    """For a URL (RFC 3986, 2.1)."""
    return "".join([ch if ch in _PLAIN else "".join(["%%%02X" % byte for byte in ch.encode()])
                    for ch in letters(text)])


class Call:
    """config: the section "webhook"; hub: hub.Hub, whose newest values it has. ValueError with a
    sentence if it has no such URL."""

    def __init__(self, config: dict, device_id: str, hub: "Any"):
        from ...net.url import host_line, split_url

        problem = problem_of(config["url"]) or problem_of(config["body"])
        if problem:
            raise ValueError("webhook: " + problem)
        self._id = device_id
        self._hub = hub
        self.tls, self.host, self.port, self._path = split_url("webhook.url", config["url"])
        self._method = config["method"]
        self._body = config["body"]
        lines = [line.strip() for line in config["headers"].split("\n") if line.strip()]
        if not [line for line in lines if line.lower().startswith("content-type:")]:
            lines.append("Content-Type: application/json")
        self._head = " HTTP/1.1\r\n%sConnection: close\r\n%s\r\n" % (
            host_line(self.tls, self.host, self.port), "\r\n".join(lines))

    def request(self, state: str) -> bytes:
        """All of it. state: what {state} stands for."""
        hub = self._hub
        reading = hub.state.reading()

        def value(name, is_json=True):
            return state if name == "state" else self._id if name == "id" else value_of(
                reading, name, is_json)

        path = filled(self._path, lambda name: _escaped(value(name, False)))
        if self._body:
            body = filled(self._body, value).encode()
        else:
            body = b"" if self._method == "GET" else hub.state.json()
        return ("%s %s%sContent-Length: %d\r\n\r\n" % (
            self._method, path, self._head, len(body))).encode() + body
