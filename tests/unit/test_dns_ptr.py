"""Reverse DNS with forward confirmation (RFC 8601 section 2.7.3): DNS trouble is neither missing nor mismatched."""

from ipaddress import ip_address

import pytest

from monitor.dns.ptr import reverse
from monitor.model.dns import PtrResult
from tests.fakes import ZoneResolver

V4, V6 = ip_address("192.0.2.25"), ip_address("2001:db8:25::25")
HOSTS = {
    "here.example": {"A": [str(V4)], "AAAA": [str(V6)]},
    "there.example": {"A": ["192.0.2.99"], "AAAA": ["2001:db8:99::1"]},
}


def reversed_(address, names, errors=None):
    zones = {**HOSTS, address.reverse_pointer: {"PTR": names}} if names else HOSTS
    return reverse(ZoneResolver(zones, errors), address)


@pytest.mark.parametrize("address", [V4, V6], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("reason", ["timeout", "servfail", "refused"])
@pytest.mark.parametrize(
    ("names", "failing", "result"),
    [
        pytest.param(["here.example"], (), PtrResult.PASS, id="leads back"),
        pytest.param([], (), PtrResult.MISSING, id="no name"),
        pytest.param(["there.example"], (), PtrResult.MISMATCH, id="leads elsewhere"),
        pytest.param(["here.example"], ("PTR",), PtrResult.TEMPERROR, id="no answer for the PTR"),
        pytest.param(["here.example"], ("here.example",), PtrResult.TEMPERROR, id="no answer for its address"),
        pytest.param(["there.example", "here.example"], ("here.example",), PtrResult.TEMPERROR, id="one in doubt"),
        pytest.param(["there.example", "here.example"], ("there.example",), PtrResult.PASS, id="one is enough"),
    ],
)
def test_trouble_is_unknown_unless_a_name_leads_back(address, reason, names, failing, result):
    errors = {(address.reverse_pointer, "PTR") if each == "PTR" else each: reason for each in failing}
    found = reversed_(address, names, errors)
    assert found.result is result
    assert (found.problem is not None) == (result is PtrResult.TEMPERROR)
    assert reason in (found.problem or reason)
