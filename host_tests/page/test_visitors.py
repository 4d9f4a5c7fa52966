"""Who is let in, and what they are told otherwise: login, claim, a guest's link, tokens."""

import json
import urllib.parse

import pytest

from fixtures.browser import PHONE
from fixtures.mock_device import PASSWORD

TOKEN = "0123456789abcdef" * 2


def test_who_is_not_logged_in_sees_a_login_and_nothing_else(look, device):
    device.session = None
    sight = look(language="sv", width=PHONE)
    assert sight.sees("Den här läsaren svarar bara sin ägare")
    assert not sight.page.locator(".big, nav a").count()
    assert {path for _, path, _ in device.asked} <= {"/", "/session.json"}
    sight.shot("login-sv-phone")
    sight.page.get_by_label("Ägarens lösenord").fill(PASSWORD)
    sight.page.keyboard.press("Enter")
    assert sight.sees("5\u00a0531", ".big")
    assert device.waits_for("POST", "/login") == [{"password": PASSWORD}]


def test_a_wrong_password_is_said_in_words(look, device):
    device.session = None
    sight = look()
    sight.page.get_by_label("Owner's password").fill("wrong")
    sight.press("Log in")
    assert sight.sees("The password is wrong", ".say.bad")


def test_too_many_attempts_are_waited_for(look, device):
    device.session = None
    device.answers["POST", "/login"] = 429, {"code": "slow_down"}, {"Retry-After": "2"}
    sight = look()
    sight.page.get_by_label("Owner's password").fill("wrong")
    sight.press("Log in")
    assert sight.sees("Too many attempts. Wait [12] s", ".say.bad")
    assert sight.page.get_by_role("button", name="Log in").is_disabled()
    sight.page.get_by_role("button", name="Log in", disabled=False).wait_for()


@pytest.mark.parametrize("everywhere", [False, True])
def test_logging_out_leaves_nothing_behind(look, device, everywhere):
    sight = look(path="#/settings")
    sight.sees("Access")
    sight.press("Log out everywhere" if everywhere else "Log out here")
    assert sight.sees("This reader answers only its owner")
    assert device.waits_for("POST", "/logout") == [{"everywhere": everywhere}]
    assert sight.page.evaluate("localStorage.getItem('microhan.hour')") is None


def test_a_guest_reads_by_a_link_whose_token_leaves_the_address_line(look, device):
    device.session, device.scope = "token", ["now"]
    sight = look(path="?token=" + TOKEN)
    assert sight.sees("5,531", ".big") and TOKEN not in sight.page.url
    headers = []
    sight.page.on("request", lambda request: headers.append(request.headers))
    sight.page.reload()
    sight.sees("5,531", ".big")
    asked = [one for one in headers if "authorization" in one]
    assert asked and all(one["authorization"] == f"Bearer {TOKEN}" for one in asked)
    sight.press("Settings", "link")
    assert sight.sees("The settings are the owner's")
    assert not sight.page.get_by_text("Log out").count()


def test_a_device_without_an_owner_says_how_to_become_it(look, device):
    device.claimed, device.session = False, None
    assert look().sees("This reader has no owner yet")


def test_the_cable_s_address_makes_its_owner(look, device):
    device.claimed, device.session = False, None
    sight = look(path="claim?code=a1b2c3d4e5f60718", language="sv")
    sight.page.get_by_label("Ägarens lösenord").fill("kort")
    sight.press("Bli ägare")
    assert sight.sees("Minst 10 tecken. Det är 4 nu.", ".say.bad")
    sight.page.get_by_label("Ägarens lösenord").fill("en lång mening")
    sight.page.get_by_label("Lösenordet en gång till").fill("en annan mening")
    assert sight.sees("De två är inte lika.", ".say.bad")
    assert sight.violations() == []
    sight.page.get_by_label("Lösenordet en gång till").fill("en lång mening")
    sight.shot("claim-sv")
    sight.press("Bli ägare")
    assert sight.sees("5\u00a0531", ".big") and "code" not in sight.page.url
    assert device.waits_for("POST", "/claim") == [
        {"code": "a1b2c3d4e5f60718", "owner_password": "en lång mening"}]


def test_a_claim_that_is_too_old_says_how_to_get_a_new_one(look, device):
    device.claimed, device.session = False, None
    device.answers["POST", "/claim"] = 403, {"code": "wrong_code"}, {}
    sight = look(path="claim?code=old")
    for label in ("Owner's password", "The password once more"):
        sight.page.get_by_label(label).fill("a long sentence")
    sight.press("Become the owner")
    assert sight.sees("restart the reader with the cable in", ".say.bad")


def test_a_token_is_made_shown_once_as_a_link_too_and_taken_back(look, device):
    device.answers["POST", "/tokens"] = lambda: (
        device.tokens.append({"id": "t1", "name": "sambo", "scope": ["now"], "expires": None,
                              "last_used": None, "last_from": None})
        or (201, {"id": "t1", "token": TOKEN}, {}))
    sight = look(path="#/settings")
    assert sight.sees("No tokens yet")
    sight.press("New token")
    sight.press("Make the token")
    assert sight.sees("Give it a name", ".say.bad")
    sight.page.get_by_label("Name", exact=True).fill("sambo")
    sight.page.get_by_label("history").uncheck()
    sight.page.get_by_label("Holds").select_option("30 days")
    sight.press("Make the token")
    assert sight.sees("shown only now") and sight.sees(TOKEN, "code")
    (body,) = device.waits_for("POST", "/tokens")
    assert body["name"] == "sambo" and body["scope"] == ["now"] and body["expires"].endswith("Z")
    assert sight.sees(urllib.parse.quote(device.url, safe=":/") + r"\?token=" + TOKEN, "code")
    canvas = sight.page.get_by_role("img", name="QR code of the link")
    assert canvas.evaluate("one => one.width") >= 29  # modules: a link does not fit into fewer
    assert sight.violations() == []
    sight.shot("token-en")
    sight.press("Done")
    assert TOKEN not in sight.page.content()
    sight.page.on("dialog", lambda dialog: dialog.accept())
    sight.press("Remove sambo")
    assert sight.sees("No tokens yet") and device.tokens == []


def test_a_token_s_name_is_text_whatever_it_is(look, device):
    device.tokens = [{"id": "t1", "name": "<img src=x onerror=alert(1)>", "scope": ["now", "raw"],
                      "expires": "2027-01-31T23:00:00Z", "last_used": "2026-11-26T20:00:00Z",
                      "last_from": "192.168.1.10"}]
    sight = look(path="#/settings")
    assert sight.sees(r"<img src=x onerror=alert\(1\)>", ".tokens")
    assert sight.sees(r"now, raw telegrams · until 2027-02-01 00:00:00 · used 2026-11-26 21:00:00 "
                      r"from 192\.168\.1\.10", ".tokens")
    assert sight.complaints == []


def test_every_change_carries_the_header_that_no_form_can_send(look, device):
    seen = []
    sight = look(path="#/settings")
    sight.page.on("request", lambda request: seen.append(request))
    sight.sees("Access")
    sight.press("Log out here")
    sight.sees("answers only its owner")
    (post,) = [one for one in seen if one.method == "POST"]
    assert post.headers["x-microhan"] == "1"
    assert json.loads(post.post_data) == {"everywhere": False}
