"""The head of a request: limits and rubbish, and that no cut of the input changes the outcome."""

import random

import pytest

from microhan.web import request_head as limits
from microhan.web.answers import problem_of
from microhan.web.auth import allows, digest_of
from microhan.web.request_head import Head

GOOD = (
    b"GET /events?a=%C3%A5&b=1 HTTP/1.1\r\nHost: x\r\nauthorization:Bearer abc\r\n"
    b"Cookie: " + b"c" * 900 + b"\r\nCONTENT-LENGTH: 5\r\n\r\nhello"
)


def outcome(pieces):
    head = Head()
    for i, piece in enumerate(pieces):
        problem = head.feed(piece)
        if problem:
            return problem
        if problem == "":
            rest = head.rest + b"".join(pieces[i + 1 :])
            return head.method, head.path, head.authorization, head.length, rest
    return None


def one_line(line):
    return b"GET / HTTP/1.1\r\n" + line + b"\r\n\r\n"


def many_lines(count, length):
    return b"GET / HTTP/1.1\r\n" + (b"a: " + b"b" * (length - 5) + b"\r\n") * count + b"\r\n"


REFUSED = [
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", 400),  # a TLS hello
    (b"GET /\r\n", 400),
    (b"GET  / HTTP/1.1\r\n", 400),
    (b"GET / HTTP/2.0\r\n", 400),
    (b"GET / HTTP/1.1 x\r\n", 400),
    (b"get / HTTP/1.1\r\n", 400),
    (b"A" * 17 + b" / HTTP/1.1\r\n", 400),
    (b"GET http://x/ HTTP/1.1\r\n", 400),
    (b"GET /\x00 HTTP/1.1\r\n", 400),
    (b"GET /\xc3\xa5 HTTP/1.1\r\n", 400),
    (b"GET /?a=%zz HTTP/1.1\r\n", 400),
    (b"GET /?a=% HTTP/1.1\r\n", 400),
    (b"GET /?a=%ff HTTP/1.1\r\n", 400),
    (b"GET /" + b"a" * 600 + b" HTTP/1.1\r\n", 414),
    (b"G" * 600, 414),
    (one_line(b"no colon"), 400),
    (one_line(b": empty name"), 400),
    (one_line(b" folded: line"), 400),
    (one_line(b"spaced : name"), 400),
    (one_line(b"Host: a\x00b"), 400),
    (one_line(b"Host: a\rb"), 400),
    (one_line(b"Content-Length: -1"), 400),
    (one_line(b"Content-Length: 1e3"), 400),
    (one_line(b"Content-Length:"), 400),
    (one_line(b"Content-Length: 1\r\nContent-Length: 1"), 400),
    (one_line(b"Authorization: a\r\nAuthorization: b"), 400),
    (one_line(b"Content-Length: 4097"), 413),
    (one_line(b"Content-Length: " + b"9" * 100), 413),
    (one_line(b"Transfer-Encoding: chunked"), 411),
    (one_line(b"a: " + b"b" * limits._MAX_LINE), 431),
    (many_lines(limits._MAX_HEADERS + 1, 10), 431),
    (many_lines(limits._MAX_HEAD // 1000 + 1, 1000), 431),
    (b"\r\n" * limits._MAX_HEAD, 431),
]


def test_a_good_head():
    assert outcome([GOOD]) == ("GET", "/events", b"Bearer abc", 5, b"hello")


def test_lines_may_end_with_lf_alone_and_empty_ones_come_first():
    assert outcome([b"\r\n\nHEAD / HTTP/1.0\nHost: x\n\n"]) == ("HEAD", "/", b"", -1, b"")


@pytest.mark.parametrize("data,problem", REFUSED)
def test_a_head_that_is_wrong_is_refused(data, problem):
    assert outcome([data]) == str(problem)


def test_limits_are_taken_in_full():
    assert outcome([many_lines(limits._MAX_HEADERS, 10)])[0]
    line = b"a: " + b"b" * (limits._MAX_LINE - 4) + b"\r"
    assert outcome([b"GET / HTTP/1.1\r\n" + line + b"\n\r\n"])[0]


@pytest.mark.parametrize("data", [GOOD] + [data for data, _ in REFUSED])
def test_every_cut_gives_the_same(data):
    whole = outcome([data])
    for cut in range(0, len(data), 1 + len(data) // 300):
        assert outcome([data[:cut], data[cut:]]) == whole
    assert outcome([data[i : i + 1] for i in range(len(data))]) == whole


def test_rubbish_is_a_problem_an_unfinished_head_or_a_request():
    """Whichever it is, it is one of the answers that the server has, and nothing is raised."""
    chance = random.Random(2)
    found = set()
    alphabet = b"GET / HTTP/1.1\r\n\r\n: %\x00\xff\x80content-length"
    for _ in range(3000):
        found.add(outcome([bytes(chance.choice(alphabet) for _ in range(chance.randrange(200)))]))
        mutant = bytearray(GOOD[:150])
        mutant[chance.randrange(150)] = chance.randrange(256)
        found.add(outcome([bytes(mutant)]))
    requests = {one for one in found if isinstance(one, tuple)}
    problems = found - requests - {None}
    assert None in found and requests and {"GET"} <= {method for method, *_ in requests}
    assert problems and all(problem_of(one) for one in problems)


def basic(text, encoding="utf-8"):
    import base64

    return b"Basic " + base64.b64encode(text.encode(encoding))


def test_credentials_are_taken_in_both_forms():
    secrets = digest_of("the-token"), digest_of("hemligt: å")
    for good in (
        b"Bearer the-token", b"bearer  the-token ", basic("anyone:hemligt: å"),
        basic(":the-token"), basic("a:the-token"),
    ):
        assert allows(good, *secrets), good
    for bad in (
        b"", b"Bearer", b"Bearer ", b"Bearer the-toke", b"Bearer the-token2", b"Bearer THE-TOKEN",
        b"Basic the-token", b"the-token", b" the-token", basic("the-token"), basic("the-token:"),
        basic("a:hemligt: a"), b"Basic !!!", b"Basic", b"Digest the-token", b"\xff\xfe \xff",
        "Bearer hemligt: å".encode(),
    ):
        assert not allows(bad, *secrets), bad


def test_a_secret_that_is_not_set_opens_nothing():
    secrets = digest_of(""), digest_of("")
    for header in (b"", b"Bearer ", b"Bearer", basic(":"), basic("a:"), b"Basic "):
        assert not allows(header, *secrets)


def test_comparison_looks_at_every_byte():
    """Counts the bytes looked at: as many for the first byte wrong as for none."""

    class Counting(bytes):
        looks = 0

        def __getitem__(self, i):
            Counting.looks += 1
            return bytes.__getitem__(self, i)

    same = digest_of("the-token")
    other = digest_of("")
    for token in (same, bytes((same[0] ^ 1,)) + same[1:], same[:31] + bytes((same[31] ^ 1,))):
        for scheme in (b"Bearer ", b"Basic ", b""):
            for secrets in ((Counting(token), other), (other, Counting(token))):
                Counting.looks = 0
                assert allows(scheme + b"the-token", *secrets) == (
                    token == same and scheme == b"Bearer " and secrets[0] == same
                )
                assert Counting.looks == 32
