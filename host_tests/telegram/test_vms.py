"""The same vectors on the VMs that the device's is closest to: 32-bit small integers, no GC help.

They run what is built for them, as the device does: native code on i386 and x64, and the same
sources as bytecode on webassembly, which has no emitter.

In CI every cut is tried on the 32-bit ones (each 7th of telegrams with fields that Swedish meters
do not send; of encrypted ones each 29th on webassembly, whose AES is in Python), elsewhere each
23rd. CPython's own answers serve as `want`;
test_corpus.py holds those against the corpus, test_dialects.py against the simulator.
"""

import json
import subprocess

import pytest

import build
import meter_model
from fixtures import needs
from fixtures.binary_frames import decode, made, settings
from fixtures.expected import how
from fixtures.p1_text import telegram, with_x25
from fixtures.repository import IN_CI, ROOT, real_telegrams
from fixtures.simulated import snapshot_of, unit
from microhan.telegram.p1.writer import write

EXTRAS = ("nl-dsmr22", "nl-dsmr5", "be-fluvius", "be-wallonia", "hu", "lt", "iskra-p1")
HERE = ROOT / "host_tests" / "fixtures"
ARCHES = {"i386": "x86", "x64": "x64", "wasm": build.BYTECODE}
# Bytes allocated for a telegram that nobody asks for (docs/performance.md). Binary, and text
# with fields that Swedish meters do not send: frames of functions with many locals, given back at
# once; one that grows fails here. Unproven: text with a wrong checksum, taken all the same; those
# of repair.py, which looks for another proof.
PER_TELEGRAM = {"text": 64, "repaired": 512, "unproven": 256, "extras": 4000, "binary": 4000}
EDGES = [2**30 - 1, 2**30, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 99_999_999_999]


def vectors():
    """Dicts for vm/vectors.py: the corpus (each with checksums as it needs) and our own edges."""
    for record in real_telegrams("p1-ascii"):
        crc = record["crc"] == "valid"
        yield record["file"], record["data"], {"crc": crc, **how(record)}
    for wh in EDGES:
        lines = [f"1-0:1.8.0({wh}*Wh)", f"1-0:2.8.0({wh // 1000:08d}.{wh % 1000:03d}*kWh)",
                 f"1-0:1.7.0({wh}*W)", f"1-0:31.7.0(-{wh}*mA)", f"1-0:1.8.1({wh}*Wh)",
                 "0-0:1.0.0(991231235959W)"]
        yield f"edge-{wh}", telegram(*lines), {"crc": True, "clock": "normal", "offset": 60}
    lines = ("0-0:1.0.0(240303225425W)", "1-0:1.7.0(01.076*kW)", "1-0:32.7.0(236.8*V)")
    for name, data in (
            ("misheard", telegram(*lines, ident="STR5\\2MSZ314X").replace(
                b"/STR5", b"\xb9\xea\x75\xea\xcd")),
            ("x25", with_x25(*lines, ident="HLY5/D545-METER"))):
        yield name, data, {"crc": True, "clock": "normal", "offset": 60}
    for record in real_telegrams("dlms-hdlc", "dlms-hdlc-stream", "dlms-mbus", "p1-encrypted"):
        yield record["file"], record["data"], {"crc": True, **settings(record)}
    for name, data, options in made():
        yield name, data, {"crc": True, "clock": "normal", "offset": 60, **options}
    yield from simulated()


def simulated():
    """What the simulator's binary and encrypted meters send, and those of other countries' fields,
    at some moment and at the hour."""
    for name, dialect in meter_model.DIALECTS.items():
        if isinstance(dialect, meter_model.Dialect) and not (dialect.secret or name in EXTRAS):
            continue
        for step in (7_000, 1_800_000) if name not in EXTRAS else (7_000,):
            snapshot = snapshot_of(name, step=step)[1]
            secret = dialect.secret
            yield f"{name}-{step}", meter_model.write(dialect, snapshot), {
                "crc": getattr(dialect, "crc", "") != "none",
                "clock": "local" if dialect.habits.letter == "local" else "normal",
                "offset": dialect.habits.utc_offset,
                "key": secret.key if secret else "", "aad": secret.auth if secret else "",
                "unit": unit(name)}


def _kind(data, crc, decoder):
    """Which of PER_TELEGRAM holds."""
    if b"\0" in data.rstrip(b"\0"):
        return "binary"
    if decoder._text._reader:  # extras.py had to look at it
        return "extras"
    if decoder._text._repair and crc:  # repair.py had to
        return "repaired"
    return "text" if crc else "unproven"


@pytest.fixture(scope="module")
def jsonl(tmp_path_factory):
    path = tmp_path_factory.mktemp("vectors") / "vectors.jsonl"
    with path.open("w") as out:
        for name, data, options in vectors():
            readings, decoder = decode(data, **options)
            want = [r.json() for r in readings]
            written = [write(r, how).decode() for r in readings for how in ("se", "dsmr")]
            vector = {"file": name, "data": data.hex(), "want": want, "written": written,
                      "kind": _kind(data, options["crc"], decoder)}
            vector.update(options)
            vector["stride"] = 7 if vector["kind"] == "extras" else 1  # CPython tries each
            if options.get("key"):
                vector["wasm_stride"] = 29  # each try costs an AES in Python there
            out.write(json.dumps(vector) + "\n")
    return path


def run(name, jsonl, firmware, script=HERE / "vm" / "vectors.py", every=1):
    """What vm/vectors.py says on this VM. It makes thousands of decoders, and native code that
    was loaded is never given back: more heap than a device has."""
    command = needs.micropython(name, "1m")
    script = str(script)
    if name == "wasm":
        command = [command[0], str(HERE / "vm" / "wasm.mjs"), command[1], script,
                   "--copy", str(firmware), "--copy", str(jsonl.parent)]
    else:
        command = [*command, script]
    stride = str(every) if IN_CI and name != "x64" else "23"
    done = subprocess.run([*command, str(firmware), str(jsonl), stride], capture_output=True,
                          text=True, timeout=1200)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.parametrize("name", ["i386", *(
    pytest.param(name, marks=pytest.mark.slow) for name in ("wasm", "x64"))])
def test_each_vm_reads_every_vector_as_cpython_does(name, jsonl):
    said = run(name, jsonl, build.build(ARCHES[name], whole=True) / build.COPY)
    print(name, said)
    assert said["differ"] == []
    if name == "i386":
        for kind, (most, file) in said["bytes_per_telegram"].items():
            assert most <= PER_TELEGRAM[kind], file
    assert said["tried"] >= len(EDGES)
    assert said["small_int_bits"] == (63 if name == "x64" else 31)


@pytest.mark.slow
def test_vectors_by_the_program_that_lies_on_the_device(jsonl, tmp_path):
    """Merged and renamed, as the twin runs it; vectors.py asks for what is left of the names."""
    script = tmp_path / "vectors.py"
    text = (HERE / "vm" / "vectors.py").read_text()
    script.write_text(build.firmware().translated(text))
    assert "microhan" not in script.read_text()
    said = run("i386", jsonl, build.build("x86") / build.COPY, script, 23)
    assert said["differ"] == [] and said["tried"] >= len(EDGES)
    for kind, (most, file) in said["bytes_per_telegram"].items():
        assert most <= PER_TELEGRAM[kind], file
