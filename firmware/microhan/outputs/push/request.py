"""What is the same in every request: where it goes, and its head."""

from binascii import b2a_base64


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
