"""tools/build/layout.py: which module lies in which file, and which files leave."""

import subprocess

import pytest

import build
from build import bytecode, compact, layout
from fixtures import needs
from fixtures.repository import ROOT

FIRMWARE = ROOT / "firmware"


def files_of(monkeypatch, sources, foreign=(), apart=()):
    """({file: modules}, files that leave) of a small program."""
    monkeypatch.setattr(layout, "APART", {f"microhan/{n}.py": (f, "") for n, f in apart})
    program = compact.Program({f"microhan/{name}.py": text for name, text in sources.items()},
                              foreign, (), compact.Steps())
    return {file: [name.removeprefix("microhan/")[:-3] for name in parts]
            for file, parts in program.parts.items()}, program.leaving


def test_what_is_imported_at_the_top_lives_with_its_importer(monkeypatch):
    """And in a function: a file of its own; what both need, in the one that is there before."""
    sources = {
        "app": "from .hub import Hub\n\n\ndef f():\n    from .web.server import serve\n",
        "hub": "from .both import x\n\n\nclass Hub:\n    y = x\n",
        "both": "x = []\n",
        "web/server": "from ..both import x\nfrom .head import y\n\n\ndef serve():\n"
                      "    from .page import z\n    return x, y, z\n",
        "web/head": "y = []\n",
        "web/page": "from .lines import v\nz = v\n",
        "web/lines": "v = []\n"}
    main = ["from microhan.app import f\n"]
    found, leaving = files_of(monkeypatch, sources, main)
    assert found == {"microhan/app.py": ["both", "hub", "app"],
                     "web_server.py": ["web/head", "web/server"],
                     "web_page.py": ["web/lines", "web/page"]}
    assert leaving == {"web_server.py", "web_page.py"}
    # the application is left again, and what it stands on stays
    found, leaving = files_of(monkeypatch, sources, main, [("app", "microhan/app.py")])
    assert found["core.py"] == ["both", "hub"] and found["microhan/app.py"] == ["app"]
    assert leaving == {"web_server.py", "web_page.py", "microhan/app.py"}


def test_a_part_of_the_core_can_be_loaded_before_the_rest(monkeypatch):
    """What both parts, and a file that either loads, stand on lives in the first of them, also
    where they do not know each other."""
    sources = {
        "app": "from .hub import Hub\nfrom .meter import m\nfrom .others import o\n\n\n"
               "def f():\n    return Hub, m, o\n",
        "others": "from .both import x\no = x\n",
        "hub": "from .both import x\n\n\nclass Hub:\n    def g(self):\n"
               "        from .extras import e\n        return x, e\n",
        "meter": "from .both import x\n\n\ndef m():\n    from .extras import e\n"
                 "    return x, e\n",
        "extras": "from .both import x\ne = x\n", "both": "x = []\n"}
    monkeypatch.setattr(layout, "STAY", {"microhan/hub.py": "core.py imports from it",
                                         "microhan/meter.py": "app.py does"})
    monkeypatch.setattr(layout, "BEHIND", {"microhan/meter.py": {"microhan/hub.py"}})
    found, leaving = files_of(monkeypatch, sources, ["from microhan.app import f\n"], [
        ("app", "microhan/app.py"), ("hub", "hub.py"), ("meter", "meter.py")])
    assert found == {"hub.py": ["both", "hub"], "meter.py": ["meter"], "core.py": ["others"],
                     "microhan/app.py": ["app"], "extras.py": ["extras"]}
    assert leaving == {"microhan/app.py", "extras.py"}


def test_what_two_files_share_lives_in_the_one_that_loads_them_both(monkeypatch):
    sources = {"app": "def f():\n    from .places import x\n",
               "places": "from .answers import a\nx = a\n\n\ndef f():\n"
                         "    from .requests import y\n",
               "requests": "from .answers import a\ny = a\n", "answers": "a = []\n"}
    monkeypatch.setattr(layout, "STAY", {"microhan/places.py": "requests.py imports from it"})
    found, leaving = files_of(monkeypatch, sources)
    assert found["places.py"] == ["answers", "places"] and leaving == {"requests.py"}


def test_constants_alone_load_no_file(monkeypatch):
    sources = {"app": "from .words import BAD\n\n\ndef f():\n    from .words import say\n"
                      "    return say(BAD)\n",
               "words": "BAD = const(1)\n\n\ndef say(n):\n    return n\n"}
    found, _ = files_of(monkeypatch, sources)
    assert found == {"microhan/app.py": ["app"], "words.py": ["words"]}


def test_the_layout_of_the_firmware_is_the_rule_and_a_list():
    """Whatever stands in the list is in use there: an exception without a case is none."""
    program = build.firmware()
    assert {file for module, (file, _) in layout.APART.items()
            if module not in layout.STAY} <= program.leaving
    modules = {name for name, parts in program.parts.items() for name in parts}
    assert {*layout.APART, *layout.STAY, *layout.KEPT} <= modules
    assert {program.file_of[module] for module in layout.KEPT} == program.kept <= program.leaving
    assert all(layout.STAY.values()) and all(why for _, why in layout.APART.values())
    assert program.file_of["microhan/meter/line_search.py"] == "meter_line_diagnosis.py"
    assert program.file_of["umqtt/simple.py"] == "outputs_mqtt_connect.py"


LEAVING = {
    "microhan/home.py": "def f():\n    from .seldom import g\n    return g()\n\n\n"
                       "def h():\n    from .broken import x\n    return x\n",
    "microhan/seldom.py": "import sys\nfrom .part import mine\n\n\ndef g():\n"
                          "    return mine, sys.modules\n",
    "microhan/part.py": "import sys\n\nmine = sys.modules['microhan.seldom']\n",
    "microhan/broken.py": "x = 1 // 0\n"}
LEFT = """
import gc, sys
sys.path.insert(0, "")
from microhan.home import f, h
me, modules = f()
print(me.__name__ is me, "seldom" in modules)
for _ in range(2):
    try:
        h()
    except ZeroDivisionError:
        print("broken")
print(sorted(modules))
"""


def test_a_file_that_is_kept_says_at_its_end_whether_it_leaves():
    """Without bytecode in flash it leaves as any other. board/test_in_place.py runs it."""
    program = build.firmware()
    assert compact.LEAVE not in program.text("ledger_civil.py")
    assert compact.LEAVE in program.text("ledger_peaks.py")
    for in_place in True, False:
        end = bytecode.ending(in_place, True)
        assert end.endswith(compact.LEAVE + "\n") and ("register" in end) == in_place
        assert compact.LEAVE not in bytecode.ending(in_place, False)


@pytest.mark.parametrize("name", ["i386", "x64"])
def test_a_file_that_is_needed_now_and_then_leaves(tmp_path, name):
    """And one that cannot be loaded, for want of memory, may be tried again."""
    command = needs.micropython(name)
    files = compact.compact(LEAVING, foreign=[LEFT], steps=compact.Steps(files=False))[0]
    assert set(files) == {"microhan/home.py", "seldom.py", "broken.py"}
    for file, text in files.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
    (tmp_path / "main.py").write_text(LEFT)
    told = subprocess.run([*command, "main.py"], cwd=tmp_path, capture_output=True, text=True)
    assert told.stdout.splitlines() == ["True False", "broken", "broken",
                                        "['microhan', 'microhan.home']"], told.stderr


def test_native_code_is_loaded_once():
    """An ESP32 gives the memory of native code back at a restart only: what has some and leaves is
    held by somebody for good, and listed."""
    program = build.firmware()
    native = {file for file, modules in program.parts.items() for module in modules
              if (FIRMWARE / module).is_file()
              and "@micropython.viper" in (FIRMWARE / module).read_text()}
    assert native & program.leaving == set(layout.HELD)


def test_a_file_that_nobody_outside_asks_for_has_a_name_that_micropython_has():
    program = compact.Program({**LEAVING, "twin.py": "x = 1\n"}, [LEFT + "import twin\n"], (),
                              compact.Steps())
    assert program.place_of == {"microhan/home.py": "microhan/home.py", "twin.py": "twin.py",
                                "broken.py": "abs.py", "seldom.py": "all.py"}
    assert "from all import" in program.text("microhan/home.py")
    alone = layout.places({"a.py": ["microhan/a.py"], "b.py": ["microhan/b.py"]}, (), ["abs"])
    assert alone == {"a.py": "abs.py", "b.py": "b.py"}  # there are not names enough
