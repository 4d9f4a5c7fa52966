"""What the portal's addresses answer: GET /setup.json, POST /setup, POST /erase. Its page asks
them; web/ brings the answers to it, which have the form of web/actions.py."""

import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from ..web.actions import Request
    from ..web.server import Sources
    from .session import Session

HERE = __file__[: __file__.rfind("/") + 1]
_KEPT = ("access_point",)  # of /data: its password is on the label


def words_of(code: str, language: str) -> str:
    """The sentence for a code, from failures.txt: code|Swedish|English."""
    with open(HERE + "failures.txt") as rows:
        for row in rows:
            fields = row.rstrip("\n").split("|")
            if fields[0] == code:
                return fields[1 if language == "sv" else 2]
    return code


class Portal:
    """session: the Session; sources: the server's; names: {"name": our host name, …}, for
    /setup.json; meter: () -> dict, the diagnosis. `address`: where phones are sent."""

    def __init__(self, session: "Session", sources: "Sources", names: dict, meter: "Any",
                 address: str):
        self.address = address
        self._session = session
        self._sources = sources
        self._names = names
        self._meter = meter

    def claimed(self) -> None:
        """Somebody has become the owner by the cable's code: nothing is left to do here."""
        if self._session.state == "ok":
            self._session.finish()

    async def answer(self, request: "Request") -> "tuple | str":
        """The answer to a request."""
        if request.head.method != "POST":
            if request.head.host.decode().partition(":")[0] == self._session.address:
                self._session.came_from_home()
            return "200 OK", json.dumps(self._told()), ()
        if request.head.path == "/erase":
            return self._erase(request.given)
        return await self._submit(request)

    def _told(self):
        session = self._session
        language = self._sources.language
        told = dict(self._names)
        told["networks"] = [{"ssid": name, "rssi": rssi, "secure": security != 0}
                            for name, rssi, security in session.radio.networks]
        told["scanning"] = session.scanning
        told["state"] = session.state
        told["code"] = session.code
        told["error"] = words_of(session.code, language) if session.code else ""
        told["address"] = session.url().split("/")[2] if session.address else ""
        told["reason"] = session.reason
        told["claimed"] = session.owner.is_claimed()
        told["may_claim"] = session.may_claim
        told["language"] = language
        told["meter"] = self._meter()
        return told

    async def _submit(self, request):
        """Store everything, then begin the attempt."""
        session = self._session
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
            problem = await self._prove(request, given.get("owner_password"))
            if problem:
                return problem
            store(session.path, changes)
        except Refused as error:
            return "422 Unprocessable Content", json.dumps({
                "code": "not_allowed", "key": error.args[0], "error": error.args[1],
                "hint": ""}), ()
        self._sources.language = given.get("language", self._sources.language)
        session.try_network(name, changes["wifi"]["password"])
        return "202 Accepted", "{}", ()

    async def _prove(self, request, password):
        """Become the owner, or prove to be. Returns None, or the answer that refuses."""
        if not isinstance(password, str):
            return "422p"
        if self._session.may_claim:
            from ..web.claim import take_over

            answer = await take_over(request, password)
        else:
            from ..web.login import login

            request.given = {"password": password}
            answer = await login(request)
        return None if answer[0][:3] == "204" else answer

    def _erase(self, given):
        """Forget everything: the button was held for 15 s."""
        if self._session.reason != "erase" or given.get("confirm") is not True:
            return "403e"
        erase_all(self._session.path[:self._session.path.rfind("/")])
        self._session.finish()
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
