"""What is loaded only when a view is opened: once, and told where it does not come."""

import re

import pytest

from build import page


@pytest.fixture
def later():
    """The address of the views that are not loaded first."""
    (name,) = [name for name, path in page.files().items()
               if name.endswith(".js") and name not in page.first()]
    return "/" + name


def test_the_other_views_are_loaded_once_when_one_of_them_is_opened(look, later):
    sight = look()
    asked = []
    sight.page.on("request", lambda request: asked.append(request.url[len(sight.url) - 1:]))
    sight.sees("Taken from the grid now")
    assert later not in asked
    for name, words in (("Health", "The meter's line"), ("Settings", "This browser"),
                        ("History", "Totals"), ("Health", "The meter's line")):
        sight.press(name, "link")
        assert sight.sees(words, "h2")
    # By the page itself, for as long as it takes; import() has it from the browser then.
    assert 1 <= asked.count(later) <= 2
    assert sight.complaints == []


def test_a_device_that_is_gone_when_a_view_is_opened_is_told_and_the_view_comes_by_itself(
        look, device):
    sight = look()
    sight.sees("Taken from the grid now")
    device.kill()
    sight.press("Health", "link")
    assert sight.sees("The reader does not answer. .* The page tries again by itself", "main .bad")
    assert sight.violations() == []
    device.revive()
    assert sight.sees("The meter's line", "h2")
    assert sight.page.locator(".view > .banner.bad").count() == 0


def test_a_page_that_the_device_has_no_longer_is_loaded_anew(look, device, later):
    sight = look()
    sight.sees("Taken from the grid now")
    device.answers["GET", later] = 404, {"code": "not_found", "error": "Nothing there."}, {}
    sight.press("Health", "link")
    sight.sees("The reader does not answer", "main .bad")
    with sight.page.expect_event("load"):
        del device.answers["GET", later]
    assert sight.sees("The meter's line", "h2")
    assert re.search("#/health$", sight.page.url)
