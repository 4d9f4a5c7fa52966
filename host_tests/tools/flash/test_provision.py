"""Our Improv client at a terminal, before a dongle that is a list of bytes."""

import pytest

from flash import improv, provision
from microhan.setup import improv as packets


class Line:
    """A serial port: answers each packet with what `answers` {command: bytes} has."""

    def __init__(self, answers, before=b""):
        self.answers, self.data, self.sent = answers, before, []
        self._packets = packets.Packets()

    @property
    def in_waiting(self):
        return len(self.data)

    def read(self, n):
        data, self.data = self.data[:n], self.data[n:]
        return data

    def write(self, data):
        for byte in data:
            packet = self._packets.feed(byte)
            if packet:
                self.sent.append(packet[1])
                self.data += self.answers.get(packet[1][0], b"")


STATE = {packets.ASK_STATE: packets.packet(packets.STATE, bytes([packets.READY]))}
INFO = {packets.INFO: packets.result(packets.INFO, ["microhan", "1.0", "ESP32", "a1b2c3"])}
SCAN = {packets.SCAN: packets.result(packets.SCAN, ["hemma", "-52", "YES"])
        + packets.result(packets.SCAN, ["öppet", "-70", "NO"]) + packets.result(packets.SCAN, [])}
JOINED = {packets.WIFI: packets.packet(packets.STATE, bytes([packets.PROVISIONING]))
          + packets.result(packets.WIFI, ["http://1.2.3.4/claim?code=ab"])}
REFUSED = {packets.WIFI: packets.packet(packets.ERROR, bytes([packets.CANNOT_CONNECT]))}


def test_the_person_chooses_and_types_and_gets_the_address(monkeypatch):
    line = Line({**STATE, **INFO, **SCAN, **JOINED}, b"0 some line\n12 another")
    monkeypatch.setattr("builtins.input", lambda prompt: "1")
    monkeypatch.setattr(provision.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(provision.getpass, "getpass", lambda prompt: "hemligt")
    said = []
    url = provision.provision(improv.Improv(line), say=said.append)
    provision.report(url, said.append)
    assert line.sent[-1] == b"\x01\x0e\x05hemma\x07hemligt"
    assert any("hemma" in row and "-52" in row for row in said)
    assert "within 10 minutes" in said[-2] and "claim?code=ab" in said[-1]


def test_of_an_open_network_no_password_is_asked(monkeypatch):
    line = Line({**STATE, **INFO, **SCAN, **JOINED})
    monkeypatch.setattr("builtins.input", lambda prompt: "2")
    provision.provision(improv.Improv(line), say=lambda text: None)
    assert line.sent[-1] == b"\x01\x08\x06" + "öppet".encode() + b"\x00"


def test_a_name_that_is_not_listed_may_be_typed_blanks_and_all():
    said = []
    networks = [improv.Network("hemma", -52, True)]
    assert provision.choose(networks, said.append, lambda prompt: " gömt ") == " gömt "
    assert "blank" in said[-1]
    answers = iter(["", "  ", "9"])
    assert provision.choose(networks, said.append, lambda prompt: next(answers)) == "9"
    with pytest.raises(improv.ImprovError, match="no network was chosen"):
        provision.choose(networks, said.append, lambda prompt: "")


def test_a_refusal_is_said_in_words_with_the_consoles_reason():
    lines = []
    line = Line({**STATE, **REFUSED})
    line.answers[packets.WIFI] = (b"9 wifi: cannot join hemma: wrong_password (status 15)\n"
                                  + REFUSED[packets.WIFI])
    with pytest.raises(improv.ImprovError, match="could not join"):
        improv.Improv(line, lines.append).provision("hemma", "x")
    assert "did not take the password" in provision.reason(lines)
    assert provision.reason(["nothing"]) == ""


def test_a_port_where_nobody_speaks_improv_says_what_to_do():
    with pytest.raises(improv.ImprovError, match="take the cable out and in again"):
        improv.Improv(Line({})).state(0.1)
