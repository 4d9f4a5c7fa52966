"""The flasher's page, laid out once for all tests, on a web server of its own."""

import functools
import http.server
import threading

import pytest

from fixtures import stock_images
from fixtures.browser import chromium
from fixtures.flasher import Flasher, quiet
from flash import site

FOLDER = "/somewhere/else/"  # where a host may lay the site: it must not mind


@pytest.fixture(scope="session")
def stock(tmp_path_factory):
    """A folder with a stock image of each chip."""
    folder = tmp_path_factory.mktemp("stock")
    stock_images.into(folder)
    return folder


@pytest.fixture(scope="session")
def laid_out(stock, tmp_path_factory):
    """The folder of a complete site."""
    out = tmp_path_factory.mktemp("www")
    folder = out / FOLDER.strip("/")
    site.lay_out(folder, str(stock), quiet)
    return folder


@pytest.fixture(scope="session")
def served(laid_out):
    """The address of the site."""
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_words):
            pass

    root = laid_out.parents[len(FOLDER.strip("/").split("/")) - 1]
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=root))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{FOLDER}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture
def open_site(browser, served):
    """open_site(**options) is a Sight of the site, with a faked board on its USB."""
    opened = []

    def look(board=None, **options):
        sight = Flasher(browser, served, board or {}, **options)
        opened.append(sight)
        return sight

    yield look
    for sight in opened:
        sight.close()
