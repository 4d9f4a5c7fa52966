"""The configuration: every key, its default, and what it may be. settings.py has the file.

`docs/configuration.md` is made from this table and the comment above each row: `make docs`
writes it, and a test compares.
"""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_TEXT = const(0)  # one line; limits: shortest, longest
_INT = const(1)  # limits: least, most
_BOOL = const(2)
_CHOICE = const(3)  # limits: the values, of which the first is the default
_OFFSET = const(4)  # +HH:MM
_HEX = const(5)  # limits: the numbers of digits; none is allowed, too
_LINES = const(6)  # text of several lines; limits of this and the next three: as of _TEXT
_HOST = const(7)
_URL = const(8)
_TOPIC = const(9)
_PASSWORD = const(10)  # one line, or empty; limits: as of _TEXT
_HTTPS = const(11)  # limits of this and the next two: as of _TEXT
_ADDRESSES = const(12)
_HEADERS = const(13)  # as _LINES, each a header
_PORTS = const(14)  # limits: as of _TEXT
# Headers that a request has in any case, and their like in HTTP/1.0.
_OWN = ("host", "content-length", "transfer-encoding", "connection", "user-agent")

# (section, its keys: (key, type, default, limits)).
SCHEMA: "Any" = (
    ("meter", (
        # Whether a telegram must carry a matching checksum. `off` also takes telegrams without one
        # (old Aidon firmware, DSMR 2.2 and 3), and bit 7 may be a parity bit; `/status.json` says
        # so.
        ("crc", _CHOICE, None, ("on", "off")),
        # The meter's clock: `normal` keeps normal time all year (Sweden), `local` has summer time
        # (Netherlands, Belgium, Luxembourg, Finland, Lithuania).
        ("clock", _CHOICE, None, ("normal", "local")),
        # UTC offset of the meter's normal time.
        ("utc_offset", _OFFSET, "+01:00", None),
        # The main fuse, A, as on the grid company's bill; 0: not known. The history does not
        # believe registers that rise faster than it allows (0: than three phases of 80 A).
        ("fuse", _INT, 0, (0, 1000)),
        # Speed of the meter's port, bit/s. 0: detected automatically, with data bits, parity
        # and polarity.
        ("baud", _INT, 0, (0, 115200)),
        # Data bits of the meter's port, where `baud` is set.
        ("bits", _INT, 8, (7, 8)),
        # Parity of the meter's port, where `baud` is set.
        ("parity", _CHOICE, None, ("none", "even", "odd")),
        # `off`: the board's transistor inverts the line (the usual board). `on`: the ESP32 inverts
        # it, for boards without the transistor. Where `baud` is 0, it is only what is tried first.
        ("invert", _CHOICE, None, ("off", "on")),
        # Encryption key of a meter that encrypts, from the grid company. Never shown again.
        ("key", _HEX, "", (32,)),
        # Its authentication key; empty: the one that Luxembourg and Austria publish.
        ("auth_key", _HEX, "", (32, 34)),
        # Wh per count of a binary list's registers, where the list does not say (Kamstrup's): 1
        # (Sweden) or 10 (Norway, Denmark). `unknown`: worked out within about an hour, and kept
        # with the meter's number; until then energy registers are left out rather than ten times
        # wrong.
        ("energy_unit", _CHOICE, None, ("unknown", "1", "10", "100", "1000")),
        # A per count of such a list. `unknown`: worked out from volts and power, and kept with the
        # meter's number; until then currents are left out. A meter behind current transformers
        # counts in other units than one without.
        ("current_unit", _CHOICE, None, ("unknown", "0.001", "0.01", "0.1", "1")),
        # V per count of such a list. `unknown`: the one that gives about 230 V.
        ("voltage_unit", _CHOICE, None, ("unknown", "0.01", "0.1", "1")),
        # W (and var) per count of such a list. `unknown`: 1 where the maker is known.
        ("power_unit", _CHOICE, None, ("unknown", "0.1", "1", "10", "100", "1000")),
    )),
    ("wifi", (
        # Name of the Wi-Fi network, as its router spells it. Blanks at either end count.
        ("ssid", _TEXT, "", (0, 32)),
        # Password of the Wi-Fi network; empty for an open one.
        ("password", _TEXT, "", (0, 63)),
        # A second network, tried when the first one is not there; so the next router can be
        # entered beforehand.
        ("ssid_2", _TEXT, "", (0, 32)),
        # Its password.
        ("password_2", _TEXT, "", (0, 63)),
        # A third network.
        ("ssid_3", _TEXT, "", (0, 32)),
        # Its password.
        ("password_3", _TEXT, "", (0, 63)),
        # Host name on the network; empty: `microhan-<id>`.
        ("hostname", _HOST, "", (0, 32)),
        # Time server, asked only when the meter gives no time or TLS needs it; empty: never.
        ("ntp", _HOST, "pool.ntp.org", (0, 253)),
    )),
    ("mqtt", (
        # MQTT broker, name or address; empty: no MQTT. `.local` names work.
        ("host", _HOST, "", (0, 253)),
        # Port of the broker; 0: 1883, or 8883 with `tls`.
        ("port", _INT, 0, (0, 65535)),
        # User name at the broker; empty: none.
        ("user", _TEXT, "", (0, 128)),
        # Password at the broker.
        ("password", _TEXT, "", (0, 256)),
        # Encrypt the connection and check the broker's certificate against `ca` and `host`. On a
        # plain ESP32 that cannot read its program in flash: only with `http.port` 0.
        ("tls", _BOOL, False, None),
        # Encrypt without checking whom we talk to. `/status.json` warns for as long as this is on.
        ("tls_insecure", _BOOL, False, None),
        # Certificate of the authority that signed the broker's, PEM text.
        ("ca", _LINES, "", (0, 4096)),
        # Seconds without traffic after which the connection is probed.
        ("keepalive", _INT, 60, (5, 3600)),
        # Announce every entity to Home Assistant.
        ("discovery", _BOOL, True, None),
        # Home Assistant's discovery prefix.
        ("discovery_prefix", _TOPIC, "homeassistant", (1, 64)),
        # A go-e charger that follows the house's power: its topic, like `go-eCharger/123456`;
        # empty: none.
        ("goe", _TOPIC, "", (0, 64)),
        # A SmartEVSE that follows the house's currents: its topic, like `SmartEVSE/12345`; empty:
        # none.
        ("smartevse", _TOPIC, "", (0, 64)),
    )),
    ("push", (
        # Where readings are POSTed to, `http://` or `https://`; empty: nowhere. On a plain ESP32
        # that cannot read its program in flash `https://` goes only with `http.port` 0.
        ("url", _URL, "", (0, 512)),
        # What is POSTed: the JSON of `/reading.json`, or InfluxDB line protocol.
        ("format", _CHOICE, None, ("json", "influx")),
        # How the server knows us.
        ("auth", _CHOICE, None, ("none", "bearer", "basic")),
        # The token for `bearer`.
        ("token", _TEXT, "", (0, 512)),
        # The user name for `basic`.
        ("user", _TEXT, "", (0, 128)),
        # The password for `basic`.
        ("password", _TEXT, "", (0, 256)),
        # 0: each reading. Otherwise the newest one every so many seconds.
        ("every_s", _INT, 0, (0, 86400)),
        # Certificate of the authority that signed the server's, PEM text.
        ("ca", _LINES, "", (0, 4096)),
        # Encrypt without checking whom we talk to. `/status.json` warns for as long as this is on.
        ("tls_insecure", _BOOL, False, None),
    )),
    ("webhook", (
        # What is called, `http://` or `https://`; empty: nothing. `{active_power_import_w}`, any
        # other key of `/reading.json`, `{id}` and `{state}` stand for values.
        ("url", _URL, "", (0, 512)),
        # How.
        ("method", _CHOICE, None, ("POST", "PUT", "GET")),
        # Headers, one a line: `Title: Power`. Never shown again.
        ("headers", _HEADERS, "", (0, 1024)),
        # What is sent, with the same names in braces; empty: `/reading.json`, with GET nothing.
        ("body", _LINES, "", (0, 1024)),
        # `reading`: at each reading; `every`: every `limit` s; once, when import rises above
        # `limit` W (`power`), a current above `limit` A (`phase`), or the meter was silent for
        # `limit` s (`silent`).
        ("when", _CHOICE, None, ("reading", "every", "power", "phase", "silent")),
        # Seconds, W or A, as `when` says.
        ("limit", _INT, 60, (1, 100_000)),
        # Call again when that is over (a tenth below the limit, or a reading): `{state}` is then
        # `off`, otherwise `on`.
        ("end", _BOOL, False, None),
        # Certificate of the authority that signed the server's, PEM text.
        ("ca", _LINES, "", (0, 4096)),
        # Encrypt without checking whom we talk to. `/status.json` warns for as long as this is on.
        ("tls_insecure", _BOOL, False, None),
    )),
    ("http", (
        # Port of the web server; 0: none, and so no page. Set-up mode has its form on port 80 even
        # then.
        ("port", _INT, 80, (0, 65535)),
        # Language of the page, and of set-up, until a reader chooses another.
        ("language", _CHOICE, None, ("sv", "en")),
        # A token for programs, that may read everything. At the next start it becomes the token
        # `config`, of which only a hash is kept, and leaves the file.
        ("token", _PASSWORD, "", (10, 128)),
        # The owner's password. At the next start it becomes that, hashed, and leaves the file.
        # Empty: the one that was chosen before, or chosen when the device is set up.
        ("password", _PASSWORD, "", (10, 128)),
    )),
    ("update", (
        # Where the update package for this chip lies, `https://`; empty: it is uploaded. Fetched
        # when you press the button on the page. Not on a plain ESP32.
        ("url", _HTTPS, "", (0, 512)),
        # Certificate of the authority that signed that server's, PEM text.
        ("ca", _LINES, "", (0, 4096)),
    )),
    ("open", (
        # What a HomeWizard P1 meter tells, API v1, at `http.port`, without a password.
        ("homewizard", _BOOL, False, None),
        # What an EcoTracker tells, for plug-in batteries, at `http.port`, without a password.
        ("ecotracker", _BOOL, False, None),
        # What a Shelly Pro 3EM tells, for batteries, at `http.port`, without a password.
        ("shelly", _BOOL, False, None),
        # UDP ports for the same, which batteries of Marstek ask, without a password, two at most;
        # empty: none. Usual: `1010, 2220`.
        ("shelly_udp", _PORTS, "", (0, 16)),
        # Port for the meter's telegrams as P1 text over TCP, without a password; 0: none. Usual:
        # 2323.
        ("p1", _INT, 0, (0, 65535)),
        # The same over WebSocket, at `http.port`, address `/ws`.
        ("ws", _BOOL, False, None),
        # Port for the values as an Eastron SDM630 has them, Modbus TCP, without a password; 0:
        # none. Usual: 502.
        ("modbus", _INT, 0, (0, 65535)),
        # Announce by mDNS the page and what is on here over HTTP: programs and batteries find it.
        ("announce", _BOOL, False, None),
        # Who may use what is on here, like `192.168.1.20, 192.168.1.0/24`. Empty: everybody in the
        # network.
        ("allow", _ADDRESSES, "", (0, 256)),
    )),
    ("pins", (
        # GPIO that reads the meter; -1: the board's own.
        ("rx", _INT, -1, (-1, 48)),
        # GPIO of the UART's other direction, which is not connected; -1: the board's own choice.
        ("tx", _INT, -1, (-1, 48)),
        # GPIO of the light; -1: the board's own. An ESP32 has inputs only from 34 on.
        ("led", _INT, -1, (-1, 48)),
        # `on`: the light is on while its GPIO is low.
        ("led_invert", _CHOICE, None, ("off", "on")),
        # GPIO of the button; -1: the board's own. Held for 5 seconds it opens set-up
        # mode, for 15 it asks whether to erase everything; never while the power comes.
        ("button", _INT, -1, (-1, 48)),
    )),
)

HIDDEN = ("password", "password_2", "password_3", "token", "key", "auth_key", "headers")


def rows() -> "Iterator[tuple[str, str, int, Any, Any]]":
    """Yield (section, key, type, default, limits) of every key."""
    for section, keys in SCHEMA:
        for key, kind, default, limits in keys:
            yield section, key, kind, limits[0] if kind == _CHOICE else default, limits


def defaults(sections: "Any" = None) -> dict:
    """The configuration of a fresh device, a dict of dicts; of these sections, None for all."""
    config: dict = {}
    for section, key, _, default, _ in rows():
        if sections is None or section in sections:
            config.setdefault(section, {})[key] = default
    return config


def validate(given: "Any", whole: bool = True) -> "tuple[dict, list[str]]":
    """(configuration, problems) of `given`, a dict of dicts as parsed from JSON.

    The configuration has the default where `given` has no value or a wrong one; not `whole`, for
    memory's sake, it has only the sections that are given. The problems are a sentence on each
    unknown section or key and on each wrong value: its name, and what is allowed.
    """
    config = defaults(None if whole or not isinstance(given, dict) else given)
    problems: list[str] = []
    if not isinstance(given, dict):
        return config, ["the configuration must be a JSON object of sections"]
    for section in given:
        if section not in config:
            problems.append(_unknown(section, "section", [name for name, _ in SCHEMA]))
        elif not isinstance(given[section], dict):
            problems.append("%s: must be an object of keys, not %r"
                            % (section, type(given[section]).__name__))
        else:
            for key in given[section]:
                if key not in config[section]:
                    problems.append(_unknown(section + "." + key, "key", config[section]))
    for section, key, kind, _, limits in rows():
        keys = given.get(section)
        if isinstance(keys, dict) and key in keys:
            value = keys[key]
            problem = _problem(kind, value, limits)
            if problem:
                shown = "(not shown)" if key in HIDDEN else repr(value)[:40]
                problems.append("%s.%s is %s: %s" % (section, key, shown, problem))
            else:
                config[section][key] = value
    return config, problems


def allowed(kind: int, limits: "Any") -> str:
    """Say what a value of this type may be."""
    if kind == _BOOL:
        return "true or false"
    if kind == _INT:
        return "a whole number from %d to %d" % limits
    if kind == _CHOICE:
        return "one of " + ", ".join(limits)
    if kind == _OFFSET:
        return "an offset like +01:00"
    if kind == _HEX:
        return "empty, or %s hexadecimal digits" % " or ".join([str(n) for n in limits])
    return _TEXTS[kind] % limits


# What a text of each type may be.
_TEXTS = {
    _TEXT: "text of %d to %d characters, on one line",
    _PASSWORD: "empty, or text of %d to %d characters, on one line",
    _LINES: "text of %d to %d characters",
    _HOST: "a name or an IPv4 address, %d to %d characters without http://, port or blanks",
    _URL: "empty or a URL, http:// or https://, %d to %d characters without blanks",
    _HTTPS: "empty or a URL, https://, %d to %d characters without blanks",
    _TOPIC: "an MQTT topic of %d to %d bytes, without + and #",
    _ADDRESSES: "text of %d to %d characters: IPv4 addresses, or ranges like 192.168.1.0/24, with "
                "commas between them",
    _PORTS: "text of %d to %d characters: a port, or two with a comma between them",
    _HEADERS: "lines like `Name: value`, %d to %d characters, without those that each request has",
}


def _problem(kind, value, limits):
    """None if the value is allowed, otherwise what is."""
    if kind == _BOOL:
        fits = isinstance(value, bool)
    elif kind == _INT:
        fits = isinstance(value, int) and not isinstance(value, bool)
        fits = fits and limits[0] <= value <= limits[1]
    elif not isinstance(value, str):
        fits = False
    elif kind == _CHOICE:
        fits = value in limits
    elif kind == _OFFSET:
        fits = _is_offset(value)
    elif kind == _HEX:
        fits = not value or len(value) in limits and not value.lower().strip("0123456789abcdef")
    else:
        fits = limits[0] <= len(value) <= limits[1] and _is_text(kind, value)
        fits = fits or kind == _PASSWORD and not value
    return None if fits else "must be " + allowed(kind, limits)


def _is_text(kind, text):
    """Whether the text may go where it is used. A line end in an HTTP header would begin another
    one, and a broker closes the connection on a topic with wildcards (MQTT 3.1.1, 4.7)."""
    if kind == _LINES:
        return True
    if kind == _HEADERS:
        return all([_is_header(line) for line in text.split("\n") if line.strip()])
    least = 33 if kind in (_HOST, _URL, _HTTPS) else 32
    data = text.encode()  # no loop over the text: MicroPython would keep each of its letters
    for i in range(len(data)):
        # 0xC2 begins the letters from 0x80 to 0xBF
        if data[i] < least or data[i] == 0x7F or data[i] == 0xC2 and data[i + 1] < 0xA0:
            return False
    if kind in (_URL, _HTTPS):
        scheme, mark, _ = text.partition("://")
        return not text or mark != "" and (
            scheme.lower() == "https" or kind == _URL and scheme.lower() == "http")
    if kind == _ADDRESSES:
        from ..net.allowed import is_list

        return is_list(text)
    if kind == _PORTS:
        return not text or text.count(",") < 2 and not [
            port for port in text.replace(" ", "").split(",")
            if port.strip("0123456789") or not 0 < int(port or 0) < 65536]
    if kind == _TOPIC:
        return not ("+" in text or "#" in text or text[:1] == "$" or len(text.encode()) > 64)
    return kind != _HOST or not ("/" in text or ":" in text or "@" in text)


def _is_header(line):
    name, colon, value = line.strip().partition(":")
    return (colon != "" and name != "" and name.lower() not in _OWN
            and not name.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
            and _is_text(_TEXT, value))


def offset_minutes(text: str) -> int:
    """Minutes of a UTC offset written "+01:00" or "-03:30"; ValueError with a sentence if it is
    none."""
    if (len(text) == 6 and text[0] in "+-" and text[3] == ":" and text[1:3].isdigit()
            and text[4:].isdigit() and int(text[1:3]) <= 14 and int(text[4:]) < 60):
        minutes = int(text[1:3]) * 60 + int(text[4:])
        return -minutes if text[0] == "-" else minutes
    raise ValueError("the UTC offset must look like +01:00, not " + text)


def _is_offset(text):
    try:
        offset_minutes(text)
    except ValueError:
        return False
    return True


def _unknown(name, kind, known):
    return "%s: no such %s; there are %s" % (name, kind, ", ".join(sorted(known)))


def changes(config: dict) -> dict:
    """What differs from the defaults: what goes to flash."""
    out: dict = {}
    plain = defaults()
    for section in config:
        for key in config[section]:
            if config[section][key] != plain[section][key]:
                out.setdefault(section, {})[key] = config[section][key]
    return out
