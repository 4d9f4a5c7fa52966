"""The pictures of docs/integrations/home-assistant.md and of its Swedish sister: Home Assistant's
own pages of a dongle by MQTT, of one without a broker, and of its Energy dashboard."""

import json
import math
import re
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import sync_playwright

import fill_home_assistant
from build import setup_env
from vm.vm import Unavailable

from . import home_assistant_alone as alone
from .home_assistant_run import HomeAssistant
from .stage import mosquitto, twin, wait

OUT = Path(setup_env.ROOT) / "docs" / "pictures"
_LARGEST = 120_000  # bytes of a picture
_BY_MQTT, _ALONE = "a1b2c3", "b2c3d4"
_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_SIZE = {"width": 800, "height": 1020}  # without the menu at its side
_LOCALES = {"en": "en-GB", "sv": "sv-SE"}
_ENDS = {"en": "", "sv": "-sv"}
_YESTERDAY = re.compile("^(Previous|Föregående)$")
_PATIENCE_MS = 60_000


def draw(python: Path, folder: Path, language: str) -> list[Path]:
    """Makes the pictures in one language, "en" or "sv"; their paths. The folder is a new one."""
    folder.mkdir()
    home = HomeAssistant(python, folder / "config", language)
    try:
        with mosquitto(folder) as broker, \
                twin(folder, broker, _BY_MQTT, {"http": {"language": language}},
                     meter="sagemcom-p1"), \
                twin(folder, None, _ALONE, {"open": {"homewizard": True}}, meter="sagemcom-p1",
                     http_port=80) as second:
            home.start()
            home.onboard()
            home.add_mqtt(broker)
            alone.add(home, second)
            wait("the entities", lambda: "net_power_w" in home.entities(_BY_MQTT))
            _lay(home)
            return _shoot(home, language)
    finally:
        home.stop()


def _lay(home):
    """Two days of a house with a heat pump and a roof, as the statistics of what is by MQTT."""
    own = {key: one["entity_id"] for key, one in home.entities(_BY_MQTT).items()}
    ways = own["active_energy_import_kwh"], own["active_energy_export_kwh"]
    wait("their statistics", lambda: set(ways) <= {
        one["statistic_id"] for one in home.ask("recorder/list_statistic_ids")})
    for entity, sign in zip(ways, (1, -1), strict=True):
        home.ask("recorder/import_statistics", stats=_two_days(sign),
                 metadata=fill_home_assistant.metadata(home, entity))
    home.energy_issues((*ways, own["net_power_w"]))


def _two_days(sign):
    """Statistics, up to this hour, of what the house takes (1) or gives (-1)."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    total, rows = 0.0, []
    for hour in range(48):
        start = now + timedelta(hours=hour - 48)
        sun = max(0, math.sin((start.hour - 5) / 12 * math.pi))
        total += max(0, sign * (0.9 + 0.5 * math.cos(hour / 3) - 2.6 * sun))
        rows.append({"start": start.isoformat(), "state": total, "sum": total})
    return rows


def _shoot(home, language):
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        raise Unavailable("the pictures need chromium (install it)")
    known = home.tokens | {"hassUrl": home.url, "clientId": home.url + "/",
                           "expires": 1000 * (int(time.time()) + 1800)}
    devices = {one["name"]: "/config/devices/device/" + one["id"]
               for one in home.ask("config/device_registry/list")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_OPTIONS)
        context = browser.new_context(viewport=_SIZE, locale=_LOCALES[language],
                                      timezone_id="Europe/Stockholm")
        context.set_default_timeout(_PATIENCE_MS)
        context.add_init_script(
            f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(known))})")
        page = context.new_page()
        made = [_take(page, f"home-assistant-{name}{_ENDS[language]}.png", home.url + address)
                for name, address in {"mqtt": devices["microhan " + _BY_MQTT],
                                      "homewizard": devices["P1 meter"],
                                      "energy": "/energy/electricity"}.items()]
        browser.close()
    return made


def _take(page, name, address):
    """A picture of the window, once it has values; of the energy of a whole day, yesterday's."""
    page.goto(address)
    page.get_by_text("kWh").filter(visible=True).first.wait_for()
    if "/energy/" in address:
        page.get_by_role("button", name=_YESTERDAY).first.click()
    page.wait_for_timeout(4000)  # charts come with a movement
    page.screenshot(path=OUT / name)
    if (OUT / name).stat().st_size > _LARGEST:
        raise ValueError(f"{name} has more than {_LARGEST} bytes")
    return OUT / name
