"""A Home Assistant of its own: started, onboarded, asked by the API that its own page uses."""

import contextlib
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests

from twin.broker import Broker
from twin.children import end, spawn
from twin.ports import free_port

from .home_assistant_api import Api
from .stage import wait

_CONFIGURATION = """homeassistant:
  name: Home
  time_zone: Europe/Stockholm
  country: SE
  language: {language}
http:
  server_host: 127.0.0.1
  server_port: {port}
frontend:
config:
recorder:
  commit_interval: 1
history:
energy:
"""
# What it imports to hear a voice, which nobody does here; no registry has them for this Python.
_UNHEARD = {"pymicro_vad": "MicroVad", "pyspeex_noise": "AudioProcessor"}
_PATIENCE = 300  # s, for a start on a busy PC


class HomeAssistant(Api):
    """One instance, whose files are in `folder`; `python`: of its environment. language: "en" or
    "sv"."""

    def __init__(self, python: Path, folder: Path, language: str = "en") -> None:
        self._python = python
        self._folder = folder
        port = free_port()
        super().__init__(f"http://127.0.0.1:{port}")
        self._process: subprocess.Popen | None = None
        self.tokens: dict[str, Any] = {}
        folder.mkdir()
        (folder / "configuration.yaml").write_text(
            _CONFIGURATION.format(port=port, language=language))
        for module, name in _UNHEARD.items():
            (folder / f"{module}.py").write_text(f"{name} = None\n")

    def start(self) -> None:
        """Starts it, and waits until it answers and runs. Raises stage.Missed."""
        with open(self._folder / "console.log", "ab") as log:
            self._process = spawn([str(self._python), "-m", "homeassistant", "--config",
                                   str(self._folder), "--skip-pip"], cwd=self._folder,
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        # Once it is set up there is no onboarding any more.
        wait("Home Assistant answers", self._is_running if self.token else self._is_there,
             _PATIENCE)

    def _is_there(self):
        with contextlib.suppress(requests.RequestException):
            return requests.get(self.url + "/api/onboarding", timeout=5).ok
        return False

    def _is_running(self):
        with contextlib.suppress(requests.RequestException):
            return self.get("/api/config")["state"] == "RUNNING"
        return False

    def stop(self) -> None:
        """Ends it as its own restart does: states are written first."""
        if self._process:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(120)
            end(self._process)
            self._process = None

    def onboard(self) -> None:
        """Makes the owner, as the first page does, and logs in."""
        owner = {"name": "Owner", "username": "owner", "password": "of-this-run-only",
                 "client_id": self.url + "/", "language": "en"}
        code = self.post("/api/onboarding/users", owner)["auth_code"]
        answer = requests.post(self.url + "/auth/token", timeout=60, data={
            "grant_type": "authorization_code", "code": code, "client_id": self.url + "/"})
        self.tokens = answer.json()
        self.token = self.tokens["access_token"]
        wait("Home Assistant runs", self._is_running, _PATIENCE)
        self.ask("http/config/promote")  # else the port is tried for five minutes, and given back
        for step in ("core_config", "analytics"):
            self.post("/api/onboarding/" + step, {})
        self.post("/api/onboarding/integration", {
            "client_id": self.url + "/", "redirect_uri": self.url + "/"})

    def add(self, handler: str, given: dict) -> dict:
        """Adds an integration by its form, as an owner does; the finished flow."""
        begun = self.post("/api/config/config_entries/flow", {"handler": handler})
        done = self.post(f"/api/config/config_entries/flow/{begun['flow_id']}", given)
        assert done["type"] == "create_entry", done
        return done["result"]

    def add_mqtt(self, broker: Broker) -> None:
        """Adds its MQTT integration."""
        self.add("mqtt", {"broker": broker.host, "port": broker.port, "other_settings": {
            "set_client_cert": False, "set_ca_cert": "off"}})

    def enable_all(self, domain: str) -> None:
        """As an owner who wants all: loads the integration again, with each of its entities."""
        for one in self.ask("config/entity_registry/list"):
            if one["platform"] == domain and one["disabled_by"]:
                self.ask("config/entity_registry/update", entity_id=one["entity_id"],
                         disabled_by=None)
        for one in self.get("/api/config/config_entries/entry"):
            if one["domain"] == domain:
                self.post(f"/api/config/config_entries/entry/{one['entry_id']}/reload", {})

    def energy_issues(self, grid: Sequence[str], *gas: str) -> list[dict]:
        """Makes these entities the sources of the Energy dashboard; what it has against them.
        grid: import, export, power."""
        self.ask("energy/save_prefs", energy_sources=[
            {"type": "grid", "stat_energy_from": grid[0], "stat_energy_to": grid[1],
             "stat_rate": grid[2], "cost_adjustment_day": 0},
            *({"type": "gas", "stat_energy_from": one} for one in gas)])
        return [issue for source in self.ask("energy/validate")["energy_sources"]
                for issue in source]

    def complaints(self, of: str) -> list[str]:
        """The errors and warnings of its log that have this pattern."""
        text = (self._folder / "console.log").read_text()
        return re.findall(f".*(?:ERROR|WARNING).*{of}.*", text)
