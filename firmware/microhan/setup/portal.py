"""What the portal's addresses answer: GET /setup.json, POST /setup, POST /erase. Its page asks
them; web/ brings the answers to it, which have the form of web/actions.py. Loaded for each."""

import json
import os
from typing import TYPE_CHECKING

from ..store.rows import rows_of

if TYPE_CHECKING:
    from ..web.actions import Request
    from .parts import Portal

HERE = __file__[: __file__.rfind("/") + 1]
_KEPT = ("access_point",)  # of /data: its password is on the label


def words_of(code: str) -> "list[str]":
    """The sentence for a code, [Swedish, English], from failures.txt."""
    for row in rows_of(HERE + "failures.txt"):
        fields = row.rstrip("\n").split("|")
        if fields[0] == code:
            return fields[1:]
    return [code, code]


async def answer(portal: "Portal", request: "Request") -> "tuple | str":
    """The answer to a request."""
    session = portal.session
    if request.head.method != "POST":
        if request.head.host.decode().partition(":")[0] == session.address:
            session.came_from_home()
        return "200 OK", json.dumps(_told(portal)), ()
    if request.head.path == "/erase":
        return _erase(session, request.given)
    return await _submit(portal, request)


def _told(portal):
    """The content of /setup.json."""
    session = portal.session
    told = dict(portal.names)
    told["networks"] = [{"ssid": name, "rssi": rssi, "secure": security != 0}
                        for name, rssi, security in session.radio.networks]
    told["scanning"] = session.scanning
    told["state"] = session.state
    told["code"] = session.code
    told["text_sv"], told["text_en"] = words_of(session.code) if session.code else ("", "")
    told["address"] = session.url().split("/")[2] if session.address else ""
    told["reason"] = session.reason
    told["claimed"] = session.owner.is_claimed()
    told["may_claim"] = session.may_claim
    told["language"] = portal.sources.language
    told["meter"] = portal.meter()
    return told


async def _submit(portal, request):
    """Store everything, then begin the attempt."""
    session = portal.session
    given = request.given
    if session.state == "trying":
        return "409"
    name = given.get("ssid")
    if not isinstance(name, str) or not name:
        return "422w"
    changes = {"wifi": {"ssid": name, "password": given.get("password", "")}}
    if "language" in given:
        changes["http"] = {"language": given["language"]}
    if given.get("mqtt"):
        changes["mqtt"] = given["mqtt"]
    from ..config.edit import Refused, check, store

    try:
        check(changes)
        problem = await _prove(session, request, given.get("owner_password"))
        if problem:
            return problem
        store(session.path, changes, portal.sources)
    except Refused as error:
        return "422 Unprocessable", json.dumps({
            "code": "not_allowed", "key": error.args[0], "error": error.args[1],
            "hint": ""}), ()
    portal.sources.language = given.get("language", portal.sources.language)
    session.try_network(name, changes["wifi"]["password"])
    return "202 Accepted", "{}", ()


async def _prove(session, request, password):
    """Become the owner, or prove to be. Returns None, or the answer that refuses."""
    if not isinstance(password, str):
        return "422p"
    if session.may_claim:
        from ..web.claim import take_over

        answer = await take_over(request, password)
    else:
        from ..web.login import login

        request.given = {"password": password}
        answer = await login(request)
    return None if answer[0][:3] == "204" else answer


def _erase(session, given):
    """Forget everything: the button was held for 15 s."""
    if session.reason != "erase" or given.get("confirm") is not True:
        return "403e"
    erase_all(session.path[:session.path.rfind("/")])
    session.finish()
    return "204 No Content", "", ()


def erase_all(folder: str) -> None:
    """Remove the owner's files, all but what the label says. Again after a power cut: then there
    are fewer."""
    for name in os.listdir(folder):
        if name not in _KEPT:
            try:
                os.remove(folder + "/" + name)
            except OSError:
                erase_all(folder + "/" + name)  # a folder
