"""What is at which address. docs/http.md fixes the shapes."""

import os

from microdot.microdot import Microdot, Request, Response

from .head import MAX_BODY
from .problems import ALWAYS, JSON, beside, parts_of

Request.max_content_length = MAX_BODY
Request.max_body_length = MAX_BODY

# Only the page's own script and style run, known by their digests: host_tests/test_web_page.py
# fails when they no longer match page.html, and says what belongs here.
_PAGE_POLICY = (
    "default-src 'none'; connect-src 'self'; img-src data:; "
    "script-src 'sha256-9RxCsPMweN4tb0ETESHY+8NOPpbhJLu/O9pjOKyUwxw='; "
    "style-src 'sha256-cwSlSlNa3o/JEqWEFPt+CohFkKwngE/l1uedvApCmqI='; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

# address: name of the method of Routes that answers GET
ROUTES = {
    "/": "page",
    "/reading.json": "reading",
    "/status.json": "status",
    "/telegram.txt": "telegram_text",
    "/telegram.bin": "telegram_bytes",
    "/events": "events",
}


def _problem(problem):
    status, reason, body, headers = parts_of(problem)
    return Response(body, status, headers, reason)


class App(Microdot):
    """microdot with this project's table of routes, errors, and headers on every answer."""

    def __init__(self, routes):
        super().__init__()
        self._routes = routes

    def find_route(self, req):
        """A look into the table: microdot keeps a regular expression for each address."""
        req.url_args = {}
        name = ROUTES.get(req.path)
        if not name:
            return 404, "", None
        if req.method not in ("GET", "HEAD"):
            return 405, "", None
        return getattr(self._routes, name), "", None

    async def error_response(self, req, status_code, reason=None):
        """JSON for each error that microdot finds."""
        return _problem(str(status_code))

    async def dispatch_request(self, req):
        """As microdot's, with the headers that every answer carries."""
        res = await super().dispatch_request(req)
        for name, value in ALWAYS:
            if name not in res.headers:
                res.headers[name] = value
        return res


class Routes:
    """The answers. Each takes a microdot request, whose sock[1] is the Connection."""

    def __init__(self, hub, feed, status):
        self._hub = hub
        self._feed = feed
        self._status = status

    async def page(self, request):
        """The page, from flash in pieces of 1 kB."""
        path = beside("page.html")
        size = os.stat(path)[6]
        page = open(path, "rb")  # noqa: SIM115 - the connection closes it
        request.sock[1].keep(page)
        return Response(page, 200, {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(size),
            "Content-Security-Policy": _PAGE_POLICY,
        })

    async def reading(self, request):
        """The State: newest proven value of each field."""
        if self._hub.reading is None:
            return _problem("503t")
        return Response(self._hub.state.json(), 200, {"Content-Type": JSON})

    async def status(self, request):
        """The device, its meter line and its outputs."""
        return Response(self._status(), 200, {"Content-Type": JSON})

    async def telegram_text(self, request):
        """The newest proven telegram, if it was text as sent."""
        raw = self._hub.raw
        if not raw:
            return _problem("503t")
        if not self._hub.raw_is_text:
            return _problem("404b")
        return Response(bytes(raw), 200, {
            "Content-Type": "text/plain; charset=us-ascii",
            "X-Microhan-Telegram": "sent",
        })

    async def telegram_bytes(self, request):
        """The newest proven telegram, byte by byte as sent."""
        raw = self._hub.raw
        if not raw:
            return _problem("503t")
        return Response(bytes(raw), 200, {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": 'attachment; filename="telegram.bin"',
        })

    async def events(self, request):
        """Server-sent events for as long as the client stays."""
        connection = request.sock[1]
        stream = self._feed.open(connection)
        if stream is None:
            return _problem("503e")
        connection.keep(stream)
        return Response(stream, 200, {"Content-Type": "text/event-stream"})


def make_app(hub, feed, status):
    """The microdot application with all routes."""
    return App(Routes(hub, feed, status))
