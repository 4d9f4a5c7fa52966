"""A twin as out of the box, with a simulated radio."""

import gzip
import http.client
import json
import time

import pytest

from fixtures import needs
from twin.twin import NETWORKS, Options, Twin

OWNER = "en hel mening"


class Phone:
    """Somebody who asks a device at this address. Answers are (status, object or bytes, headers).
    """

    def __init__(self, port, host="127.0.0.1", cookie=""):
        self.port, self.host, self.cookie = port, host, cookie

    def ask(self, method, path, body=None, timeout=30, **headers):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        given = {"Connection": "close", **headers}
        if self.cookie:
            given["Cookie"] = self.cookie
        if body is not None:
            given = {"X-Microhan": "1", "Content-Type": "application/json", **given}
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, given)
            answer = connection.getresponse()
            data = answer.read()
            kind = answer.headers.get("Content-Type", "")
            cookie = answer.headers.get("Set-Cookie")
            if cookie:
                self.cookie = cookie.partition(";")[0]
            if answer.headers.get("Content-Encoding") == "gzip":
                data = gzip.decompress(data)
            found = json.loads(data) if data and "json" in kind else data
            return answer.status, found, answer.headers
        except (OSError, http.client.HTTPException):
            return 0, None, {}
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, body, **headers):
        return self.ask("POST", path, body, **headers)

    def wait(self, twin, path, wanted, seconds=40):
        """Ask until wanted(object) holds; returns it."""
        end = time.monotonic() + seconds
        found = None
        while time.monotonic() < end:
            twin.check()
            status, found, _ = self.get(path)
            if status == 200 and wanted(found):
                return found
            time.sleep(0.2)
        raise AssertionError(f"{path} never was as wanted; the last was {found}")


    def sets_up(self, twin, ssid="hemma", password="hemligt123", **more):
        """The whole way by phone; returns who asks in the new network, logged in."""
        status, _, _ = self.post("/setup", {"ssid": ssid, "password": password,
                                            "owner_password": OWNER, **more})
        assert status == 202
        self.wait(twin, "/setup.json", lambda told: told["state"] == "ok")
        home = Phone(self.port, "127.0.0.2")
        home.get("/setup.json")
        home.wait(twin, "/session.json", lambda told: told["mode"] == "run")
        assert home.post("/login", {"password": OWNER})[0] == 204
        return home


def fresh(folder, **options):
    """A started Twin that was never set up."""
    given = {"http_port": 0, "interval": 1, "fresh": True, "radio": (NETWORKS, 0), "mqtt": None,
             "vm": "i386", **options}
    twin = Twin(Options(flash=folder / "flash", **given))
    twin.start()
    return twin


@pytest.fixture
def out_of_the_box(tmp_path):
    """A function that starts such a Twin, and ends it after the test: (Twin, Phone)."""
    needs.micropython("i386")
    made = []

    def start(**options):
        twin = fresh(tmp_path, **options)
        made.append(twin)
        phone = Phone(twin.client.port)
        phone.wait(twin, "/session.json", lambda told: True)
        return twin, phone

    yield start
    for twin in made:
        twin.stop()
