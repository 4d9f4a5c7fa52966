"""The address of a server, as the owner has set it."""


def split_url(key: str, url: str) -> tuple:
    """Return (tls, host, port, path) of an http or https URL; ValueError with a sentence.

    key: its name in the configuration.
    """
    scheme, mark, rest = url.partition("://")
    tls = scheme.lower() == "https"
    if not mark or (not tls and scheme.lower() != "http"):
        raise ValueError(key + " must begin with http:// or https://")
    rest = rest.partition("#")[0]
    cut = min([i for i in (rest.find("/"), rest.find("?")) if i >= 0] or [len(rest)])
    authority, path = rest[:cut], rest[cut:]
    if "@" in authority:
        raise ValueError(key + " must not hold a user or a password")
    host, colon, port = authority.partition(":")
    if not host or "[" in host:
        raise ValueError(key + " needs a host name or an IPv4 address")
    if colon and not (port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(key + ": the port must be 1 to 65535")
    for byte in url.encode():  # no loop over the text: MicroPython would keep each of its letters
        if not 32 < byte < 127:
            raise ValueError(key + " must not hold spaces or special characters: use %xx")
    if not path.startswith("/"):
        path = "/" + path
    return tls, host, int(port) if colon else (443 if tls else 80), path


def host_line(tls: bool, host: str, port: int) -> str:
    """The header Host, and who asks."""
    if port != (443 if tls else 80):
        host = "%s:%d" % (host, port)
    return "Host: %s\r\nUser-Agent: microhan\r\n" % host
