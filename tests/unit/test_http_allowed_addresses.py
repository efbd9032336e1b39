"""Which addresses webhooks may be sent to."""

from ipaddress import ip_address, ip_network

import pytest

from monitor.http.allowed_addresses import refusal


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("9.9.9.9", None),
        ("2620:fe::fe", None),
        ("127.0.0.1", "loopback"),
        ("127.255.0.9", "loopback"),
        ("::1", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("::", "unspecified"),
        ("10.1.2.3", "private"),
        ("172.31.0.1", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "shared"),
        ("169.254.1.1", "link-local"),
        ("169.254.169.254", "metadata"),
        ("168.63.129.16", "metadata"),
        ("fd00:ec2::254", "metadata"),
        ("100.100.100.200", "metadata"),
        ("fe80::1", "link-local"),
        ("fc00::1", "private"),
        ("fec0::1", "private"),
        ("ff02::1", "multicast"),
        ("224.0.0.1", "multicast"),
        ("255.255.255.255", "reserved"),
        ("192.0.2.1", "documentation"),
        ("2001:db8::1", "documentation"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:9.9.9.9", None),
        ("::127.0.0.1", "loopback"),
        ("64:ff9b::7f00:1", "loopback"),
        ("64:ff9b::a9fe:a9fe", "metadata"),
        ("64:ff9b::909:909", None),
        ("64:ff9b:1::1", "private"),
        ("2002:7f00:1::", "tunnel"),
        ("2001:0:1::1", "tunnel"),
        ("100::1", "reserved"),
        ("5f00::1", "reserved"),
    ],
)
def test_only_public_addresses_are_called(address, reason):
    assert refusal(ip_address(address), port=443) == reason


@pytest.mark.parametrize(
    ("port", "reason"), [(443, None), (80, None), (8443, None), (8080, None), (25, "port"), (6379, "port")]
)
def test_odd_ports_are_refused(port, reason):
    assert refusal(ip_address("9.9.9.9"), port=port) == reason


@pytest.mark.parametrize("address", ["10.0.0.7", "::ffff:10.0.0.7", "64:ff9b::a00:7"])
def test_an_allowed_network_is_called_on_any_port(address):
    allowed = [ip_network("10.0.0.0/24")]
    assert refusal(ip_address(address), port=9000, allow_networks=allowed) is None
    assert refusal(ip_address("10.0.1.7"), port=443, allow_networks=allowed) == "private"
