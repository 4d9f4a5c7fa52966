"""/config.json, /schema.json and /test/…: what the page's settings ask. The owner only."""

import json
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable

    from .actions import Request

_TEST_MS = const(20_000)


def settings_action(key: str) -> "Callable":
    """The action of one of its rows in answers.txt."""
    return {"/config.json": show, "PUT /config.json": change, "/trial.json": trial}.get(key, test)


async def show(request: "Request") -> tuple:
    """Every key, without the secrets."""
    from ..config.edit import shown

    return "200 OK", json.dumps(shown(request.sources.config_path)), ()


async def change(request: "Request") -> "tuple | str":
    """Store what the body has, on trial where it must prove itself, and restart."""
    from ..config.edit import Refused, store

    sources = request.sources
    problem = _wrong_name(request.given.get("webhook"))
    if problem:
        return problem
    sources.owner.rest()  # memory is short: who asks is known by now
    try:
        told = store(sources.config_path, request.given, sources)
    except Refused as error:
        return "422 Unprocessable", json.dumps(refused(*error.args)), ()
    if told["restart"]:
        if sources.portal:
            told["restart"] = False  # further changes may follow
            sources.portal.session.finish(False)
        else:
            from .body import restart_soon

            restart_soon(sources.restart)
    return "200 OK", json.dumps(told), ()


async def trial(request: "Request") -> tuple:
    """How the last change that had to prove itself stands."""
    from ..config.trial import is_running, reverted

    path = request.sources.config_path
    state = "running" if is_running(path) else "reverted" if reverted(path) else "none"
    return "200 OK", json.dumps({"state": state}), ()


def _wrong_name(section):
    """The answer to a section `webhook` with a name in braces that is no value's: told now, not
    when a call is made."""
    for key in ("url", "body"):
        text = section.get(key) if isinstance(section, dict) else None
        if isinstance(text, str) and "{" in text:
            from ..reading.template import problem_of

            problem = problem_of(text)
            if problem:
                key = "webhook." + key
                return "422 Unprocessable", json.dumps(refused(key, key + ": " + problem)), ()
    return None


def refused(key: str, sentence: str) -> dict:
    """The body of a 422 on a key of the configuration."""
    return {"code": "not_allowed", "key": key, "error": sentence,
            "hint": "docs/configuration.md says what each key may be."}


async def test(request: "Request") -> "tuple | str":
    """Try a connection with the settings of the body over those that are stored."""
    from ..config.edit import Refused, overlaid

    name = request.head.path[len("/test/"):]
    sources = request.sources
    if name not in ("mqtt", "push", "webhook"):
        return "404"
    if not sources.test:
        return "409s"
    try:
        section = overlaid(sources.config_path, name, request.given)
    except Refused as error:
        return "422 Unprocessable", json.dumps(refused(*error.args)), ()
    request.connection.expire_in(_TEST_MS)
    try:
        await sources.test(name, section)
        problem = ""
    except OSError as error:
        problem = "%s" % (error.args[0] if error.args else error)
    return "200 OK", json.dumps({"ok": problem == "", "error": problem}), ()
