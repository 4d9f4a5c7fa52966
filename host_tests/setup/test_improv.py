"""Improv's packets: whatever surrounds them, however they are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microhan.setup import improv
from microhan.setup.improv import Packets


def fed(data):
    """What Packets gives of these bytes."""
    packets = Packets()
    return [got for got in map(packets.feed, data) if got]


def test_a_packet_is_as_the_specification_has_it():
    # improv-wifi.com/serial: state 2, authorised
    assert improv.packet(improv.STATE, b"\x02") == b"\nIMPROV\x01\x01\x01\x02\xe2\n"


@given(kind=st.integers(1, 4), data=st.binary(max_size=255))
def test_what_is_written_is_read_back(kind, data):
    assert fed(improv.packet(kind, data)) == [(kind, data)]


@given(before=st.binary(max_size=40), data=st.binary(max_size=40))
def test_bytes_before_a_packet_cost_at_most_what_they_began(before, data):
    """A console says other things, too. Only a packet's beginning is waited for."""
    before = before.replace(b"IMPROV\x01", b"")
    sent = improv.packet(improv.RPC, data)
    assert (improv.RPC, data) in fed(before + b"\0" * 8 + sent)


def test_two_letters_i_do_not_hide_a_packet():
    assert fed(b"IIMPIMPROV" + improv.packet(3, b"a")[1:]) == [(3, b"a")]


def test_a_wrong_checksum_is_told_and_the_next_packet_is_read():
    sent = bytearray(improv.packet(3, b"abc"))
    sent[-2] ^= 1
    assert fed(bytes(sent) + improv.packet(3, b"d")) == [(improv.DAMAGED, b""), (3, b"d")]


def test_ctrl_c_counts_outside_of_packets_only():
    assert fed(b"\r\x03") == [(improv.INTERRUPT, b"")]
    assert fed(improv.packet(3, b"\x03\x03")) == [(3, b"\x03\x03")]


def test_a_sender_that_stops_in_a_packet_is_forgotten():
    packets = Packets()
    for byte in improv.packet(3, b"abc")[:-4]:
        assert packets.feed(byte) is None
    packets.reset()
    assert packets.feed(3) == (improv.INTERRUPT, b"")


@given(texts=st.lists(st.text(max_size=60), max_size=6))
def test_a_result_holds_the_texts_that_fit(texts):
    [(kind, data)] = fed(improv.result(improv.SCAN, texts))
    assert kind == improv.RESULT and data[0] == improv.SCAN and data[1] == len(data) - 2
    rest, found = data[2:], []
    while rest:
        found.append(rest[1:1 + rest[0]].decode())
        rest = rest[1 + rest[0]:]
    assert found == texts or len(found) < len(texts) and set(found) <= set(texts)


@given(name=st.text(max_size=30), password=st.text(max_size=30))
def test_name_and_password_are_read(name, password):
    data = b"".join(bytes([len(text.encode())]) + text.encode() for text in (name, password))
    assert improv.two_texts(data) == (name, password)
    assert improv.command_of(bytes([1, len(data)]) + data) == (1, data)


@pytest.mark.parametrize("data", [b"", b"\x05abc", b"\x01a", b"\x01a\x05abc", b"\x01a\x01bc",
                                  b"\x02\xff\xfe\x00"])
def test_what_is_no_name_and_password_is_refused(data):
    assert improv.two_texts(data) is None


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01\x05abc", b"\x01\x01abc"])
def test_lengths_that_do_not_fit_are_refused(data):
    assert improv.command_of(data) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_taken(data):
    assert all(len(one) == 2 for one in fed(data))
    improv.two_texts(data)
    improv.command_of(data)
