"""The boards that one can build or buy: which chip, which pins. What `make flash BOARD=…`, the
flasher's page and docs/boards.md know of them stands here and nowhere else.

Facts of others' boards are from what their makers publish (`source`); none of them was in our
hands, so each says "untried" until an owner reports.
"""

from typing import NamedTuple

from build import boards

OWN = "own"  # ours, or a bare board with our circuit on a breadboard
SOLD = "sold"
DESIGN = "design"  # its maker publishes how to build it

# Where makers write down their pins, with the commit that was read.
_ZUIDWIJK = "https://github.com/zuidwijk/SlimmeLezer/blob/{}"
_SMART_STUFF = ("https://github.com/mhendriks/P1-Dongel-ESP32/blob/"
                "a52981abaa872913184bf09f0ee7878c092063f2/Config.h")
_NIC = ("https://github.com/nic6911/ESP32-C3-P1-Interface/blob/"
        "3ae871d5cf052b0997a8ca5019ea496c11a80d84/p1esp32.yaml")

# Others' boards can neither measure nor feed the port's pin 1, nor switch its Data Request.
NO_PORT = dict.fromkeys(("pin1_sense", "feed", "feed_fault", "request"), -2)

_OURS = ("Microhan's own board; nothing to set.", "Microhans eget kort; inget att ställa in.")
_BARE = ("With the circuit on a breadboard (hardware/breadboard.md).",
         "Med kretsen på en kopplingsplatta (hardware/breadboard.md).")
_POWER = ("Takes its power from the meter's port; where that gives none (Kamstrup Omnipower), "
          "from USB.",
          "Tar sin ström ur mätarens port; där den inte ger någon (Kamstrup Omnipower), ur USB.")
_WIFI_ONLY = ("Over Wi-Fi only: its Ethernet is not used.",
              "Bara över Wi-Fi: dess Ethernet används inte.")
_NO_LIGHT = ("Its light is of the coloured, addressed kind, which stays dark.",
             "Lampan är av den färgade, adresserade sorten och förblir mörk.")


class Preset(NamedTuple):
    """A row. `board`: MicroPython's; `flash_mb`: 0 if the maker does not say; `pins`: those that
    differ from the board's own, beside NO_PORT of others' boards; `invert`: the chip must invert
    the meter's line; `led_invert`: a low pin lights the light; `notes`: pairs in English and
    Swedish; `back`: where the maker's firmware is to be had; `reports`: by whom it was tried."""

    name: str
    words: str
    maker: str
    kind: str
    board: str
    flash_mb: int = 0
    pins: dict[str, int] = {}
    invert: bool = False
    led_invert: bool = False
    notes: tuple[tuple[str, str], ...] = ()
    source: str = ""
    back: str = ""
    reports: str = "untried"


PRESETS = (
    Preset("microhan-dongle", "microhan dongle", "microhan", OWN, "ESP32_GENERIC_S3", 8,
           notes=(_OURS,)),
    Preset("esp32-devkit", "ESP32 devkit (DevKitC, NodeMCU-32S …)", "many", OWN, "ESP32_GENERIC",
           notes=(_BARE,)),
    Preset("esp32-s3-devkit", "ESP32-S3 devkit", "many", OWN, "ESP32_GENERIC_S3", notes=(_BARE,)),
    Preset("esp32-c3-devkit", "ESP32-C3 devkit", "many", OWN, "ESP32_GENERIC_C3", notes=(_BARE,)),
    Preset("slimmelezer-mini", "SlimmeLezer Mini", "Marcel Zuidwijk", SOLD, "ESP32_GENERIC_C3",
           pins={"rx": 20, "tx": 21, "led": 8, "button": 9}, invert=True, led_invert=True,
           notes=(_POWER,),
           source=_ZUIDWIJK.format("5659653534689fb305792e6432f3a00a98e0446c/Mini/config.yaml"),
           back="https://support.zuidwijk.com/"),
    Preset("slimmelezer-pro", "SlimmeLezer Pro", "Marcel Zuidwijk", SOLD, "ESP32_GENERIC_C3",
           pins={"rx": 20, "tx": 21, "led": 8, "button": 9}, invert=True, led_invert=True,
           notes=(_POWER, _WIFI_ONLY),
           source=_ZUIDWIJK.format("18d1c73521041f69d45a524ca6e1effa1fdb04a5/Pro/config-wifi.yaml"),
           back="https://support.zuidwijk.com/"),
    Preset("nrg-dongle-pro", "NRG-Dongle-Pro", "Smartstuff", SOLD, "ESP32_GENERIC_C3",
           pins={"rx": 20, "tx": 10, "led": 3, "button": 9}, invert=True,
           notes=(_POWER, _NO_LIGHT), source=_SMART_STUFF, back="https://smart-stuff.nl/"),
    Preset("eth-dongle-pro", "Eth-Dongle-Pro (P1EP)", "Smartstuff", SOLD, "ESP32_GENERIC_C3",
           pins={"rx": 0, "tx": 7, "led": 8, "button": 9}, invert=True, led_invert=True,
           notes=(_POWER, _WIFI_ONLY), source=_SMART_STUFF, back="https://smart-stuff.nl/"),
    Preset("ultra-dongle", "Ultra-Dongle V1 and Mini", "Smartstuff", SOLD, "ESP32_GENERIC_S3",
           pins={"rx": 18, "tx": 21, "led": 42, "button": 0}, invert=True,
           notes=(_POWER, _WIFI_ONLY, _NO_LIGHT), source=_SMART_STUFF,
           back="https://smart-stuff.nl/"),
    Preset("ultra-dongle-x2", "Ultra-Dongle X2", "Smartstuff", SOLD, "ESP32_GENERIC_S3",
           pins={"rx": 12, "tx": 21, "led": 9, "button": 0}, invert=True,
           notes=(_POWER, _WIFI_ONLY, _NO_LIGHT), source=_SMART_STUFF,
           back="https://smart-stuff.nl/"),
    Preset("p1-c3-module", "ESP32-C3 P1 module", "nic6911", DESIGN, "ESP32_GENERIC_C3",
           pins={"rx": 3, "tx": 21, "led": 6, "button": 9}, led_invert=True,
           source=_NIC, back=_NIC),
)
BY_NAME = {preset.name: preset for preset in PRESETS}


def find(name: str | None) -> tuple[boards.Board, dict[str, dict]]:
    """Returns (Board, configuration) of BOARD=name: a preset's, or one of MicroPython's boards.

    Raises boards.UnknownBoard. The configuration is {} where the board needs none.
    """
    if name and name in BY_NAME:
        preset = BY_NAME[name]
        return boards.BOARDS[preset.board], configuration(preset)
    if name and name not in boards.BOARDS:
        known = ", ".join((*BY_NAME, *boards.BOARDS))
        raise boards.UnknownBoard(f"BOARD={name} is not known here. Give one of: {known}")
    return boards.named(name or ""), {}


def flash_size(name: str | None) -> int:
    """Returns the bytes of flash that BOARD=name is known to have, 0 where that is not known."""
    return BY_NAME[name].flash_mb << 20 if name and name in BY_NAME else 0


def configuration(preset: Preset) -> dict[str, dict]:
    """Returns what a preset sets in the device's configuration, {} for nothing."""
    pins: dict = {**preset.pins, **({} if preset.kind == OWN else NO_PORT)}
    if preset.led_invert:
        pins["led_invert"] = "on"
    sections = {"meter": {"invert": "on"} if preset.invert else {}, "pins": pins}
    return {section: keys for section, keys in sections.items() if keys}
