"""Home Assistant without a broker: its homewizard integration asks the dongle."""

import contextlib

from measure.limits import Row
from twin.twin import Twin

from . import homewizard
from .home_assistant_run import HomeAssistant
from .home_assistant_values import UNKNOWN, complete, none, wrong
from .stage import Missed, wait

_ASKED_S = 30  # it asks each 5 s
_SILENT_S = 150  # a minute, and then it asks three times until it gives up


def add(home: HomeAssistant, one: Twin) -> None:
    """Adds the dongle by its address, as an owner does, and shows all that it has."""
    address, port = "127.0.0.1", one.client.port
    home.add("homewizard", {"ip_address": address if port == 80 else f"{address}:{port}"})
    wait("its entities", lambda: "active_power_w" in entities(home, one))
    home.enable_all("homewizard")


def entities(home: HomeAssistant, one: Twin) -> dict[str, str]:
    """{their name: entity's id} of one dongle."""
    own = f"HWE-P1_{_of(one, '/api')['serial']}_"
    channels = {f"homewizard_{name}": name for name in _channels(_of(one, "/reading.json"))}
    found = {}
    for entry in home.ask("config/entity_registry/list"):
        name = entry["unique_id"]
        if entry["platform"] == "homewizard" and (name in channels or name.startswith(own)):
            found[channels.get(name, name.removeprefix(own))] = entry["entity_id"]
    return found


def sources(home: HomeAssistant, one: Twin) -> tuple[list[str], str]:
    """For HomeAssistant.energy_issues()."""
    ids = entities(home, one)
    gas = next(entity for name, entity in ids.items() if name.startswith("gas_meter_"))
    return [ids[name] for name in (
        "total_power_import_kwh", "total_power_export_kwh", "active_power_w")], gas


def prove(home: HomeAssistant, twins: list[Twin]) -> list[Row]:
    """The rows of dongles that it has. Their meters fall silent meanwhile, and come back."""
    for one in twins:
        one.pulled = True  # the newest values stay, for a minute
    sent = [_sent(one) for one in twins]
    ids = [entities(home, one) for one in twins]
    rows = []
    for one, values, own in zip(twins, sent, ids, strict=True):
        otherwise = _settled(lambda: wrong(values, own, home.states()), _ASKED_S)  # noqa: B023
        rows.append(complete(f"{one.meter}: values, units, classes", len(values), otherwise))
    rows += [none("errors and warnings", home.complaints("homewizard")),
             none("repairs", [issue for issue in home.ask("repairs/list_issues")["issues"]
                              if issue["domain"] == "homewizard"])]
    of_meter = [own[name] for values, own in zip(sent, ids, strict=True)
                for name in values if name in own]
    old = _settled(lambda: [entity for entity, state in _states(home, of_meter)
                            if state != "unavailable"], _SILENT_S)
    rows.append(complete("unavailable, the meter silent for a minute", len(of_meter), old))
    for one in twins:
        one.pulled = False
    gone = _settled(lambda: [entity for entity, state in _states(home, of_meter)
                             if state in UNKNOWN], _SILENT_S)
    return [*rows, complete("there again with its next telegram", len(of_meter), gone)]


def _settled(look, seconds):
    """What look() still finds after `seconds`; [] as soon as it finds nothing."""
    with contextlib.suppress(Missed):
        wait("nothing", lambda: not look(), seconds)
        return []
    return look()


def _states(home, ids):
    states = home.states()
    return [(entity, states.get(entity, {}).get("state")) for entity in ids]


def _of(one, path):
    status, told = one.client.get(path)
    assert status == 200, (path, status)
    return told


def _channels(reading):
    """{kind_id: value} as they name them; of gas alone, which is what the meters tried have."""
    return {f"gas_meter_{channel['id']}": channel["value"]
            for channel in reading.get("channels", {}).values()}


def _sent(one):
    reading = _of(one, "/reading.json")
    return {name: value for name, value in homewizard.shown(reading).items()
            if value is not None} | _channels(reading)
