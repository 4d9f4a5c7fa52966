"""The head of a request: limits and rubbish, and that no cut of the input changes the outcome."""

import random

import pytest

from microhan.web import request_head as limits
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
    (one_line(b"Host: a\r\nHost: b"), 400),
    (one_line(b"Content-Length: 4097"), 413),
    (one_line(b"Content-Length: " + b"9" * 100), 413),
    (one_line(b"Transfer-Encoding: chunked"), 411),
    (one_line(b"a: " + b"b" * limits._MAX_LINE), 431),
    (many_lines(limits._MAX_HEADERS + 1, 10), 431),
    (many_lines(limits._MAX_HEAD // 1000 + 1, 1000), 431),
    (b"\r\n" * limits._MAX_HEAD, 431),
]


def test_a_good_head_is_understood():
    assert outcome([GOOD]) == ("GET", "/events", b"Bearer abc", 5, b"hello")


def test_lines_may_end_with_lf_alone_and_empty_ones_come_first():
    assert outcome([b"\r\n\nHEAD / HTTP/1.0\nHost: x\n\n"]) == ("HEAD", "/", b"", -1, b"")


@pytest.mark.parametrize("data,problem", REFUSED)
def test_a_bad_head_is_refused_with_its_problem(data, problem):
    assert outcome([data]) == str(problem)


def test_limits_are_taken_in_full():
    assert outcome([many_lines(limits._MAX_HEADERS, 10)])[0]
    line = b"a: " + b"b" * (limits._MAX_LINE - 4) + b"\r"
    assert outcome([b"GET / HTTP/1.1\r\n" + line + b"\n\r\n"])[0]


@pytest.mark.parametrize("data", [GOOD] + [data for data, _ in REFUSED])
def test_every_cut_gives_the_same_outcome(data):
    whole = outcome([data])
    for cut in range(0, len(data), 1 + len(data) // 300):
        assert outcome([data[:cut], data[cut:]]) == whole
    assert outcome([data[i : i + 1] for i in range(len(data))]) == whole


def test_rubbish_gives_a_problem_or_a_head_within_the_limits():
    chance = random.Random(2)
    alphabet = b"GET / HTTP/1.1\r\n\r\n: %\x00\xff\x80content-length"
    problems = {None, "400", "411", "413", "414", "431"}  # None: more is wanted
    for _ in range(3000):
        rubbish = bytes(chance.choice(alphabet) for _ in range(chance.randrange(200)))
        assert outcome([rubbish]) in problems
        mutant = bytearray(GOOD[:150])
        mutant[chance.randrange(150)] = chance.randrange(256)
        found = outcome([bytes(mutant)])
        if found not in problems:  # the byte has become an empty line
            method, path, _, length, _ = found
            assert method.isupper() and path[0] == "/" and -1 <= length <= limits._MAX_BODY


def kept(*lines):
    """(host, origin, cookie, is_deliberate) of such a head."""
    head = Head()
    assert head.feed(b"GET / HTTP/1.1\r\n" + b"".join(line + b"\r\n" for line in lines)
                     + b"\r\n") == ""
    return head.host, head.origin, head.cookie, head.is_deliberate


def test_what_access_is_decided_by_is_kept():
    assert kept() == (b"", b"", b"", False)
    assert kept(b"HOST: a.local:80", b"origin: http://a.local", b"X-Microhan: 1",
                b"Cookie: a=b; microhan=12ab; c") == (
        b"a.local:80", b"http://a.local", b"12ab", True)
    assert kept(b"X-Microhan: 0", b"Cookie: microhanx=1; xmicrohan=2") == (b"", b"", b"", False)
    # a cookie of another path or domain may come, too: the first one counts
    assert kept(b"Cookie: microhan=1; microhan=2", b"Cookie: microhan=3")[2] == b"1"
