"""The pictures of docs/integrations/home-assistant.md and of its Swedish sister: Home Assistant's
own pages of a dongle, by MQTT and without a broker, and of its Energy dashboard."""

import json
import re
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

import fill_home_assistant
from vm.vm import Unavailable

from . import home_assistant_alone as alone
from .home_assistant_run import HomeAssistant
from .stage import mosquitto, twin, wait

_BY_MQTT, _ALONE = "a1b2c3", "b2c3d4"
_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LARGEST = 120_000  # bytes of a picture
_IMPORT, _EXPORT = "active_energy_import_kwh", "active_energy_export_kwh"


def draw(python: Path, folder: Path, out: Path, language: str) -> list[Path]:
    """Makes the pictures in one language, "en" or "sv"; their paths."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        raise Unavailable("chromium is needed for the pictures")
    home = HomeAssistant(python, folder / "config", language)
    try:
        with mosquitto(folder) as broker, \
                twin(folder, broker, _BY_MQTT, {"http": {"language": language}},
                     meter="sagemcom-p1") as first, \
                twin(folder, None, _ALONE, {"open": {"homewizard": True}}, http_port=80) as second:
            home.start()
            home.onboard()
            home.add("mqtt", {"broker": broker.host, "port": broker.port, "other_settings": {
                "set_client_cert": False, "set_ca_cert": "off"}})
            alone.add(home, second)
            ...
    finally:
        home.stop()
