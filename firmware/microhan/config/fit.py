"""What a plain ESP32 has no memory for, or a board no pins. Said where it is set, and at the
start."""

WITH_PAGE = (
    "TLS and the page do not fit into this board's memory together: turn tls off (or write "
    "http:// in the url), use an ESP32-S3, or set http.port to 0: then settings are changed in "
    "set-up mode only")
NO_FETCH = (
    "update.url: this board has too little memory to fetch updates: leave it empty, and upload "
    "them on the page")
_ONE_TLS = (
    "%s: this board has memory for one encrypted connection: turn the other's tls off (or write "
    "http:// in its url), or use an ESP32-S3")
_TOGETHER = (
    "%s: together they take %d kB, and this board has %d for them%s: switch one off, or use an "
    "ESP32-S3")
_NO_PINS = (
    "%s: this board has no pins for that (pins.feed, pins.pin1_sense, pins.request): leave it off")
# What a way out, or the feed, takes while it is in use, bytes of heap, and the part of the program
# that several share; of a part that has one file for each, one at a time is in memory. Measured:
# docs/performance.md, docs/integrations/README.md, docs/feed.md.
PRICES = (
    ("mqtt.host", 10_900, "mqtt"),
    ("mqtt.goe", 2_000, "charger"),
    ("mqtt.smartevse", 2_000, "charger"),
    ("push.url", 10_000, "push"),
    ("webhook.url", 7_000, "webhook"),
    ("open.p1", 6_000, "p1"),
    ("open.ws", 6_000, "p1"),
    ("open.modbus", 6_000, "modbus"),
    ("open.homewizard", 3_400, "open"),
    ("open.ecotracker", 3_400, "open"),
    ("open.shelly", 3_400, "open"),
    ("open.shelly_udp", 8_500, "shelly_udp"),
    ("open.announce", 5_500, "announce"),
    ("feed.consent", 3_300, "feed"),
    ("feed.restart_after", 3_300, "feed"),
)
# Bytes for all of them, without and with TLS: with more the page is refused, or a webhook's call,
# for as long as somebody asks (docs/memory.md).
_ROOM = 25_000, 13_000


def encrypted(config: dict) -> list[str]:
    """The keys of the ways out that are encrypted. config: complete."""
    mqtt = config["mqtt"]
    return ["mqtt.tls"] * (mqtt["host"] != "" and mqtt["tls"]) + [
        name + ".url" for name in ("push", "webhook") if config[name]["url"].startswith("https:")]


def _unfed(config):
    """What the section `feed` wants and the board has no pins for, by the section `pins`."""
    feed, pins = config["feed"], config["pins"]
    key, needed = "restart_after", ("request",)
    if feed["consent"]:
        key, needed = "consent", ("feed", "pin1_sense")
    if feed[key] and -2 in [pins[use] for use in needed]:
        return "feed." + key, _NO_PINS % ("feed." + key)
    return None


def unfit(config: dict, is_plain: bool, tls_alone: bool) -> "tuple[str, str] | None":
    """(key, sentence) of what the board has no memory, or no pins, for; None if all of it fits.

    config: complete; is_plain: a plain ESP32; tls_alone: that has none for TLS beside the page.
    """
    if not is_plain:
        return _unfed(config)
    tls = encrypted(config)
    if tls_alone and config["http"]["port"] and tls:
        return "http.port", WITH_PAGE
    if config["update"]["url"]:
        return "update.url", NO_FETCH
    if len(tls) > 1:
        return tls[-1], _ONE_TLS % ", ".join(tls)
    prices = {}
    keys = []
    for name, price, part in PRICES:
        section, _, key = name.partition(".")
        needs = True  # what there must be for it
        if section == "mqtt":
            needs = config["mqtt"]["host"]
        elif section == "open" and key not in ("p1", "modbus", "shelly_udp"):
            needs = config["http"]["port"]
        if config[section][key] and needs:
            prices[part] = price
            keys.append(name)
    total = sum(prices.values())
    room = _ROOM[len(tls)]
    if total <= room:
        return _unfed(config)
    return keys[-1], _TOGETHER % (", ".join(keys), total // 1000, room // 1000,
                                  " beside TLS" if tls else "")
