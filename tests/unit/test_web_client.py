"""Whose address and name a request bears: headers are believed of named proxies only."""

from ipaddress import ip_address

import pytest

from monitor.config.settings import WebSettings
from monitor.web.access.client import Client, client_of

BEHIND = WebSettings(proxies=("127.0.0.1", "10.0.0.0/8", "2001:db8:7::/64"), user_header="X-Remote-User")


@pytest.mark.parametrize(
    ("web", "peer", "forwarded_for", "user", "expected"),
    [
        pytest.param(WebSettings(), "127.0.0.1", "", "", ("127.0.0.1", True, ""), id="a program here"),
        pytest.param(WebSettings(), "", "", "", (None, True, ""), id="a Unix socket"),
        pytest.param(WebSettings(), "127.0.0.1", "192.0.2.7", "", ("127.0.0.1", False, ""), id="a proxy nobody named"),
        pytest.param(WebSettings(), "127.0.0.1", "", "root", ("127.0.0.1", True, ""), id="no header is configured"),
        pytest.param(BEHIND, "127.0.0.1", "192.0.2.7", "ada", ("192.0.2.7", False, "ada"), id="through the proxy"),
        pytest.param(BEHIND, "127.0.0.1", "::ffff:192.0.2.7", "", ("192.0.2.7", False, ""), id="mapped"),
        pytest.param(BEHIND, "127.0.0.1", "[2001:db8::1]", "", ("2001:db8::1", False, ""), id="in brackets"),
        pytest.param(
            BEHIND, "127.0.0.1", "127.0.0.1, 192.0.2.7", "", ("192.0.2.7", False, ""), id="what a stranger wrote before"
        ),
        pytest.param(
            BEHIND, "2001:db8:7::1", "192.0.2.7, 10.1.2.3", "", ("192.0.2.7", False, ""), id="through two proxies"
        ),
        pytest.param(BEHIND, "127.0.0.1", "nonsense", "", ("127.0.0.1", False, ""), id="nonsense"),
        pytest.param(
            BEHIND, "192.0.2.9", "127.0.0.1", "root", ("192.0.2.9", False, ""), id="a stranger who plays the proxy"
        ),
    ],
)
def test_headers_are_believed_of_named_proxies_only(web, peer, forwarded_for, user, expected):
    address, direct, name = expected
    found = client_of(web, peer=peer, forwarded_for=forwarded_for, user=user)
    assert found == Client(address=ip_address(address) if address else None, direct=direct, user=name)


def test_only_who_asks_directly_from_this_machine_is_local():
    assert client_of(WebSettings(), peer="::1", forwarded_for="", user="").local
    assert not client_of(WebSettings(), peer="::1", forwarded_for="192.0.2.1", user="").local
    assert not client_of(WebSettings(), peer="192.0.2.1", forwarded_for="", user="").local
