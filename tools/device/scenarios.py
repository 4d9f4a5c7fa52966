"""The table: what a device on the emulator goes through, and what must hold.

A Load is a device that runs for a while; a Start is one that is switched on and timed. All times
are the guest's.
"""

import json
from typing import NamedTuple

TEXT, BINARY = "kamstrup-p1", "kamstrup-hdlc"
INTERVAL_S = 10
PLAIN_LOW, TLS_LOW = 8192, 4096  # bytes of the system's memory: docs/performance.md, Budgets
PAGE_S = 60  # from switching on to the first page
SEARCH_S = 90  # three intervals and a minute, from the meter's first byte
LOGIN_S = 3  # to check a password
OWNER_S = 180  # by cable, from power to the first reading on the owner's page
NORMAL_S = 10  # after any load everything is as before
# The broker is there, and then gone: with the pause that may have begun just before it came back
# (up to 32 s by then) for no longer than MqttOutput.QUEUE lasts; or so long that what is missed
# goes to the backlog on flash.
THERE_S, AWAY_S, LONG_S = 90, 30, 600
INSTALL_S, MISSED = 60, 3  # an update: from POST /install to the version that runs then; telegrams
BACKLOG_S = 300  # until what the broker has missed has arrived


# Ways out beside MQTT and the page, {section: keys}, that config/fit.py takes. `webhook.url`
# is put in when its receiver has a port.
WAYS: dict[str, dict[str, dict]] = {
    "": {},
    "largest": {"open": {"homewizard": True, "ecotracker": True, "shelly": True},
                "webhook": {"when": "reading"}},
    "announced": {"open": {"shelly_udp": "1010, 2220", "announce": True}}}


class Load(NamedTuple):
    """A meter, clients (clients.KINDS) and what is made difficult, for so many minutes. away: for
    how many seconds the broker is gone at a time.

    page: whether the device serves one; ballast: bytes of Python's heap taken for nothing, for
    what the application is still to become; ways: of WAYS, and what is asked for among the pages,
    and by UDP.
    """

    name: str
    words: str
    meter: str = TEXT
    tls: bool = False
    clients: str = ""
    away: int = 0
    minutes: float = 10
    page: bool = True
    ballast: int = 0
    ways: str = ""

    @property
    def low(self) -> int:
        """Bytes that the system must always have free."""
        return TLS_LOW if self.tls else PLAIN_LOW


class Start(NamedTuple):
    """From switching on a new device, its meter sending, to its first Reading at the broker."""

    name: str
    words: str
    meter: str
    limit_s: float


class Cuts(NamedTuple):
    """Power cuts at random moments, some of them in the first start."""

    name: str
    words: str
    times: int
    in_first_start: int


class Other(NamedTuple):
    """A scenario whose steps are in a table of their own."""

    name: str
    words: str


class Broken(NamedTuple):
    """A configuration that is wrong: what the console must say, and whether pages still come."""

    name: str
    config: bytes
    says: str  # a regular expression
    serves: bool


Scenario = Load | Start | Cuts | Other

LOADS = (
    Load("ascii-nobody", "ASCII, nobody asks"),
    Load("ascii-events", "ASCII, /events", clients="events"),
    Load("ascii-pages", "ASCII, a page each 10 s", clients="page"),
    Load("ascii-five", "ASCII, 5 at once", clients="five"),
    Load("ascii-ceaseless", "ASCII, 4 clients without pause", clients="ceaseless"),
    Load("ascii-ballast", "ASCII, 4 clients without pause, broker away, 12 kB of ballast",
         clients="ceaseless", away=AWAY_S, ballast=12_000),
    Load("ascii-largest", "ASCII, 4 clients without pause, ways out beside them",
         clients="ceaseless", ways="largest"),
    Load("ascii-announced", "ASCII, 5 at once, found by mDNS, asked by UDP each second",
         clients="five", ways="announced"),
    Load("hdlc-pages", "HDLC, a page each 10 s", BINARY, clients="page"),
    Load("hdlc-five-away", "HDLC, 5 at once, broker away", BINARY, clients="five",
         away=AWAY_S),
    Load("tls", "TLS, no page", tls=True, page=False),
    Load("outage", "ASCII, a page each 10 s, broker away for ten minutes", clients="page",
         away=LONG_S),
    Load("tls-page", "TLS, a page each 10 s", tls=True, clients="page"),
    Load("tls-five", "TLS, 5 at once", tls=True, clients="five"),
    Load("tls-hdlc", "TLS and HDLC, a page each 10 s", BINARY, tls=True, clients="page"),
    # What answers requests has left memory by the next one.
    Load("tls-seldom", "TLS and HDLC, a page each minute", BINARY, tls=True, clients="seldom"),
    Load("hour", "an hour: HDLC, 4 clients without pause, broker away", BINARY,
         clients="ceaseless", away=AWAY_S, minutes=60),
)
STARTS = (
    Start("boot", "boot to first Reading, ASCII", TEXT, 30),
    Start("boot-hdlc", "boot to first Reading, HDLC at 2400 bit/s", BINARY, SEARCH_S),
)
CUTS = Cuts("cuts", "ten power cuts", 10, 4)
OTHERS = (
    Other("first-light", "nobody's device: claim, login, token, three pages, a setting"),
    Other("cable", "never set up: by cable to Wi-Fi, claim, first reading; refusals; Ctrl-C"),
    Other("set-up", "set-up mode"),
    Other("feed", "the feed of pin 1: off after a restart and in set-up mode, told as its pin is"),
    Other("crash", "crashes: what RTC memory keeps of them, and /crash.txt says"),
    Other("outage-cuts", "the broker away for eleven minutes, two power cuts in them"),
    Other("update", "new versions over the network: refused, kept, given up, and power cuts"),
    Other("broken", "broken configurations"),
    Other("instructions", "the chip's instructions for one piece of work each"),
)


def broken(good: dict) -> tuple[Broken, ...]:
    """The Brokens, made of a configuration `good`, a dict, that would do."""
    def but(section, **keys):
        return json.dumps(good | {section: good.get(section, {}) | keys}).encode()

    whole = json.dumps(good).encode()
    return (
        Broken("cut short", whole[:len(whole) // 2], r"config\.json: not valid JSON", False),
        Broken("empty", b"", r"config\.json: not valid JSON", False),
        Broken("bytes of no text", bytes(range(128, 256)), r"config\.json: not valid JSON", False),
        Broken("a list", b"[1, 2]", r"config\.json: .* JSON object", False),
        Broken("a port in words", but("mqtt", port="default"), r"mqtt\.port", True),
        Broken("an unknown key", but("http", colour="red"), r"http\.colour", True),
        # It waits in set-up mode, whose access point no page of ours can reach.
        Broken("no network", but("wifi", ssid=""),
               r"microhan access point microhan-[0-9a-f]{6} password \S{8}", False),
        Broken("an authority of nonsense", but("mqtt", tls=True, ca="nonsense"),
               r"mqtt\.ca is no certificate", True),
        Broken("a light on a pin that cannot", but("pins", led=34), r"pins\.led is 34", True),
        Broken("a light on the flash", but("pins", led=6), r"pins\.led is 6", True),
    )


def all_of_them() -> dict[str, Scenario]:
    """{name: scenario}, in the order in which they run."""
    every: list[Scenario] = [*STARTS, *OTHERS, *LOADS, CUTS]
    return {one.name: one for one in every}
