"""A page of another site, in the owner's own browser, which has a session here."""

import http.server
import threading

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures import needs
from fixtures.web_server import wait_until

_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
            "--disable-background-networking", "--disable-component-update",
            "--host-resolver-rules=MAP evil.example 127.0.0.1"]
# What such a page may try: each ends in one word in `found`.
ATTACKS = """<!doctype html><title>evil</title><body><script>
const found = {}, device = "http://127.0.0.1:PORT";
const source = new EventSource(device + "/events", {withCredentials: true});
source.onmessage = source.onopen = () => found.events = "open";
source.addEventListener("reading", () => found.events = "read");
source.onerror = () => found.events ??= "error";
for (const [name, path, options] of [
    ["read", "/reading.json", {}], ["tokens", "/tokens", {}],
    ["change", "/tokens", {method: "POST", headers: {"X-Microhan": "1"}, body: "{}"}],
    ["logout", "/logout", {method: "POST", body: "{}"}]]) {
  fetch(device + path, {credentials: "include", ...options}).then(
    answer => answer.text().then(text => found[name] = text), () => found[name] = "error");
}
fetch(device + "/reading.json", {credentials: "include", mode: "no-cors"}).then(
  answer => found.opaque = answer.type, () => found.opaque = "error");
const script = document.createElement("script");
script.src = device + "/reading.json";
script.onload = () => found.script = "loaded";
script.onerror = () => found.script = "error";
document.body.append(script);
const form = document.createElement("form");
form.action = device + "/logout"; form.method = "post"; form.enctype = "text/plain";
form.target = "frame";
document.body.insertAdjacentHTML("beforeend", "<iframe name=frame></iframe>");
document.body.append(form);
form.submit();
</script>"""


@pytest.fixture(scope="module")
def chromium():
    path = needs.program("chromium", "chromium-browser")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=_OPTIONS)
        yield opened
        opened.close()


@pytest.fixture
def elsewhere(web):
    """The address of another site, on this PC. Another name is another site to a browser."""
    body = ATTACKS.replace("PORT", str(web.port)).encode()

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://localhost:{site.server_port}/"
    site.shutdown()
    site.server_close()


def with_session(chromium, web):
    """(a browser's context with the owner's cookie, the Cookie header of the same)."""
    cookie = web.login()
    context = chromium.new_context()
    context.add_cookies([{"name": "microhan", "value": cookie.rpartition("=")[2],
                          "url": f"http://127.0.0.1:{web.port}/", "httpOnly": True,
                          "sameSite": "Strict"}])
    return context, cookie


def test_it_reads_nothing_and_changes_nothing(chromium, web, elsewhere):
    web.publish()
    context, cookie = with_session(chromium, web)
    page = context.new_page()
    page.goto(elsewhere)
    page.wait_for_function("Object.keys(found).length == 7")
    found = page.evaluate("found")
    assert set(found.values()) <= {"error", "opaque"}, found
    page.wait_for_timeout(500)
    assert web.server.status()["streams"] == 0
    assert web.ask("/tokens", cookie)[0] == 200  # and it has logged nobody out
    own = context.new_page()
    own.goto(f"http://127.0.0.1:{web.port}/")  # the cookie works where it belongs
    own.wait_for_function("fetch('/reading.json').then(answer => answer.ok)")
    context.close()


def test_a_name_that_was_turned_to_the_device_gets_nothing(chromium, web):
    """DNS rebinding: to the browser it is evil.example all the time."""
    web.publish()
    context, _ = with_session(chromium, web)
    page = context.new_page()
    answer = page.goto(f"http://evil.example:{web.port}/reading.json")
    assert answer.status == 421 and "active_power" not in answer.text()
    context.close()
    wait_until(lambda: web.server.status()["connections"] == 0)
