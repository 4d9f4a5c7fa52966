"""Tries the connection of an output with settings that are not stored yet: the page's test button.

Loaded when it is asked, beside the outputs that run. Each try has a socket of its own.
"""

import time
from typing import TYPE_CHECKING

from micropython import const

from ..net.sockets import ms_left

if TYPE_CHECKING:
    from collections.abc import Callable

_DEADLINE_MS = const(7000)  # for finding and reaching the server, and again for its answer
_KEEPALIVE_S = const(15)
_DISCONNECT = b"\xe0\x00"  # MQTT 3.1.1, 3.14: without it the broker would send our last will


async def try_section(name: str, section: dict, device_id: str, connect: "Callable") -> None:
    """Connect with the section "mqtt" or "push". Raises OSError with a sentence.

    connect: net.link.connector.
    """
    if name == "mqtt":
        await _try_mqtt(section, device_id, connect)
    else:
        await _try_push(section, connect)


async def _try_mqtt(section, device_id, connect):
    """Log in at the broker, as ourselves with another client id, and leave."""
    if not section["host"]:
        raise OSError("mqtt.host is empty: there is no broker to try")
    tls = None
    if section["tls"]:
        from ..net.tls import TlsSettings

        tls = TlsSettings("mqtt", section["ca"], section["tls_insecure"], section["host"])
    port = section["port"] or (8883 if tls else 1883)
    link = await connect(section["host"], port, tls, _DEADLINE_MS)
    try:
        from .mqtt.connect import connect as log_in
        from .mqtt.output import MqttClient

        client = MqttClient(_KEEPALIVE_S, _nothing, _nothing)
        name = "microhan-%s-test" % device_id
        await log_in(client, link, (name, section["user"], section["password"], _KEEPALIVE_S,
                                    "microhan/%s/test" % device_id), None, _DEADLINE_MS)
        await link.write(_DISCONNECT, _DEADLINE_MS)
    finally:
        link.close()


def _nothing(*_):
    pass


async def _try_push(section, connect):
    """POST nothing: any answer but a refusal of who we are shows that the way is right."""
    if not section["url"]:
        raise OSError("push.url is empty: there is no server to try")
    from ..net.url import split_url
    from .push.output import Response
    from .push.request import request_head

    try:
        is_tls, host, port, path = split_url("push.url", section["url"])
    except ValueError as error:
        raise OSError("%s" % error)
    tls = None
    if is_tls:
        from ..net.tls import TlsSettings

        tls = TlsSettings("push", section["ca"], section["tls_insecure"])
    link = await connect(host, port, tls, _DEADLINE_MS)
    try:
        head = request_head(section, is_tls, host, port, path)
        await link.write((head + "0\r\n\r\n").encode(), _DEADLINE_MS)
        response = Response()
        buf = bytearray(256)
        end = time.ticks_add(time.ticks_ms(), _DEADLINE_MS)
        while not response.done:
            if ms_left(end) <= 0:
                raise OSError("%s does not answer the request" % link.peer)
            response.feed(buf, await link.readinto(buf, ms_left(end)))
    finally:
        link.close()
    # 400 and 422: it does not like an empty body, and that is all we sent
    if response.status >= 300 and response.status not in (400, 422):
        from .errors import http_error

        raise http_error(response.status)
