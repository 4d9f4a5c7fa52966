"""The ESP32's Board against stand-ins for MicroPython's machine, network and esp32."""

import sys
import time
from types import SimpleNamespace

import pytest

from fixtures.fake_chip import KB, Uart


def low(chip):
    return chip.board.memory()["system_low"]


def divided(chip, tls=False, set_up=False):
    """The warnings of dividing the memory."""
    warnings = []
    chip.board.divide_memory(tls, set_up, warnings.append)
    return warnings


@pytest.mark.parametrize("tls", [False, True])
def test_the_memory_of_a_plain_esp32_is_divided(chip, tls):
    assert divided(chip, tls) == [] and chip.divided == [tls]
    (uart,) = chip.uarts
    assert uart.number == 1 and uart.settings["rxbuf"] == 4096
    memory = chip.board.memory()
    left = 66 * KB if tls else 88 * KB
    assert memory["heap"] == 110 * KB and memory["system"] == memory["system_free"] == left


def test_what_tls_needs_is_taken_first_and_handed_over_to_the_outputs(chip):
    divided(chip, True)
    assert chip.tls
    place = chip.board.settle(True)
    assert chip.tls and chip.board.settle(True) is None
    place.close()
    assert chip.board.memory()["system_free"] == 88 * KB
    assert not chip.board.has_room(0) and chip.board.has_room(0, True)  # requests wait


@pytest.mark.parametrize("tls", [False, True])
def test_in_set_up_mode_the_access_point_has_that_memory(chip, tls):
    assert divided(chip, tls, True) == [] and chip.divided == [True] and not chip.tls
    assert chip.board.settle(False) is None


def test_the_table_of_names_gets_the_memory_that_was_kept_for_it(chip):
    divided(chip)
    assert len(chip.board._names_place) > 2240
    assert chip.board.settle(False) is None and chip.made_names == [None]


def test_if_it_cannot_be_divided_the_owner_is_told_and_the_line_is_read_all_the_same(chip):
    chip.problem = OSError("9000 bytes in one piece")
    (warning,) = divided(chip)
    assert "9000 bytes in one piece" in warning
    assert chip.board.uart(2400, 8, "even", True) is chip.uarts[-1]
    assert chip.uarts[-1].settings["rxbuf"] == 4096


@pytest.mark.parametrize("chip", ["ESP32S3", "ESP32C3"], indirect=True)
def test_other_chips_are_left_as_they_are(chip):
    assert divided(chip) == [] and chip.divided == [] and len(chip.uarts) == 1
    assert not chip.board.is_plain and chip.board.places == 4
    assert not chip.board.tls_alone


@pytest.mark.parametrize("in_place", [False, True])
def test_tls_has_room_beside_a_page_if_the_bytecode_is_read_in_flash(chip, in_place):
    found = SimpleNamespace(kept=True) if in_place else None
    for tls in (False, True):
        chip.board = type(chip.board)(found)
        assert chip.board.tls_alone is not in_place
        assert [("read its program in flash" in text) for text in divided(chip, tls)] == [True] * (
            not in_place)
        assert chip.board.memory()["in_place"] is in_place
        assert not found or found.kept is not tls


def test_an_esp32_with_psram_is_left_as_it_is(chip):
    chip.free[0] = 4000 * KB
    board = type(chip.board)(None)
    board.divide_memory(True, False, lambda text: None)
    assert not board.is_plain and chip.divided == []
    assert board.settle(True) is None and not chip.tls and not chip.made_names


def test_the_line_gets_other_settings_without_another_buffer(chip):
    divided(chip)
    uart = chip.board.uart(115200, 8, "none", False)
    uart.heard = b"old"
    assert chip.board.uart(2400, 7, "even", True) is uart
    assert uart.settings["baudrate"] == 2400 and uart.settings["bits"] == 7
    assert uart.settings["parity"] == 0 and uart.settings["invert"] == Uart.INV_RX
    assert uart.read() is None  # what was heard with the settings before


def test_requests_are_refused_before_the_systems_memory_is_short(chip):
    divided(chip)
    assert chip.board.has_room(5 * KB)
    chip.take(1, 60 * KB)
    chip.take(0, 15 * KB)  # 13 kB are left
    assert not chip.board.has_room(0) and chip.board.has_room(0, True)
    chip.take(0, 5 * KB)
    assert not chip.board.has_room(0, True)


def test_nothing_begins_unless_a_packet_could_be_received(chip):
    heaps = [(200 * KB, 9 * KB, 1728, 0), (200 * KB, 9 * KB, 1000, 0)]
    room = sys.modules["microhan.board.room"].Room(True, False, lambda: heaps)
    assert room.has(-1)
    heaps[0] = (200 * KB, 9 * KB, 1664, 0)
    assert not room.has(-1) and not room.has(-1, True)


def test_garbage_is_collected_before_a_request_is_refused(chip):
    divided(chip)
    chip.python, chip.garbage = 12 * KB, 4 * KB
    assert chip.board.has_room(9 * KB)
    assert not chip.board.has_room(12 * KB)
    assert chip.board.has_room(-1)  # only the system's memory counts


def test_an_output_needs_less_than_a_request_and_comes_first(chip, monkeypatch):
    divided(chip)
    chip.python = 7 * KB
    assert not chip.board.has_room(4 * KB) and chip.board.has_room(4 * KB, True)
    chip.python = 20 * KB
    assert not chip.board.has_room(4 * KB)  # while the output connects, or waits for that
    assert chip.board.has_room(-1)  # an answer that has begun goes on
    chip.board.end_wait()
    assert chip.board.has_room(4 * KB)
    chip.board.has_room(4 * KB, True)
    assert not chip.board.has_room(4 * KB)
    later = time.ticks_ms() + 4500
    monkeypatch.setattr(time, "ticks_ms", lambda: later)
    assert chip.board.has_room(4 * KB)


def test_a_handshake_holds_requests_off_where_tls_has_no_memory_to_spare(chip, monkeypatch):
    divided(chip, True)
    assert chip.board.places == 1 and chip.board.has_room(0)
    assert chip.board.has_room(0, True) and not chip.board.has_room(0)
    later = time.ticks_ms() + 9000
    monkeypatch.setattr(time, "ticks_ms", lambda: later)
    assert chip.board.has_room(0)


def test_after_a_start_with_tls_requests_wait_whatever_an_output_says(chip, monkeypatch):
    divided(chip, True)
    chip.board.settle(True)
    assert not chip.board.has_room(0) and chip.board.has_room(0, True)
    chip.board.end_wait()  # no Wi-Fi yet, say
    assert not chip.board.has_room(0) and chip.board.has_room(-1)
    later = time.ticks_ms() + 15_500
    monkeypatch.setattr(time, "ticks_ms", lambda: later)
    assert chip.board.has_room(0)
    assert chip.board.has_room(0, True) and not chip.board.has_room(0)
    chip.board.end_wait()
    assert chip.board.has_room(0)


def test_the_least_memory_of_the_start_is_not_told(chip):
    divided(chip)
    assert sum(chip.least) < 30 * KB and low(chip) == 88 * KB


def test_less_memory_than_at_the_start_is_told_exactly(chip):
    divided(chip)
    chip.take(1, 59 * KB)
    chip.free[1] += 59 * KB  # nobody looked in between, and the start's was less
    assert low(chip) == 88 * KB
    chip.take(1, 66 * KB)
    chip.free[1] += 66 * KB
    assert low(chip) == 20 * KB + 2 * KB


def test_other_lows_are_seen_when_the_watchdog_is_fed(chip):
    divided(chip)
    watchdog = chip.board.watchdog(60_000)
    chip.take(0, 5 * KB)
    watchdog.feed()
    chip.free[0] += 5 * KB
    watchdog.feed()
    assert chip.fed == 2 and low(chip) == 83 * KB


def test_the_signal_is_told_only_while_connected(chip):
    assert chip.board.rssi() is None and chip.board.address() == ""
    chip.signal = -58
    assert chip.board.rssi() == -58 and chip.board.address() == "192.0.2.7"


def test_what_is_dumped_is_there_after_a_reset(chip):
    assert chip.board.load() == b""
    chip.board.dump(bytearray(b"a log"))
    assert type(chip.board)(True).load() == b"a log"


def test_the_reset_cause_is_told_in_words(chip):
    assert chip.board.reset_cause() == "watchdog"
