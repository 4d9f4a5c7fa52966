"""The configuration: every key, its default, and what it may be (values.py). settings.py has the
file.

`docs/configuration.md` is made from this table and the comment above each row: `make docs`
writes it, and a test compares.
"""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

TEXT = const(0)  # one line; limits: shortest, longest
INT = const(1)  # limits: least, most
BOOL = const(2)
CHOICE = const(3)  # limits: the values, of which the first is the default
OFFSET = const(4)  # +HH:MM
HEX = const(5)  # limits: the numbers of digits; none is allowed, too
LINES = const(6)  # text of several lines; limits of this and the next three: as of TEXT
HOST = const(7)
URL = const(8)
TOPIC = const(9)
PASSWORD = const(10)  # one line, or empty; limits: as of TEXT
HTTPS = const(11)  # limits of this and the next two: as of TEXT
ADDRESSES = const(12)
HEADERS = const(13)  # as LINES, each a header
PORTS = const(14)  # limits: as of TEXT

# (section, its keys: (key, type, default, limits)).
SCHEMA: "Any" = (
    ("meter", (
        # Whether a telegram must carry a matching checksum. `off` also takes telegrams without one
        # (old Aidon firmware, DSMR 2.2 and 3), and bit 7 may be a parity bit; `/status.json` says
        # so.
        ("crc", CHOICE, None, ("on", "off")),
        # The meter's clock: `normal` keeps normal time all year (Sweden), `local` has summer time
        # (Netherlands, Belgium, Luxembourg, Finland, Lithuania).
        ("clock", CHOICE, None, ("normal", "local")),
        # UTC offset of the meter's normal time.
        ("utc_offset", OFFSET, "+01:00", None),
        # The main fuse, A, as on the grid company's bill; 0: not known. The history does not
        # believe registers that rise faster than it allows (0: than three phases of 80 A).
        ("fuse", INT, 0, (0, 1000)),
        # Speed of the meter's port, bit/s. 0: detected automatically, with data bits, parity
        # and polarity.
        ("baud", INT, 0, (0, 115200)),
        # Data bits of the meter's port, where `baud` is set.
        ("bits", INT, 8, (7, 8)),
        # Parity of the meter's port, where `baud` is set.
        ("parity", CHOICE, None, ("none", "even", "odd")),
        # `off`: the board's transistor inverts the line (the usual board). `on`: the ESP32 inverts
        # it, for boards without the transistor. Where `baud` is 0, it is only what is tried first.
        ("invert", CHOICE, None, ("off", "on")),
        # Encryption key of a meter that encrypts, from the grid company. Never shown again.
        ("key", HEX, "", (32,)),
        # Its authentication key; empty: the one that Luxembourg and Austria publish.
        ("auth_key", HEX, "", (32, 34)),
        # Wh per count of a binary list's registers, where the list does not say (Kamstrup's): 1
        # (Sweden) or 10 (Norway, Denmark). `unknown`: worked out within about an hour, and kept
        # with the meter's number; until then energy registers are left out rather than ten times
        # wrong.
        ("energy_unit", CHOICE, None, ("unknown", "1", "10", "100", "1000")),
        # A per count of such a list. `unknown`: worked out from volts and power, and kept with the
        # meter's number; until then currents are left out. A meter behind current transformers
        # counts in other units than one without.
        ("current_unit", CHOICE, None, ("unknown", "0.001", "0.01", "0.1", "1")),
        # V per count of such a list. `unknown`: the one that gives about 230 V.
        ("voltage_unit", CHOICE, None, ("unknown", "0.01", "0.1", "1")),
        # W (and var) per count of such a list. `unknown`: 1 where the maker is known.
        ("power_unit", CHOICE, None, ("unknown", "0.1", "1", "10", "100", "1000")),
    )),
    ("feed", (
        # Feed 5 V into pin 1 of the port, on a board that has the switch for it. Only when the
        # grid company has agreed: the meter is its own, and you answer for what is fed. Never done
        # while the port gives voltage itself (0.5 V or more), nor while telegrams come without it.
        ("consent", BOOL, False, None),
        # Restart the port's module after so many telegrams in a row that did not come (a minute at
        # least), 12 times a day at most: for 10 s no Data Request, and no feed; 0: never.
        ("restart_after", INT, 0, (0, 8640)),
    )),
    ("wifi", (
        # Name of the Wi-Fi network, as its router spells it. Blanks at either end count.
        ("ssid", TEXT, "", (0, 32)),
        # Password of the Wi-Fi network; empty for an open one.
        ("password", TEXT, "", (0, 63)),
        # A second network, tried when the first one is not there; so the next router can be
        # entered beforehand.
        ("ssid_2", TEXT, "", (0, 32)),
        # Its password.
        ("password_2", TEXT, "", (0, 63)),
        # A third network.
        ("ssid_3", TEXT, "", (0, 32)),
        # Its password.
        ("password_3", TEXT, "", (0, 63)),
        # Host name on the network; empty: `microhan-<id>`.
        ("hostname", HOST, "", (0, 32)),
        # Time server, asked only when the meter gives no time or TLS needs it; empty: never.
        ("ntp", HOST, "pool.ntp.org", (0, 253)),
    )),
    ("mqtt", (
        # MQTT broker, name or address; empty: no MQTT. `.local` names work.
        ("host", HOST, "", (0, 253)),
        # Port of the broker; 0: 1883, or 8883 with `tls`.
        ("port", INT, 0, (0, 65535)),
        # User name at the broker; empty: none.
        ("user", TEXT, "", (0, 128)),
        # Password at the broker.
        ("password", TEXT, "", (0, 256)),
        # Encrypt the connection and check the broker's certificate against `ca` and `host`. On a
        # plain ESP32 that cannot read its program in flash: only with `http.port` 0.
        ("tls", BOOL, False, None),
        # Encrypt without checking whom we talk to. `/status.json` warns for as long as this is on.
        ("tls_insecure", BOOL, False, None),
        # Certificate of the authority that signed the broker's, PEM text.
        ("ca", LINES, "", (0, 4096)),
        # Seconds without traffic after which the connection is probed.
        ("keepalive", INT, 60, (5, 3600)),
        # Announce every entity to Home Assistant.
        ("discovery", BOOL, True, None),
        # Home Assistant's discovery prefix.
        ("discovery_prefix", TOPIC, "homeassistant", (1, 64)),
        # A go-e charger that follows the house's power: its topic, like `go-eCharger/123456`;
        # empty: none.
        ("goe", TOPIC, "", (0, 64)),
        # A SmartEVSE that follows the house's currents: its topic, like `SmartEVSE/12345`; empty:
        # none.
        ("smartevse", TOPIC, "", (0, 64)),
    )),
    ("push", (
        # Where readings are POSTed to, `http://` or `https://`; empty: nowhere. On a plain ESP32
        # that cannot read its program in flash `https://` goes only with `http.port` 0.
        ("url", URL, "", (0, 512)),
        # What is POSTed: the JSON of `/reading.json`, or InfluxDB line protocol.
        ("format", CHOICE, None, ("json", "influx")),
        # How the server knows us.
        ("auth", CHOICE, None, ("none", "bearer", "basic")),
        # The token for `bearer`.
        ("token", TEXT, "", (0, 512)),
        # The user name for `basic`.
        ("user", TEXT, "", (0, 128)),
        # The password for `basic`.
        ("password", TEXT, "", (0, 256)),
        # 0: each reading. Otherwise the newest one every so many seconds.
        ("every_s", INT, 0, (0, 86400)),
        # Certificate of the authority that signed the server's, PEM text.
        ("ca", LINES, "", (0, 4096)),
        # Encrypt without checking whom we talk to. `/status.json` warns for as long as this is on.
        ("tls_insecure", BOOL, False, None),
    )),
    ("webhook", (
        # What is called, `http://` or `https://`; empty: nothing. `{active_power_import_w}`, any
        # other key of `/reading.json`, `{id}` and `{state}` stand for values.
        ("url", URL, "", (0, 512)),
        # How.
        ("method", CHOICE, None, ("POST", "PUT", "GET")),
        # Headers, one a line: `Title: Power`. Never shown again.
        ("headers", HEADERS, "", (0, 1024)),
        # What is sent, with the same names in braces; empty: `/reading.json`, with GET nothing.
        ("body", LINES, "", (0, 1024)),
        # `reading`: at each reading; `every`: every `limit` s; once, when import rises above
        # `limit` W (`power`), a current above `limit` A (`phase`), or the meter was silent for
        # `limit` s (`silent`).
        ("when", CHOICE, None, ("reading", "every", "power", "phase", "silent")),
        # Seconds, W or A, as `when` says.
        ("limit", INT, 60, (1, 100_000)),
        # Call again when that is over (a tenth below the limit, or a reading): `{state}` is then
        # `off`, otherwise `on`.
        ("end", BOOL, False, None),
        # Certificate of the authority that signed the server's, PEM text.
        ("ca", LINES, "", (0, 4096)),
        # Encrypt without checking whom we talk to. `/status.json` warns for as long as this is on.
        ("tls_insecure", BOOL, False, None),
    )),
    ("http", (
        # Port of the web server; 0: none, and so no page. Set-up mode has its form on port 80 even
        # then.
        ("port", INT, 80, (0, 65535)),
        # Language of the page, and of set-up, until a reader chooses another.
        ("language", CHOICE, None, ("sv", "en")),
        # A token for programs, that may read everything. At the next start it becomes the token
        # `config`, of which only a hash is kept, and leaves the file.
        ("token", PASSWORD, "", (10, 128)),
        # The owner's password. At the next start it becomes that, hashed, and leaves the file.
        # Empty: the one that was chosen before, or chosen when the device is set up.
        ("password", PASSWORD, "", (10, 128)),
    )),
    ("update", (
        # Where the update package for this chip lies, `https://`; empty: it is uploaded. Fetched
        # when you press the button on the page. Not on a plain ESP32.
        ("url", HTTPS, "", (0, 512)),
        # Certificate of the authority that signed that server's, PEM text.
        ("ca", LINES, "", (0, 4096)),
    )),
    ("open", (
        # What a HomeWizard P1 meter tells, API v1, at `http.port`, without a password.
        ("homewizard", BOOL, False, None),
        # What an EcoTracker tells, for plug-in batteries, at `http.port`, without a password.
        ("ecotracker", BOOL, False, None),
        # What a Shelly Pro 3EM tells, for batteries, at `http.port`, without a password.
        ("shelly", BOOL, False, None),
        # UDP ports for the same, which batteries of Marstek ask, without a password, two at most;
        # empty: none. Usual: `1010, 2220`.
        ("shelly_udp", PORTS, "", (0, 16)),
        # Port for the meter's telegrams as P1 text over TCP, without a password; 0: none. Usual:
        # 2323.
        ("p1", INT, 0, (0, 65535)),
        # The same over WebSocket, at `http.port`, address `/ws`.
        ("ws", BOOL, False, None),
        # Port for the values as an Eastron SDM630 has them, Modbus TCP, without a password; 0:
        # none. Usual: 502.
        ("modbus", INT, 0, (0, 65535)),
        # Announce by mDNS the page and what is on here over HTTP: programs and batteries find it.
        ("announce", BOOL, False, None),
        # Who may use what is on here, like `192.168.1.20, 192.168.1.0/24`. Empty: everybody in the
        # network.
        ("allow", ADDRESSES, "", (0, 256)),
    )),
    ("pins", (
        # GPIO that reads the meter; -1: the board's own.
        ("rx", INT, -1, (-1, 48)),
        # GPIO of the UART's other direction, which is not connected; -1: the board's own choice.
        ("tx", INT, -1, (-1, 48)),
        # GPIO of the light; -1: the board's own. An ESP32 has inputs only from 34 on.
        ("led", INT, -1, (-1, 48)),
        # `on`: the light is on while its GPIO is low.
        ("led_invert", CHOICE, None, ("off", "on")),
        # GPIO of the button; -1: the board's own. Held for 5 seconds it opens set-up
        # mode, for 15 it asks whether to erase everything; never while the power comes.
        ("button", INT, -1, (-1, 48)),
        # GPIO that measures pin 1 of the port, over 100 kΩ and 22 kΩ; -1: the board's own; -2:
        # there is none.
        ("pin1_sense", INT, -1, (-2, 48)),
        # GPIO that switches the feed of pin 1 on, high; -1, -2: as above.
        ("feed", INT, -1, (-2, 48)),
        # GPIO of that switch's fault flag, low: it limits, or is hot; -1, -2: as above.
        ("feed_fault", INT, -1, (-2, 48)),
        # GPIO that drops the port's Data Request, low; -1, -2: as above.
        ("request", INT, -1, (-2, 48)),
    )),
)

HIDDEN = ("password", "password_2", "password_3", "token", "key", "auth_key", "headers")


def rows() -> "Iterator[tuple[str, str, int, Any, Any]]":
    """Yield (section, key, type, default, limits) of every key."""
    for section, keys in SCHEMA:
        for key, kind, default, limits in keys:
            yield section, key, kind, limits[0] if kind == CHOICE else default, limits


def defaults(sections: "Any" = None) -> dict:
    """The configuration of a fresh device, a dict of dicts; of these sections, None for all."""
    config: dict = {}
    for section, key, _, default, _ in rows():
        if sections is None or section in sections:
            config.setdefault(section, {})[key] = default
    return config


def changes(config: dict) -> dict:
    """What differs from the defaults: what goes to flash."""
    out: dict = {}
    plain = defaults()
    for section in config:
        for key in config[section]:
            if config[section][key] != plain[section][key]:
                out.setdefault(section, {})[key] = config[section][key]
    return out
