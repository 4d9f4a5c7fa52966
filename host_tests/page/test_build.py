"""The page as it is built: small, whole, cached by version, and let run by its own policy."""

import gzip
import re

from build import page


def text(name):
    return gzip.decompress(page.files()[name].read_bytes()).decode()


def rows():
    found = {}
    for line in page.files()["answers.txt"].read_text().splitlines():
        key, _, rest = line.partition("|")
        found[key] = rest.split("|")
    return found


def test_it_is_small_compressed_altogether():
    assert page.size() <= page.LIMIT


def test_what_is_loaded_first_is_small():
    first = page.first()
    assert len(first) == 3  # of the device's four connections
    assert sum(page.files()[name].stat().st_size for name in first) < 25_000


def test_each_script_has_the_words_of_its_texts_and_no_others():
    app, = [name for name in page.first() if name.endswith(".js")]
    later, = [name for name in page.files() if name.endswith(".js") and name != app]
    for words, there in (("Taken from the grid now", [app]), ("Close-the-door check", [later]),
                         ("Looking for networks …", ["portal.html"]),
                         ("Download CSV", [later]),
                         ("the reader did not answer", [app, "portal.html"])):
        assert [name for name in (app, later, "portal.html") if words in text(name)] == there
    for name in (app, later, "portal.html"):
        assert not re.search(r'"@\d+@"', text(name)), name  # marks of the first of two passes


def test_nothing_is_fetched_from_elsewhere():
    for name in page.files():
        if name != "answers.txt":
            outside = re.findall(r"https?://\w[^\s\"'`]*",
                                 text(name).replace("http://www.w3.org", ""))
            assert outside == [], name


def test_each_file_but_the_entrances_has_its_digest_in_its_name_and_is_kept_for_ever():
    told = rows()
    for name in page.files():
        if name.endswith((".js", ".css")):
            assert re.fullmatch(r"app-[A-Z0-9]{8}\.(js|css)", name)
            assert "Cache-Control: public, max-age=31536000, immutable" in told["/" + name]
            assert "Content-Encoding: gzip" in told["/" + name]
            assert told["/" + name][0] == "any"  # it says nothing of the device
    for key in ("/", "portal"):  # /claim is answered as / is
        assert not [field for field in told[key] if field.startswith("Cache-Control")]


def test_nothing_in_it_that_the_policy_would_stop():
    told = rows()
    for key in ("/", "portal"):
        assert "unsafe" not in told[key][2] and "{" not in told[key][2]
    for name in ("index.html", "portal.html"):
        assert not re.search(r'\sstyle="|\son\w+="', text(name).partition("<script")[0])
    for name in page.files():
        if name.endswith(".js"):
            assert not re.search(r"\beval\(|new Function\(", text(name)), name


def test_no_optional_call_spreads_arguments_which_chrome_80_to_90_gets_wrong():
    for name in page.files():
        if name.endswith(".js"):
            assert not re.search(r"\?\.[\w$.]*\([^()]*\.\.\.", text(name)), name


def test_the_same_sources_give_the_same_bytes():
    once = {name: path.read_bytes() for name, path in page.files().items()}
    again = dict(page._files())
    assert again == once
