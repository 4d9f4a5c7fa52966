"""The Wi-Fi networks that the owner has entered."""


def networks_of(config: dict) -> list[tuple[str, str]]:
    """(name, password) of each network in the section `wifi`, at most three, in their order."""
    found = []
    for end in ("", "_2", "_3"):
        if config["ssid" + end]:
            found.append((config["ssid" + end], config["password" + end]))
    return found
