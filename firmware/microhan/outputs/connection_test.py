"""Tries the connection of an output with settings that are not stored yet: the page's test button.

Loaded when it is asked, beside the outputs that run. Each try has a socket of its own.
"""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_DEADLINE_MS = const(7000)  # for finding and reaching the server, and again for its answer
_KEEPALIVE_S = const(15)
_DISCONNECT = b"\xe0\x00"  # MQTT 3.1.1, 3.14: without it the broker would send our last will


async def try_section(name: str, section: dict, device_id: str, connect: "Callable",
                      hub: "Any" = None) -> None:
    """Connect with the section "mqtt", "push" or "webhook". Raises OSError with a sentence.

    connect: net.link.connector; hub: hub.Hub, whose values a webhook has.
    """
    if name == "mqtt":
        await _try_mqtt(section, device_id, connect)
    elif name == "push":
        await _try_push(section, connect)
    else:
        await _try_webhook(section, device_id, connect, hub)


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
    from .push.request import request_head

    def request(tls, host, port, path):
        return (request_head(section, tls, host, port, path) + "0\r\n\r\n").encode()

    await _try_http("push", section, connect, request)


async def _try_webhook(section, device_id, connect, hub):
    """The call itself, with the newest values and the state "test"."""
    from .webhook.call import Call

    await _try_http("webhook", section, connect,
                    lambda *_: Call(section, device_id, hub).request("test"))


async def _try_http(name, section, connect, request):
    """request(tls, host, port, path) -> bytes: what is sent."""
    if not section["url"]:
        raise OSError(name + ".url is empty: there is no server to try")
    from ..net.url import split_url
    from .http.output import exchange

    try:
        is_tls, host, port, path = split_url(name + ".url", section["url"])
        data = request(is_tls, host, port, path)
    except ValueError as error:
        raise OSError("%s" % error)
    tls = None
    if is_tls:
        from ..net.tls import TlsSettings

        tls = TlsSettings(name, section["ca"], section["tls_insecure"])
    link = await connect(host, port, tls, _DEADLINE_MS)
    try:
        response = await exchange(link, data, _DEADLINE_MS, _nothing)
    finally:
        link.close()
    # 400 and 422: it does not like an empty body, or values that are not there yet
    if response.status >= 300 and response.status not in (400, 422):
        from .errors import http_error

        raise http_error(response.status, name)
