"""What the portal's addresses answer: /setup.json, POST /setup, /claim, /erase. Its page asks them.

Each answer is (status, object for JSON or None, header or ""): web/ brings it to the client.
"""

import os
from typing import TYPE_CHECKING

from ..config.edit import Refused, store

if TYPE_CHECKING:
    from typing import Any

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
    """session: the Session; about: what /setup.json says besides ("name", "id", "language", …);
    meter: () -> dict, the diagnosis."""

    def __init__(self, session: "Session", about: dict, meter: "Any"):
        self._session = session
        self._about = about
        self._meter = meter

    def _problem(self, status, code):
        words, _, hint = words_of(code, self._about["language"]).partition(" // ")
        return status, {"code": code, "error": words, "hint": hint}, ""

    def setup(self) -> dict:
        """The answer to GET /setup.json."""
        session = self._session
        told = dict(self._about)
        told["networks"] = [{"ssid": name, "rssi": rssi, "secure": security != 0}
                            for name, rssi, security in session.radio.networks]
        told["scanning"] = session.scanning
        told["state"] = session.state
        told["code"] = session.code
        told["error"] = words_of(session.code, told["language"]) if session.code else ""
        told["address"] = session.address
        told["reason"] = session.reason
        told["claimed"] = session.owner.is_claimed()
        told["may_claim"] = session.may_claim
        told["meter"] = self._meter()
        return told

    async def submit(self, given: "Any") -> tuple:
        """The answer to POST /setup: stores everything, then begins the attempt."""
        session = self._session
        if session.state == "trying":
            return self._problem(409, "busy")
        name = given.get("ssid")
        if not isinstance(name, str) or not name:
            return self._problem(422, "no_name")
        changes = {"wifi": {"ssid": name, "password": given.get("password", "")}}
        if "language" in given:
            changes["http"] = {"language": given["language"]}
        if given.get("mqtt"):
            changes["mqtt"] = given["mqtt"]
        password = given.get("owner_password")
        if not isinstance(password, str):
            return self._problem(422, "no_password")
        problem = await self._prove(password)
        if problem:
            return problem
        try:
            store(session.path, changes)
        except Refused as error:
            return 422, {"code": "not_allowed", "key": error.args[0], "error": error.args[1],
                         "hint": ""}, ""
        self._about["language"] = given.get("language", self._about["language"])
        session.try_network(name, changes["wifi"]["password"])
        return 202, {}, ""

    async def _prove(self, password):
        """None if this is the owner from now on, otherwise the problem."""
        owner = self._session.owner
        if not self._session.may_claim:
            return None if await owner.is_right(password) else self._problem(401, "wrong_password")
        try:
            await owner.claim(password)
        except ValueError as error:
            return 422, {"code": "bad_password", "key": "owner_password",
                         "error": error.args[0], "hint": ""}, ""
        return None

    def erase(self, given: "Any") -> tuple:
        """The answer to POST /erase, after the button was held for 15 s: forget everything."""
        if self._session.reason != "erase" or given.get("confirm") is not True:
            return self._problem(403, "not_asked")
        erase_all(self._session.path[:self._session.path.rfind("/")])
        self._session.finish()
        return 204, None, ""


def erase_all(folder: str) -> None:
    """Remove the owner's files, all but what the label says. Again after a power cut: then there
    are fewer."""
    for name in os.listdir(folder):
        if name not in _KEPT:
            try:
                os.remove(folder + "/" + name)
            except OSError:
                erase_all(folder + "/" + name)  # a folder
