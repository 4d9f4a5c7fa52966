"""Home Assistant, by MQTT and without: discovery, values, Energy dashboard, its restart, its
statistics."""

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import fill_home_assistant
from build import setup_env
from measure.limits import Row, at_least, told
from twin.ports import free_port, is_free
from vm import newer_python

from . import home_assistant_alone as alone
from . import home_assistant_pictures as pictures
from .home_assistant_run import HomeAssistant
from .home_assistant_values import UNKNOWN, complete, none, wrong
from .stage import mosquitto, twin, wait

REQUIREMENTS = Path(__file__).with_name("home_assistant.txt")
# Swedish, with reactive values; with a gas meter; with registers that come each hour
# (of a winter day, so that they begin with the first telegram of an hour); two minutes a second.
# The first two pose as a HomeWizard, too.
_POSES = {"config": {"open": {"homewizard": True}}}
_SWEDISH, _DUTCH, _HOURLY, _FAST = "a1b2c3", "b2c3d4", "c3d4e5", "d4e5f6"
_METERS: dict[str, dict[str, Any]] = {
    _SWEDISH: {"meter": "sagemcom-p1", **_POSES}, _DUTCH: {"meter": "nl-dsmr5", **_POSES},
    _HOURLY: {"meter": "no-aidon-hdlc", "start": "2026-01-15T16:59:30"},
    _FAST: {"meter": "kamstrup-p1", "start": "2026-01-15T00:00:00", "interval": 1, "speed": 120}}
_OWN = {"meter", "link", "problem", "update"}
_IMPORT, _EXPORT = "active_energy_import_kwh", "active_energy_export_kwh"
_DAY = 1768431600, 1768518000  # of the fast one
_STATISTICS_S = 420  # Home Assistant makes them each five minutes


def prepare() -> Path:
    """The Python with Home Assistant; raises vm.Unavailable."""
    return newer_python.environment(Path(setup_env.BUILD) / "venv-home-assistant", REQUIREMENTS)


def prove(folder: Path) -> list[Row]:
    """The rows of this peer."""
    with stage(folder) as (home, twins):
        rows = [told("version", home.get("/api/config")["version"])]
        wait("the discovery of all", lambda: all(
            _keys(one).keys() <= home.entities(name).keys() for name, one in twins.items()))
        for name, one in twins.items():
            rows += [row._replace(name=f"{one.meter}: {row.name}")
                     for row in _identity(home, name)]
        home.enable_all("mqtt")
        rows += _values(home, twins)
        both = [twins[_SWEDISH], twins[_DUTCH]]
        for one in both:
            alone.add(home, one)
        rows += [row._replace(name=f"HomeWizard: {row.name}") for row in alone.prove(home, both)]
        rows += _energy(home, twins)
        rows += _gap(home, twins[_FAST])
        rows += _restart(home)
        return [*rows, none("discovery messages refused",
                            home.complaints("mqtt.*(?:discovery|schema|template)"))]


def draw(folder: Path) -> list[Path]:
    """Renews the pictures of the documents; their paths."""
    return [path for language in ("en", "sv")
            for path in pictures.draw(prepare(), folder / language, language)]


@contextlib.contextmanager
def stage(folder: Path) -> Iterator[tuple[HomeAssistant, dict[str, Any]]]:
    """A Home Assistant that listens to a broker, and {id: twin} of those that send to it."""
    home = HomeAssistant(prepare(), folder / "config")
    with contextlib.ExitStack() as running:
        running.callback(home.stop)
        broker = running.enter_context(mosquitto(folder))
        home.start()
        home.onboard()
        home.add_mqtt(broker)
        # Where an owner's dongle answers; another one has a port of its own.
        ports = {_SWEDISH: 80} if is_free(80, "") else {}
        yield home, {name: running.enter_context(
            twin(folder, broker, device_id=name, http_port=ports.get(name) or free_port(),
                 **options)) for name, options in _METERS.items()}


def _keys(one):
    """{key of an entity: value} of all that the twin's /reading.json has."""
    status, reading = one.client.get("/reading.json")
    assert status == 200, status
    derived = reading.pop("derived")
    channels = reading.pop("channels", {})
    reading.pop("as_of")
    if "net_power_w" in derived and "active_power_export_w" in reading:
        reading["net_power_w"] = derived["net_power_w"]
    return reading | {f"channel_{n}_{member}": value for n, members in channels.items()
                      for member, value in members.items() if member not in ("type", "unit")}


def _identity(home, name):
    """What a device says of itself, what of it is switched off, and what it is called."""
    entities, devices = home.entities(name), home.devices()
    own = devices[f"microhan_{name}"]
    off = {key for key, one in entities.items() if one["disabled_by"]}
    reactive = {key for key in entities if "reactive" in key}
    ids = [key for key, one in entities.items()
           if one["entity_id"].partition(".")[2] != f"microhan_{name}_{key}"]
    channels = {key: one["device_id"] for key, one in entities.items() if "channel_" in key}
    apart = [key for key, device in channels.items() if device == own["id"] or next(
        one for one in devices.values() if one["id"] == device)["via_device_id"] != own["id"]]
    page, version = str(own["configuration_url"]), str(own["sw_version"])
    return [
        Row("page", page, "http://127.0.0.1…", page.startswith("http://127.0.0.1")),
        Row("version (build)", version, "… (…)", version.endswith(")")),
        complete("own entities", len(_OWN), sorted(_OWN - entities.keys())),
        complete("ids by the key", len(entities), ids),
        complete("reactive ones off, no others", len(reactive | off), sorted(reactive ^ off)),
        complete("channels as devices of their own", len(channels), apart)]


def _values(home, twins):
    """Every value of /reading.json is the entity's, with its unit and classes."""
    wait("values of all", lambda: not [
        one for name in twins for one in home.entities(name).values()
        if home.states().get(one["entity_id"], {}).get("state") in UNKNOWN], 240)
    rows = []
    for name, one in twins.items():
        one.pulled = True  # the meter's plug: the newest values stay
        time.sleep(3)
        sent = _keys(one)
        ids = {key: entry["entity_id"] for key, entry in home.entities(name).items()}
        rows.append(complete(f"{one.meter}: values, units, classes", len(sent),
                             wrong(sent, ids, home.states())))
        one.pulled = False
    return rows


def _energy(home, twins):
    """The Energy dashboard takes the registers, and has nothing to say against them."""
    own = {name: home.entities(name) for name in (_SWEDISH, _DUTCH)}
    by_mqtt = ([own[_SWEDISH][key]["entity_id"] for key in (_IMPORT, _EXPORT, "net_power_w")],
               own[_DUTCH]["channel_1_value"]["entity_id"])
    ways = {"MQTT": by_mqtt, "HomeWizard": alone.sources(home, twins[_DUTCH])}
    wait("statistics", lambda: all(home.statistics(one) for grid, gas in ways.values()
                                   for one in (*grid, gas)), _STATISTICS_S)
    return [complete(f"Energy dashboard, {way}: sources without an issue", 2,
                     home.energy_issues(*sources)) for way, sources in ways.items()]


def _gap(home, one):
    """Home Assistant has six hours of a dongle but three of them; the dongle's ledger has all."""
    entity = home.entities(_FAST)[_IMPORT]["entity_id"]
    page = f"http://127.0.0.1:{one.client.port}"

    def taken():
        told_ = fill_home_assistant.history(page, one.token(), *_DAY)[_IMPORT]
        return told_ if len([1 for took in told_.values() if took]) >= 6 else None

    hours = wait("six hours of the ledger", taken, _STATISTICS_S)
    starts = [start for start in sorted(hours) if hours[start]][:6]
    state = total = Decimal(0)
    laid = []
    for n, start in enumerate(starts):
        state, total = state + hours[start], total + hours[start]
        if n not in (2, 3, 4):
            laid.append({"start": datetime.fromtimestamp(start, UTC).isoformat(),
                         "state": float(state), "sum": float(total)})
    metadata = fill_home_assistant.metadata(home, entity)
    home.ask("recorder/import_statistics", metadata=metadata, stats=laid)
    wait("what was laid", lambda: len(home.statistics(entity, "hour")) >= 3)
    before = home.statistics(entity, "hour")
    fill_home_assistant.fill(home, _FAST, page, one.token())
    wait("what was filled", lambda: len(home.statistics(entity, "hour")) >= 6)
    rows = {row["start"] // 1000: row for row in home.statistics(entity, "hour")}
    wrong = [start for start in starts[1:]
             if abs(Decimal(str(rows[start]["change"])) - hours[start]) > Decimal("0.0005")]
    changed = [row for row in before if any(
        rows[row["start"] // 1000][name] != row[name] for name in ("state", "sum"))]
    return [at_least("history: hours of a gap of three closed", len(rows) - len(before), 3),
            complete("history: each hour as the ledger has it", 5, wrong),
            complete("history: hours that were there stay", len(before), changed)]


def _restart(home):
    """After a restart: statistics are there, and what comes each hour has its value at once."""
    entity = home.entities(_SWEDISH)[_IMPORT]["entity_id"]
    hourly = wait("the hourly register", lambda: home.entities(_HOURLY).get(_IMPORT))["entity_id"]
    wait("its value", lambda: home.states()[hourly]["state"] not in UNKNOWN)
    before, rows = home.states()[hourly]["state"], home.statistics(entity)
    home.stop()
    home.start()
    after = wait("the hourly register", lambda: home.states().get(hourly, {}).get("state"))
    if after in UNKNOWN:
        time.sleep(5)
        after = home.states()[hourly]["state"]
    return [Row("hourly register after a restart", after, before,
                after == before and after not in UNKNOWN),
            at_least("statistics read back after a restart",
                     len(home.statistics(entity)), max(1, len(rows)))]
