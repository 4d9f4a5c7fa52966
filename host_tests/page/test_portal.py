"""Set-up mode on a phone: the portal, without cookies and without storage."""

import pytest

from fixtures.browser import NARROW, PHONE

STORE = "hemma"
OWNER = "en lång mening"


@pytest.fixture
def portal(look, device):
    """portal(language="sv", …): the portal in a browser that has no storage."""
    device.mode, device.claimed, device.session = "setup", False, None

    def open_(language="sv", width=PHONE, **options):
        sight = look(language=language, width=width, **options)
        sight.page.evaluate("null")
        return sight

    return open_


@pytest.fixture
def bare(browser, device, look):
    """A browser in which a page that touches storage or cookies fails."""
    device.mode, device.claimed, device.session = "setup", False, None
    sight = look(language="sv", width=PHONE, path="nowhere")
    sight.page.add_init_script("""
        for (const name of ["localStorage", "sessionStorage"]) {
          Object.defineProperty(window, name, {get() { throw new Error("no " + name); }});
        }
        Object.defineProperty(document, "cookie", {
          get() { throw new Error("no cookies"); }, set() { throw new Error("no cookies"); }});
        delete AbortSignal.timeout; delete window.structuredClone;""")
    sight.page.goto(device.url)
    return sight


def fill(sight, network=STORE, wifi="hemligt lösen", owner=OWNER, labels=None):
    wifi_label, owner_label, submit = labels or (
        "Nätverkets lösenord", "Välj ägarens lösenord", "Anslut")
    sight.page.get_by_role("radio", name=network).check()
    if wifi is not None:
        sight.page.get_by_label(wifi_label).fill(wifi)
    sight.page.get_by_label(owner_label).fill(owner)
    sight.press(submit)


def test_from_the_form_to_the_address_without_storage(bare, device):
    fill(bare)
    assert bare.sees("Ansluter till Wi-Fi")
    assert device.waits_for("POST", "/setup") == [{
        "ssid": STORE, "password": "hemligt lösen", "owner_password": OWNER, "language": "sv"}]
    device.setup.update(state="ok", address="192.168.1.23")
    assert bare.sees("Klart. Läsaren är på ditt nätverk.")
    assert bare.sees(r"http://192\.168\.1\.23/") and bare.sees(r"http://microhan-a1b2c3\.local/")
    assert bare.complaints == []
    bare.shot("portal-sv-done")


def test_the_whole_portal_is_one_request_and_one_question(portal, device):
    sight = portal()
    sight.sees("Ditt Wi-Fi")
    assert [path for _, path, _ in device.asked if path != "/setup.json"] in (["/"], ["/", "/"])
    assert sight.context.cookies() == []


def test_networks_are_listed_by_strength_each_once(portal, device):
    device.setup["networks"] += [{"ssid": "hemma", "rssi": -40, "secure": True},
                                 {"ssid": "", "rssi": -30, "secure": True}]
    sight = portal()
    rows = sight.texts(".networks label")
    assert [" ".join(row.split()) for row in rows] == [
        "hemma stark", "<script>alert(1)</script> medel", "Gäster svag, öppet",
        "Annat eller dolt nätverk"]
    assert sight.complaints == []
    sight.shot("portal-sv-form")


def test_an_open_network_wants_no_password(portal, device):
    sight = portal()
    sight.page.get_by_role("radio", name="Gäster").check()
    assert not sight.page.get_by_label("Nätverkets lösenord").count()
    assert sight.sees("Namnet börjar eller slutar med ett blanksteg")
    sight.page.get_by_label("Välj ägarens lösenord").fill(OWNER)
    sight.press("Anslut")
    sight.sees("Ansluter")
    (body,) = device.waits_for("POST", "/setup")
    assert body["ssid"] == " Gäster " and body["password"] == ""


def test_a_hidden_network_is_typed_and_blanks_are_warned_of(portal, device):
    sight = portal(language="en")
    sight.page.get_by_role("radio", name="Other or hidden network").check()
    sight.page.get_by_label("Name of the network").fill("hidden ")
    assert sight.sees("The name begins or ends with a blank")
    sight.page.get_by_label("Password of the network").fill(" secret-one")
    assert sight.sees("The password begins or ends with a blank")
    sight.page.get_by_label("Choose the owner's password").fill(OWNER)
    sight.press("Connect")
    sight.sees("Joining Wi-Fi")
    (body,) = device.waits_for("POST", "/setup")
    assert (body["ssid"], body["password"], body["language"]) == ("hidden ", " secret-one", "en")


def test_nothing_is_sent_before_the_form_is_right(portal, device):
    sight = portal()
    sight.press("Anslut")
    assert sight.sees("Välj ett nätverk.") and sight.sees("Minst 10 tecken. Det är 0 nu.")
    fill(sight, wifi="kort", owner="kort")
    assert sight.sees("Ett Wi-Fi-lösenord har minst 8 tecken")
    assert sight.sees("Minst 10 tecken. Det är 4 nu.")
    assert device.bodies("POST", "/setup") == []


def test_a_broker_may_be_given_as_well(portal, device):
    sight = portal()
    sight.page.get_by_text("Skicka till MQTT").click()
    sight.page.get_by_label("Mäklare").fill("homeassistant.local")
    sight.page.get_by_label("Användare").fill("microhan")
    fill(sight)
    sight.sees("Ansluter")
    assert device.waits_for("POST", "/setup")[0]["mqtt"] == {
        "host": "homeassistant.local", "user": "microhan", "password": ""}


@pytest.mark.parametrize("code, words", [
    ("wrong_password", "Nätverket tog inte emot lösenordet."), ("", "Det gick inte att ansluta.")])
def test_a_failure_says_why_and_the_form_can_be_sent_again(portal, device, code, words):
    sight = portal()
    fill(sight)
    sight.sees("Ansluter")
    device.setup.update(state="failed", code=code, text_sv=words if code else "")
    assert sight.sees(words, ".say.bad")
    sight.press("Ändra och försök igen")
    assert sight.sees("Ditt Wi-Fi")
    # What was right need not be written again.
    assert len(sight.page.get_by_label("ägarens lösenord").input_value()) >= 10
    fill(sight, wifi="det rätta lösenordet")
    assert sight.sees("Ansluter|Det gick inte|fel")
    assert len(device.waits_for("POST", "/setup", 2)) == 2


def test_why_it_failed_is_said_in_the_language_that_is_read(portal, device):
    device.setup.update(state="trying", code="no_answer", text_sv="Nätverket svarade inte.",
                        text_en="The network did not answer.")
    sight = portal()
    sight.sees("Ansluter till Wi-Fi")
    device.setup.update(state="failed")
    assert sight.sees("Nätverket svarade inte", ".say.bad")
    sight.press("English")
    assert sight.sees("The network did not answer", ".say.bad")


def test_a_phone_that_is_dropped_meanwhile_sees_the_result_when_it_is_back(portal, device):
    sight = portal()
    assert sight.sees("telefonen tappas") and sight.sees("inget internet")
    fill(sight)
    sight.sees("Ansluter")
    device.kill()
    assert sight.sees("Anslut telefonen till microhan-a1b2c3 igen", ".banner.bad")
    sight.shot("portal-sv-dropped")
    device.revive()
    device.setup.update(state="ok", address="192.168.1.23")
    assert sight.sees(r"http://192\.168\.1\.23/")
    sight.misses(".banner.bad")


def test_a_sheet_that_was_closed_in_mid_attempt_shows_the_attempt_again(portal, device):
    fill(portal())
    device.setup.update(state="trying")
    assert portal().sees("Ansluter till Wi-Fi")


def test_an_owner_proves_to_be_it_unless_the_button_was_held(portal, device):
    device.setup.update(claimed=True, may_claim=False, reason="lost")
    sight = portal()
    device.answers["POST", "/setup"] = 401, {"code": "wrong_password", "error": "No."}, {}
    labels = "Nätverkets lösenord", "Ägarens lösenord", "Anslut"
    assert sight.sees("bara den kan ändra nätverket")
    fill(sight, labels=labels)
    assert sight.sees("Ägarens lösenord är fel", ".say.bad")
    device.setup.update(may_claim=True, reason="button")
    assert sight.sees("ett nytt, eller det gamla igen")


def test_erasing_is_confirmed(portal, device):
    device.setup.update(claimed=True, reason="erase")
    device.answers["POST", "/erase"] = 204, None, {}
    sight = portal()
    assert sight.sees("Det går inte att ångra")
    sight.press("Ja, radera allt")
    assert sight.sees("Allt är raderat")
    assert device.waits_for("POST", "/erase") == [{"confirm": True}]


def test_the_meter_is_seen_while_one_stands_at_the_cabinet(portal, device):
    device.setup["meter"] = {"state": "never", "text_sv": "Inget har kommit.",
                             "text_en": "Nothing."}
    sight = portal(width=NARROW)
    assert sight.sees("Inget har kommit.") and sight.overflow() <= 0
    sight.press("English")
    assert sight.sees("Nothing.") and sight.sees("Your Wi-Fi")


def test_changing_the_language_keeps_what_was_typed(portal, device):
    sight = portal()
    sight.page.get_by_role("radio", name=STORE).check()
    sight.page.get_by_label("Nätverkets lösenord").fill("hemligt lösen")
    sight.press("English")
    assert sight.page.get_by_label("Password of the network").input_value() == "hemligt lösen"
    assert sight.page.get_by_role("radio", name=STORE).is_checked()


@pytest.mark.parametrize("state", ["idle", "trying", "failed", "ok"])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_axe_finds_nothing_in_any_state(portal, device, state, language):
    device.setup.update(state=state, code="wrong_password" if state == "failed" else "",
                        address="192.168.1.23")
    sight = portal(language=language, color_scheme="dark" if language == "en" else "light")
    sight.sees("microhan-a1b2c3|fel|wrong")
    assert sight.violations() == []
