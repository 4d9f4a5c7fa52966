"""Addresses that may use what knows no password."""

import pytest

from microhan.net.allowed import is_allowed, is_list


@pytest.mark.parametrize("where,allow,may", [
    ("192.168.1.20", "", True),  # nobody is named: everybody
    ("192.168.1.20", "192.168.1.20", True),
    ("192.168.1.2", "192.168.1.20", False),
    ("192.168.1.21", "192.168.1.20", False),
    ("192.168.1.20", " 10.0.0.1 ,192.168.1.20 ", True),
    ("10.0.0.1", "10.0.0.1, 192.168.1.0/24", True),
    ("192.168.1.255", "10.0.0.1, 192.168.1.0/24", True),
    ("192.168.2.0", "10.0.0.1, 192.168.1.0/24", False),
    ("192.168.1.131", "192.168.1.200/25", True),  # the bits behind the prefix do not count
    ("192.168.1.127", "192.168.1.200/25", False),
    ("255.255.255.255", "255.255.255.255/32", True),
    ("200.1.2.3", "128.0.0.0/1", True),
    ("100.1.2.3", "128.0.0.0/1", False),
    ("8.8.8.8", "0.0.0.0/0", True),
    # what is no list names nobody, and what is no address is nobody
    ("192.168.1.20", " ", False),
    ("192.168.1.20", ",", False),
    ("192.168.1.20", "everybody", False),
    ("192.168.1.20", "192.168.1", False),
    ("192.168.1.20", "nonsense, 192.168.1.20", True),
    ("", "0.0.0.0/0", False),
    ("::1", "0.0.0.0/0", False),
])
def test_who_may_use_it(where, allow, may):
    assert is_allowed(where, allow) is may


@pytest.mark.parametrize("text", ["", "192.168.1.20", "192.168.1.20, 192.168.1.0/24",
                                  " 10.0.0.1/8 ,0.0.0.0/0", "1.2.3.4/32"])
def test_what_a_list_is(text):
    assert is_list(text)


@pytest.mark.parametrize("text", [
    " ", ",", "1.2.3.4,", "1.2.3.4 5.6.7.8", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4",
    "1.2.3.04", "+1.2.3.4", "1.2.3.x", "1..3.4", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1",
    "1.2.3.4/08", "1.2.3.4/x", "1.2.3.4/24/24", "1.2.3.4 /24", "::1", "evcc.local"])
def test_what_no_list_is(text):
    assert not is_list(text)
