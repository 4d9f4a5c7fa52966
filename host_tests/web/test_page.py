"""The page: small, self-contained, and allowed to run by its own policy."""

import base64
import hashlib
import re
from pathlib import Path

import shim  # noqa: F401 - MicroPython's dialect for CPython
from microhan.web import answers

PAGE = Path(answers.__file__).parent / "page.html"
POLICY = answers.row_of("always")[-1] + answers.row_of("/")[2]
TEXT = PAGE.read_bytes().decode()


def test_the_page_is_small():
    assert len(TEXT.encode()) <= 15_500


def test_the_page_fetches_nothing_from_elsewhere():
    # The icon's name space is a name, not an address to fetch.
    outside = re.findall(r"https?://\S+", TEXT.replace("http://www.w3.org/2000/svg", ""))
    assert outside == []


def test_its_script_and_style_are_the_ones_allowed():
    for tag in ("script", "style"):
        (body,) = re.findall(f"<{tag}>(.*?)</{tag}>", TEXT, re.S)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        wanted = f"{tag}-src 'sha256-{digest}'"
        assert wanted in POLICY, f"put this into answers.txt: {wanted}"


def test_nothing_in_it_that_the_policy_would_stop():
    assert not re.search(r'\sstyle="|\son\w+="|innerHTML|eval\(', TEXT)


def test_the_page_is_served_whole(web):
    status, headers, body = web.ask("/")
    assert status == 200 and body == PAGE.read_bytes()
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert "Content-Security-Policy: " + headers["content-security-policy"] == POLICY
    for name in ("default", "connect", "img", "script", "style", "base", "form", "frame"):
        assert len(re.findall(rf"(?:^|[ ;]){name}-", POLICY)) == 1, name


def test_both_languages_say_the_same_things():
    tables = re.search(r"const T = sv \? \{(.*?)\} : \{(.*?)\};", TEXT, re.S).groups()
    keys = [re.findall(r"(\w+): \"", table) for table in tables]
    assert keys[0] == keys[1] and len(keys[0]) > 20
