"""hardware/case.py: the mesh checks themselves, and the case against the board's table."""

import json
import subprocess
import sys

import pytest

import case
import mesh
from fixtures import needs
from fixtures.repository import ROOT

HARDWARE = ROOT / "hardware"

needs_openscad = pytest.mark.skipif(
    not case.available(), reason=needs.reason("openscad", case.HOW_TO_GET))

_CORNERS = [(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
_FACES = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))


def cube(at=(0, 0, 0)):
    corners = [tuple(float(a + b) for a, b in zip(c, at)) for c in _CORNERS]
    found = []
    for a, b, c, d in _FACES:
        found += [(corners[a], corners[b], corners[c]), (corners[a], corners[c], corners[d])]
    return found


def test_a_cube_closes():
    body = mesh.Mesh(cube())
    assert body.open_edges() == 0
    assert body.volume() == pytest.approx(1)
    assert body.pieces() == 1
    assert body.size() == (1, 1, 1)


def test_a_hole_and_a_loose_piece_are_noticed():
    assert mesh.Mesh(cube()[1:]).open_edges() == 3
    assert mesh.Mesh(cube() + cube((5, 0, 0))).pieces() == 2


def test_a_face_turned_inside_out_is_noticed():
    body = cube()
    body[0] = body[0][::-1]
    assert mesh.Mesh(body).open_edges() > 0


def test_settings_follow_the_table():
    found = case.settings()
    data = case.table.board()
    assert found["board"][:2] == [data["board"]["width"], data["board"]["length"]]
    assert len(found["holes"]) == len(data["board"]["holes"])
    for line in (HARDWARE / "case" / "case.scad").read_text().splitlines():
        name = line.partition(" =")[0]
        assert name != "antenna_free" or "antenna_free" in found


def test_every_socket_and_hole_lies_on_the_board():
    found = case.settings()
    width, length = found["board"][:2]
    for x, y, diameter in found["holes"]:
        assert diameter / 2 + 1 <= x <= width - diameter / 2 - 1
        assert diameter / 2 + 1 <= y <= length - diameter / 2 - 1
    for name in ("rj12", "usb"):
        x, _, body, depth, height = found[name]
        assert body / 2 <= x <= width - body / 2 and depth < length
        assert height <= found["tallest"]
    # beside the USB socket there is room for its plug's moulding
    assert abs(found["rj12"][0] - found["usb"][0]) > (found["rj12"][2] + 13) / 2


@needs_openscad
def test_every_part_closes_and_the_board_fits():
    done = subprocess.run([sys.executable, HARDWARE / "case.py"], capture_output=True, text=True,
                          timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads((ROOT / "build/hardware/case.json").read_text())
    assert all(set(row) == {"name", "value", "limit", "ok"} for row in rows)
    for part in case.PARTS:
        assert (ROOT / "build/hardware/case" / f"{part}.stl").stat().st_size > 1000


def test_without_openscad_it_names_what_is_missing(tmp_path):
    done = subprocess.run([sys.executable, HARDWARE / "case.py"], capture_output=True, text=True,
                          env={"PATH": str(tmp_path)})
    assert done.returncode == 3
    assert "openscad" in done.stderr.lower() and len(done.stderr.strip().splitlines()) == 1
