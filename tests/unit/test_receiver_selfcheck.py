"""The probe domain's DNS, as a list's MTA reads it."""

import pytest

from monitor.errors import DnsUnavailable
from monitor.model.vantage import Vantage
from monitor.receiver.selfcheck import domain_faults
from tests.fakes import ZoneResolver

SETTINGS = Vantage(domain="v6.probe.example.org", hostname="mx.probe.example.org")
GOOD = {
    "v6.probe.example.org": {"MX": [(10, "mx.probe.example.org")]},
    "mx.probe.example.org": {"AAAA": ["2001:db8::25"]},
}


@pytest.mark.parametrize(
    ("zones", "faults"),
    [
        pytest.param(GOOD, [], id="all is well"),
        pytest.param(GOOD | {"v6.probe.example.org": {}}, ["has no MX record"], id="no MX"),
        pytest.param(
            GOOD | {"v6.probe.example.org": {"MX": [(10, "elsewhere.example.")]}},
            ["lead to elsewhere.example, not to mx.probe.example.org"],
            id="MX of others",
        ),
        pytest.param(
            GOOD | {"v6.probe.example.org": {"MX": [(10, "MX.probe.example.org."), (20, "backup.example.")]}},
            ["other MX records beside"],
            id="a second MX",
        ),
        pytest.param(
            GOOD | {"mx.probe.example.org": {"A": ["192.0.2.1"]}},
            ["has no AAAA record", "has an A record"],
            id="the wrong family",
        ),
    ],
)
def test_each_fault_is_a_sentence(zones, faults):
    found = domain_faults(SETTINGS, ZoneResolver(zones))
    assert len(found) == len(faults)
    for said, expected in zip(found, faults, strict=True):
        assert expected in said


def test_what_cannot_be_found_out_is_no_fault():
    with pytest.raises(DnsUnavailable):
        domain_faults(SETTINGS, ZoneResolver(GOOD, {"v6.probe.example.org": "servfail"}))
