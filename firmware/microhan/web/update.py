"""/update.json, /update, /update/fetch, /install: a new version comes by the network. The owner
only."""

import json
import sys
from typing import TYPE_CHECKING

from micropython import const

from .. import BUILD, VERSION

if TYPE_CHECKING:
    from .actions import Request

_HEAP = const(6_000)


async def update(request: "Request") -> "tuple | str":
    """Do what is asked for, and answer with how things stand. Not in set-up mode."""
    sources = request.sources
    if not sources.restart:
        return "409u"
    folder = sources.config_path[:-len("/data/config.json")] + "/app"
    head = request.head
    if head.path == "/update":
        problem = await _take(request, folder)
    else:
        problem = "" if head.method in ("GET", "HEAD") else _tried(request, folder)
        if not sources.incoming:
            from ..update.incoming import look

            look(folder, sources.update)
    told = dict(sources.update)
    if sources.connect:
        fetch = sources.fetch
        told["fetch"] = {"busy": fetch.busy, "error": fetch.error} if fetch else {}
    told["runs"] = {"version": VERSION, "build": BUILD, "mpy": _runs()[1] & 0xFFFF,
                    "micropython": "%d.%d" % sys.implementation.version[:2]}
    return problem or ("200 OK", json.dumps(told), ())


def _tried(request, folder):
    """A package is announced, given up, or to be installed. Returns "" or a problem."""
    if not request.sources.has_room(_HEAP):
        return "503m"
    try:
        return _act(request, folder)
    except ValueError as error:
        return _refused(error)


def _act(request, folder):
    from ..update.incoming import announce, drop, hand_over, is_idle

    sources = request.sources
    if not is_idle(folder):
        raise ValueError("busy", "a version is being tried: wait for how that ends")
    if request.head.path == "/install":
        told = sources.update
        if told.get("state") != "ready":
            return "409u"
        from ..update.choice import want
        from .body import restart_soon

        diagnosis = sources.hub.diagnosis
        want(folder, told["older"], "" if diagnosis.state == "ok" else diagnosis.state)
        hand_over(folder)
        restart_soon(sources.restart)
        return ""
    _stop(sources)
    if request.head.path == "/update/fetch":
        from .fetch import begin

        begin(sources, folder, _runs())
    elif request.head.method == "DELETE":
        drop(folder)
    else:
        announce(folder, request.given, _runs())
    return ""


async def _take(request, folder):
    """Take the next bytes of a package."""
    from ..update.incoming import look
    from .body import receive

    sources = request.sources
    part = _opened(sources, folder, request.head.query)
    try:
        return await receive(request, part and part.take, "" if part else "409u", _refused)
    finally:
        if part:
            part.close()
            if sources.incoming is part:
                sources.incoming = None
                look(folder, sources.update)


def _opened(sources, folder, query):
    """The Part, where its next bytes are those that come; or None."""
    from ..update.incoming import Part, look

    _stop(sources)
    look(folder, sources.update)
    if sources.update.get("state") != "stopped" or query != "at=%d" % sources.update["received"]:
        return None
    sources.incoming = Part(folder, sources.update)
    return sources.incoming


def _stop(sources):
    """End what comes by another connection: that one was lost, and has not noticed."""
    if sources.fetch:
        sources.fetch.stop()
    if sources.incoming:
        sources.incoming.close()
        sources.incoming = None


def _refused(error):
    word, why = error.args
    return "422 Unprocessable", json.dumps({
        "code": word, "error": "This cannot be installed: %s." % why,
        "hint": "What runs goes on."}), ()


def _runs():
    return VERSION, getattr(sys.implementation, "_mpy", 0), sys.implementation.version
