"""What is the same in every request: where it goes, and its head."""

from binascii import b2a_base64


def split_url(url: str) -> tuple:
    """Return (tls, host, port, path) of an http or https URL; ValueError with a sentence."""
    scheme, mark, rest = url.partition("://")
    tls = scheme.lower() == "https"
    if not mark or (not tls and scheme.lower() != "http"):
        raise ValueError("push.url must begin with http:// or https://")
    rest = rest.partition("#")[0]
    cut = min([i for i in (rest.find("/"), rest.find("?")) if i >= 0] or [len(rest)])
    authority, path = rest[:cut], rest[cut:]
    if "@" in authority:
        raise ValueError("push.url must not hold a password: use push.user and push.password")
    host, colon, port = authority.partition(":")
    if not host or "[" in host:
        raise ValueError("push.url needs a host name or an IPv4 address")
    if colon and not (port.isdigit() and 0 < int(port) < 65536):
        raise ValueError("push.url: the port must be 1 to 65535")
    for ch in url:
        if not " " < ch < "\x7f":
            raise ValueError("push.url must not hold spaces or special characters: use %xx")
    if not path.startswith("/"):
        path = "/" + path
    return tls, host, int(port) if colon else (443 if tls else 80), path


def request_head(config: dict, tls: bool, host: str, port: int, path: str) -> str:
    """Return a request's head up to the number of Content-Length. config: the section "push"."""
    content_type = "application/json"
    if config["format"] == "influx":
        content_type = "text/plain; charset=utf-8"
        if "precision=" not in path:
            path += ("&" if "?" in path else "?") + "precision=s"
    if port != (443 if tls else 80):
        host = "%s:%d" % (host, port)
    head = "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: microhan\r\nContent-Type: %s\r\n" % (
        path, host, content_type)
    if config["auth"] == "bearer":
        head += "Authorization: Bearer " + config["token"] + "\r\n"
    elif config["auth"] == "basic":
        secret = (config["user"] + ":" + config["password"]).encode()
        head += "Authorization: Basic " + b2a_base64(secret).decode().strip() + "\r\n"
    return head + "Content-Length: "
