"""What is the same in every request: its head."""

from binascii import b2a_base64


def request_head(config: dict, tls: bool, host: str, port: int, path: str) -> str:
    """Return a request's head up to the number of Content-Length. config: the section "push"."""
    from ...net.url import host_line

    content_type = "application/json"
    if config["format"] == "influx":
        content_type = "text/plain; charset=utf-8"
        if "precision=" not in path:
            path += ("&" if "?" in path else "?") + "precision=s"
    head = "POST %s HTTP/1.1\r\n%sContent-Type: %s\r\n" % (
        path, host_line(tls, host, port), content_type)
    if config["auth"] == "bearer":
        head += "Authorization: Bearer " + config["token"] + "\r\n"
    elif config["auth"] == "basic":
        secret = (config["user"] + ":" + config["password"]).encode()
        head += "Authorization: Basic " + b2a_base64(secret).decode().strip() + "\r\n"
    return head + "Content-Length: "
