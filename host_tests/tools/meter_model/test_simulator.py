"""The simulated meter: registers add up, dialects are well formed, and the line has a pace."""

import json
import os
import socket
import subprocess
import sys
import time

import pytest

import meter_model
from fixtures.repository import ROOT
from fixtures.simulated import SUMMER, WINTER, snapshot_of
from meter_model import write_telegrams
from meter_model.meter import powers
from meter_model.play import Faults, play, send, telegrams
from meter_model.ports import PtyPort, open_port
from microhan.telegram.clock import ClockRule
from microhan.telegram.counters import C_CRC
from microhan.telegram.p1.parser import P1Parser

TOOLS = ROOT / "tools"
PLAIN = [name for name, dialect in meter_model.DIALECTS.items()
         if isinstance(dialect, meter_model.Dialect) and not dialect.secret
         and not dialect.heard and dialect.crc != "x25"]


def parse(data, dialect):
    readings = []
    rule = ClockRule("local" if dialect.habits.letter == "local" else "normal",
                     dialect.habits.utc_offset)
    parser = P1Parser(lambda p: readings.append(p.reading()), dialect.crc != "none", rule)
    parser.feed(data, len(data))
    parser.idle()
    return readings, parser


@pytest.mark.parametrize("name", ["kamstrup-p1", "sagemcom-p1", "hu", "nl-dsmr4-1phase"])
@pytest.mark.parametrize("start", [WINTER, SUMMER])
def test_registers_add_up_exactly_over_a_day(name, start):
    meter = meter_model.new_meter(meter_model.find(name), 5, start)
    first = last = meter.advance(start).values
    pairs = {"1.8.0": "1.7.0", "2.8.0": "2.7.0", "3.8.0": "3.7.0", "4.8.0": "4.7.0"}
    rest = dict.fromkeys(pairs, 0)
    ms, step = start, 0
    while ms < start + 86_400_000:
        step = step * 31 % 59_999 + 10_007  # uneven steps, 10 to 70 s
        ms += step
        values = meter.advance(ms).values
        for energy, power in pairs.items():
            rest[energy] += values[power] * step
            gained, rest[energy] = divmod(rest[energy], 3_600_000)
            assert values[energy] - last[energy] == gained
        last = values
    assert sum(last[code] - first[code] for code in pairs) > 10_000
    for code in pairs:
        assert last[code] == sum(last[f"{code[:-1]}{t}"] for t in "1234")
    assert last["3.8.0"] == last["5.8.0"] + last["6.8.0"]
    assert last["4.8.0"] == last["7.8.0"] + last["8.8.0"]
    assert last["15.8.0"] == last["1.8.0"] + last["2.8.0"]


def test_both_tariffs_are_used():
    meter = meter_model.new_meter(meter_model.find("nl-dsmr5"), 1, WINTER)
    first = meter.advance(WINTER).values
    for minute in range(1, 1440):
        last = meter.advance(WINTER + minute * 60_000).values
    assert last["1.8.1"] > first["1.8.1"] and last["1.8.2"] > first["1.8.2"]
    assert last["1.8.3"] == last["1.8.4"] == 0


def test_aidon_shows_its_registers_hourly():
    meter = meter_model.new_meter(meter_model.find("aidon-p1"), 1, WINTER)
    shown = {meter.advance(WINTER + s * 10_000).values["1.8.0"] for s in range(360 * 2)}
    assert len(shown) == 3  # the start, 17:00 and 18:00


def test_same_seed_same_house_whatever_the_steps():
    def run(seed, steps):
        meter = meter_model.new_meter(meter_model.find("kamstrup-p1"), seed, WINTER)
        for step in steps:
            snapshot = meter.advance(WINTER + step)
        return snapshot
    assert run(1, [5000, 10_000]) == run(1, [5000, 10_000])
    assert run(1, [10_000]).values["1.7.0"] == run(1, [5000, 10_000]).values["1.7.0"]
    assert run(1, [10_000]).values != run(2, [10_000]).values


def test_netting_of_phases():
    house = meter_model.House(1)
    flow = house.at(0)._replace(p=(900, -400, -100), q=(300, -200, 50))
    net, split = powers(flow, "net"), powers(flow, "split")
    assert (net["1.7.0"], net["2.7.0"], net["21.7.0"], net["42.7.0"]) == (400, 0, 900, 400)
    assert (net["3.7.0"], net["4.7.0"]) == (150, 0)
    assert (split["3.7.0"], split["4.7.0"]) == (350, 200)


def test_the_house_is_believable():
    house = meter_model.House(1)
    winter = [house.at(WINTER // 1000 + s) for s in range(0, 86_400, 60)]
    summer = [house.at(SUMMER // 1000 + s) for s in range(0, 86_400, 60)]
    kwh = [sum(sum(f.p) for f in day) / 60_000 for day in (winter, summer)]
    assert 15 < kwh[0] < 90 and kwh[1] < kwh[0]
    assert min(sum(f.p) for f in summer) < -3000  # the sun feeds in by day
    assert all(215_000 < u < 248_000 for f in winter + summer for u in f.u)
    loaded = max(winter, key=lambda f: f.p[0])
    idle = min(winter, key=lambda f: f.p[0])
    assert loaded.u[0] < idle.u[0]


def _mirror(value, bits):
    return int(f"{value:0{bits}b}"[::-1], 2)


def reference_crc(data):
    """CRC-16/ARC the other way round: mirrored bytes divided by x16+x15+x2+1, as in the book."""
    dividend = 0
    for byte in data:
        dividend = dividend << 8 | _mirror(byte, 8)
    dividend <<= 16
    for bit in range(dividend.bit_length() - 1, 15, -1):
        if dividend >> bit & 1:
            dividend ^= 0x18005 << bit - 16
    return _mirror(dividend, 16)


def test_reference_crc_is_the_known_one():
    assert reference_crc(b"123456789") == 0xBB3D


@pytest.mark.parametrize("name", PLAIN)
def test_the_checksum_is_right(name):
    dialect, snapshot = snapshot_of(name)
    data = meter_model.write(dialect, snapshot)
    begin, end = data.index(b"/"), data.rindex(b"!") + 1
    crc = reference_crc(data[begin:end])
    wanted = {"upper": b"%04X" % crc, "lower": b"%04x" % crc, "short": b"%X" % crc, "none": b""}
    assert data[end:].rstrip(b"\r\n") == wanted[dialect.crc]
    assert data[:begin] == dialect.lead.encode()


@pytest.mark.parametrize("name, specification", [
    ("kamstrup-p1", "SWEDEN"), ("sagemcom-p1", "SWEDEN"), ("nl-dsmr5", "V5"),
    ("nl-dsmr4", "V4"), ("nl-dsmr22", "V2_2"), ("be-fluvius", "BELGIUM_FLUVIUS"),
    ("lu-smarty", "LUXEMBOURG_SMARTY"),
])
def test_dsmr_parser_takes_it(name, specification):
    parsers = pytest.importorskip("dsmr_parser.parsers")
    specifications = pytest.importorskip("dsmr_parser.telegram_specifications")
    dialect, snapshot = snapshot_of(name)
    text = meter_model.write(dialect, snapshot).decode()
    telegram = parsers.TelegramParser(getattr(specifications, specification)).parse(text)
    shown = meter_model.shown(dialect, snapshot)
    assert telegram.CURRENT_ELECTRICITY_USAGE.value * 1000 == shown["1.7.0"]
    if hasattr(telegram, "ELECTRICITY_USED_TARIFF_1"):
        assert telegram.ELECTRICITY_USED_TARIFF_1.value * 1000 == shown["1.8.1"]
    if hasattr(telegram, "INSTANTANEOUS_VOLTAGE_L2"):
        assert telegram.INSTANTANEOUS_VOLTAGE_L2.value * 1000 == shown["52.7.0"]


@pytest.mark.parametrize("name", ["aidon-mbus", "kamstrup-mbus", "nonsense", ""])
def test_unknown_meter_lists_the_known(name):
    with pytest.raises(meter_model.UnknownMeter, match="kamstrup-p1"):
        meter_model.find(name)


def test_number_cuts_and_never_rounds():
    number = meter_model.dialects.number
    assert number(99_999_999_999, 8, 3, 3) == "99999999.999"
    assert number(1999, 3, 1, 3) == "001.9"
    assert number(-1299, 3, 1, 3) == "-001.2"
    assert number(-9, 3, 1, 3) == "000.0"
    assert number(57, 9, 0, 0) == "000000057"


def test_faults_are_as_likely_as_said_and_the_parser_survives():
    dialect = meter_model.find("kamstrup-p1")
    source = telegrams(dialect, meter_model.new_meter(dialect, 1, WINTER), 10_000)
    faults = Faults.parse("drop=0.0005,flip=0.0005,cut=0.1,noise=0.2,skip=0.05", seed=4)
    data = b"".join(faults.spoil(next(source)) for _ in range(300))
    assert all(faults.counts.values())
    readings, parser = parse(data, dialect)
    assert 60 < len(readings) < 280 and parser.counts[C_CRC] > 10
    for wrong in ("melt=0.1", "drop", "drop=2"):
        with pytest.raises(ValueError):
            Faults.parse(wrong)


def test_pace_on_a_pty():
    port = PtyPort()
    data = bytes(range(256)) * 3
    start = time.monotonic()
    assert send(port, data, 86.8e-6, lambda s: time.sleep(s))
    assert 0.066 <= time.monotonic() - start
    got = b""
    while len(got) < len(data) and time.monotonic() - start < 60:
        got += read_now(port.slave_fd)
    assert got == data  # raw: nothing is translated
    assert read_now(port.slave_fd) == b""
    port.close()


def test_a_full_pty_loses_bytes_and_does_not_hang():
    port = PtyPort()
    for _ in range(200):
        port.write(b"x" * 4096)  # if it hung, that would be for ever: nobody reads
    assert port.lost > 400_000
    port.close()


def test_a_uart_keeps_4_kb_for_a_slow_reader():
    port = PtyPort(ring=4095)
    send(port, bytes(12_000), 86.8e-6, lambda s: time.sleep(s))
    time.sleep(0.2)
    kept = 0
    while chunk := read_now(port.slave_fd):
        kept += len(chunk)
        time.sleep(0.05)  # the kernel moves the rest up in its own time
    # on a busy PC the kernel counts late, and a lump or two more gets in
    assert 4000 < kept < 9000 and kept + port.lost == 12_000
    port.write(b"again")
    got, end = b"", time.monotonic() + 60
    while len(got) < 5 and time.monotonic() < end:
        time.sleep(0.05)
        got += read_now(port.slave_fd)
    assert got == b"again"
    port.close()


def read_now(fd):
    try:
        return os.read(fd, 4096)
    except BlockingIOError:
        return b""


def test_tcp_port_serves_whoever_comes():
    port = open_port("tcp:0")
    client = socket.create_connection(port.address)
    client.settimeout(60)
    send(port, b"abc" * 100, 0, None)
    assert client.recv(1000).startswith(b"abc")
    client.close()
    for _ in range(20):
        port.write(b"x" * 100)  # to nobody
    port.close()


def test_play_keeps_the_beat_and_ends():
    begun = []
    port = PtyPort()
    start = time.monotonic()
    port.byte_s = 1e-5
    count = play(port, iter([b"/x!"] * 99), lambda s: time.sleep(s), 0.05, 0.2,
                 told=lambda i: begun.append(time.monotonic() - start))
    assert count == len(begun) == 4 and 0.15 < begun[-1]
    assert time.monotonic() - start >= 0.2
    port.close()


def run_tool(*options):
    return subprocess.run([sys.executable, TOOLS / "simulate_meter.py", *options],
                          capture_output=True, timeout=120)


def test_command_line_to_decoder():
    sent = run_tool("--to", "-", "--duration", "60", "--start", "2026-01-15T17:00:00")
    assert sent.returncode == 0 and sent.stdout.count(b"/KAM5") == 6
    decoded = subprocess.run([sys.executable, TOOLS / "decode.py", "-"], input=sent.stdout,
                             capture_output=True, timeout=120)
    times = [json.loads(line)["time"] for line in decoded.stdout.splitlines()]
    assert times[0] == "2026-01-15T17:00:10+01:00" and len(times) == 6


def test_command_line_words():
    assert b"kamstrup-p1" in run_tool("--list").stdout
    wrong = run_tool("--meter", "kamstrup-mbus")
    assert wrong.returncode == 2 and b"Known: kamstrup-p1" in wrong.stderr
    assert b"needs --duration" in run_tool("--to", "-").stderr
    gone = run_tool("--to", "/dev/ttyNOWHERE")
    assert gone.returncode == 1 and b"plugged in" in gone.stderr


@pytest.mark.parametrize("options, code, words", [
    (("--to", "tcp:80a"), 1, 'tcp:80a: "80a" is no port, a number up to 65535'),
    (("--to", "tcp:"), 1, "is no port"), (("--to", "tcp:99999"), 1, "is no port"),
    (("--to", "tcp:1.2.3.4:7777"), 1, "tcp:1.2.3.4:7777 cannot be opened: Cannot assign "
                                      "requested address."),
    (("--interval", "nan"), 2, "above 0"), (("--speed", "inf"), 2, "above 0"),
    (("--start", "2026-13-01"), 2, 'no time from 2001 to 2098, like'),
    (("--start", "0001-01-01T00:00+23:00"), 2, 'no time from'),
])
def test_nonsense_is_answered_in_words_of_ours(options, code, words):
    done = run_tool("--duration", "1", *options)
    told = done.stderr.decode()
    assert done.returncode == code and words in told
    for raw in ("Traceback", "invalid literal", "Errno", "must be in", "while attempting"):
        assert raw not in told


@pytest.mark.parametrize("name", meter_model.DIALECTS)
def test_a_meter_goes_on_where_another_run_of_it_ended(name):
    dialect = meter_model.find(name)
    first = meter_model.new_meter(dialect, 1, WINTER)
    before = first.advance(WINTER + 3_700_000).values
    kept = json.loads(json.dumps(first.registers()))
    second = meter_model.new_meter(dialect, 1, WINTER)  # the clock is put back
    second.resume(kept)
    after = second.advance(WINTER + 1).values
    for code in ("1.8.0", "2.8.0", "3.8.0", "4.8.0", "1.8.1", "1.8.2"):
        assert 0 <= after[code] - before[code] <= 1, code


def test_our_own_telegrams_are_what_the_simulator_writes():
    wanted = write_telegrams.files()
    here = {path.name: path.read_bytes() for path in write_telegrams.FOLDER.iterdir()}
    assert sorted(here) == sorted(wanted), "run: python3 tools/meter_model/write_telegrams.py"
    assert [name for name in wanted if here[name] != wanted[name]] == []
