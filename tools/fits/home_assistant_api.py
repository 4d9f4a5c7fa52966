"""Home Assistant's own API, as its page uses it: REST and WebSocket."""

import json
from typing import Any

import requests
from websockets.sync.client import connect


class Api:
    """One Home Assistant at `url`. token: of an administrator; "" until there is one."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url.rstrip("/")
        self.token = token

    def _headers(self):
        return {"Authorization": "Bearer " + self.token} if self.token else {}

    def get(self, path: str) -> Any:
        """The object that a GET answers."""
        answer = requests.get(self.url + path, headers=self._headers(), timeout=60)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: dict) -> Any:
        """The object that a POST answers."""
        answer = requests.post(self.url + path, json=body, headers=self._headers(), timeout=60)
        if not answer.ok:
            raise ValueError(f"{path}: {answer.status_code} {answer.text}")
        return answer.json()

    def ask(self, kind: str, **more: Any) -> Any:
        """The result of one command over its WebSocket."""
        address = "ws" + self.url.removeprefix("http") + "/api/websocket"
        with connect(address, max_size=None) as socket:
            socket.recv()
            socket.send(json.dumps({"type": "auth", "access_token": self.token}))
            if json.loads(socket.recv())["type"] != "auth_ok":
                raise ValueError("Home Assistant does not take this token")
            socket.send(json.dumps({"id": 1, "type": kind, **more}))
            answer = json.loads(socket.recv())
        if not answer["success"]:
            raise ValueError(f"{kind}: {answer['error']}")
        return answer["result"]

    def devices(self) -> dict[str, dict]:
        """{identifier: entry} of all devices of integrations."""
        return {name: one for one in self.ask("config/device_registry/list")
                for _, name in one["identifiers"]}

    def entities(self, device_id: str) -> dict[str, dict]:
        """{key: entry} of what a microhan announced, its channels' too."""
        own = f"microhan_{device_id}_"
        return {one["unique_id"].removeprefix(own): one
                for one in self.ask("config/entity_registry/list")
                if one["platform"] == "mqtt" and one["unique_id"].startswith(own)}

    def states(self) -> dict[str, dict]:
        """{entity's id: its state}."""
        return {one["entity_id"]: one for one in self.get("/api/states")}

    def statistics(self, entity: str, period: str = "5minute") -> list[dict]:
        """The rows of an entity's statistics, all of them."""
        return self.ask("recorder/statistics_during_period", statistic_ids=[entity], period=period,
                        start_time="2020-01-01T00:00:00+00:00",
                        types=["state", "sum", "change"]).get(entity, [])
