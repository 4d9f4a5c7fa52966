"""Asks the twin's own HTTP interface, as any program would, with the token."""

import http.client
import json
from typing import Any


class Client:
    """GET of JSON from `host`:`port`. `token` may be set later."""

    TIMEOUT = 3  # s

    def __init__(self, port: int, token: str = "", host: str = "127.0.0.1") -> None:
        self.host = host
        self.port = port
        self.token = token

    def get(self, path: str) -> tuple[int, Any]:
        """(status, object or None): status 0 when nobody answers; no exception gets out."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.TIMEOUT)
        try:
            connection.request("GET", path, headers={"Authorization": "Bearer " + self.token,
                                                     "Connection": "close"})
            answer = connection.getresponse()
            body = answer.read(1_000_000)
            return answer.status, json.loads(body) if answer.status == 200 else None
        except (OSError, http.client.HTTPException, ValueError):
            return 0, None
        finally:
            connection.close()
