"""Writes docs/configuration.md from microhan/config/schema.py and its comments.

    .venv/bin/python -m docs.configuration          # writes it (make docs)

The comment above a row of SCHEMA is what the owner reads about that key.
"""

import io
import json
import sys
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "firmware"), str(ROOT / "tools" / "vm" / "cpython")]

from docs.help_sv import HELP  # noqa: E402
from microhan.config import fit, schema, values  # noqa: E402

SOURCE = ROOT / "firmware" / "microhan" / "config" / "schema.py"
PAGE = ROOT / "docs" / "configuration.md"
# What the page's settings are made of.
ROWS = ROOT / "firmware" / "page" / "schema.json"
# Of switching it on: bytes of heap beside what a page takes (measured, docs/performance.md), and
# sockets.
SOCKETS = {"mqtt.host": 1, "push.url": 1, "webhook.url": 1, "http.port": 5, "open.p1": 5,
           "open.ws": 4, "open.modbus": 5, "open.shelly_udp": 2,
           "open.announce": 1}
PRICES = {"http.port": 13_900, **{name: price for name, price, _ in fit.PRICES}}
# As TEXT to PORTS of schema.py count them; what HTTPS and PORTS allow less the device says.
KINDS = ("text", "int", "bool", "choice", "offset", "hex", "lines", "host", "url", "topic",
         "password", "url", "addresses", "lines", "text")
HEAD = """# Configuration

Made from `firmware/microhan/config/schema.py` by `make docs`; edit there.

The configuration is one JSON object of sections, `/data/config.json` on the device. Every key has
a default; a file holds only what differs:

```json
{"wifi": {"ssid": "hemma", "password": "…"}, "mqtt": {"host": "homeassistant.local"}}
```

Give such a file to `make flash PORT=… CONFIG=file` (without one, the dongle is
[set up](setup.md) once it runs). To change it later, copy it over and reset:

```
.venv/bin/mpremote connect PORT fs cp config.json :/data/config.json + reset
```

`make flash` and `make image` refuse a file with a key that is not known or a value that is not
allowed: they name all of them, say what is allowed, and write nothing. A device that finds such a
file starts all the same. It ignores what it does not know, uses the default of each key whose
value is wrong, and keeps everything else, so one wrong key does not cost you the Wi-Fi. It names
the first five problems on its console and under `warnings` of `/status.json`. What it ignores
stays in the file: an older version may run in between, and the file works again with the newer
one. In the same way it warns of a pin that its chip cannot use, which `make flash` does not see,
and uses the board's own. A file that is not a JSON object is copied to `config.json.bad`, and
defaults stand in.

A password or token of the section `http` is taken over at the next start: the device keeps a hash
of it in `/data/grants.json` and removes it from this file ([more](security.md)). Put a new one
there and the old one is over; with a new password, all sessions are, too.
"""
SECTIONS = {
    "meter": "The meter's port",
    "feed": "Feeding and restarting the meter's port ([more](feed.md))",
    "wifi": "Wi-Fi and clock",
    "mqtt": "MQTT ([more](mqtt.md))",
    "push": "HTTP push ([more](push.md))",
    "webhook": "Webhook ([more](integrations/webhook.md))",
    "http": "Web server ([more](http.md))",
    "update": "Updates from an address ([more](updating.md#from-an-address))",
    "open": "What is readable without a password ([more](security.md#without-a-password))",
    "pins": "Pins",
}


def comments() -> list[str]:
    """The text above each row of SCHEMA, in order."""
    source = SOURCE.read_text()
    rows = []
    pending = []
    inside = False
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME and token.string == "SCHEMA" and token.start[1] == 0:
            inside = True
        elif inside and token.type == tokenize.COMMENT:
            pending.append(token.string.lstrip("# "))
        elif inside and token.string == "(" and token.start[1] == 8:
            rows.append(" ".join(pending))
            pending = []
        elif inside and token.string == ")" and token.start[1] == 0:
            break
    return rows


def page() -> str:
    """The whole page as text."""
    lines = [HEAD]
    section = None
    for text, (name, key, kind, default, limits) in zip(comments(), schema.rows(), strict=True):
        if not text:
            raise SystemExit(f"schema.py: {name}.{key} has no comment above it")
        if name != section:
            section = name
            lines.append(f"\n## `{name}`: {SECTIONS[name]}\n\n"
                         "| key | default | allowed | what it does |\n| --- | --- | --- | --- |")
        allowed = values.allowed(kind, limits)
        lines.append(f"| `{key}` | `{json.dumps(default)}` | {allowed} | {text} |")
    return "\n".join(lines) + "\n"


def rows() -> str:
    """The text of schema.json: a list of the keys, one a line."""
    lines = []
    for text, (section, key, kind, default, limits) in zip(comments(), schema.rows(), strict=True):
        name = f"{section}.{key}"
        row = {"key": name, "type": KINDS[kind], "default": default, "limits": limits,
               "sv": HELP[name], "en": text.replace("`", "")}
        if key in schema.HIDDEN:
            row["secret"] = True
        if name in PRICES:
            row["price"] = {"heap": PRICES[name], "sockets": SOCKETS.get(name, 0)}
        lines.append(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
    return "[\n" + ",\n".join(lines) + "\n]\n"


if __name__ == "__main__":
    PAGE.write_text(page())
    ROWS.write_text(rows())
    print(f"docs: {PAGE.relative_to(ROOT)}")
